"""The endpoint as an application of its own: no session, no template, no route to the console.

`uvicorn personalization.asgi:application`, with `--no-proxy-headers`: TRUSTED_PROXIES says whom to believe.
"""

from __future__ import annotations

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "p13nadmin.settings")
django.setup(set_prefix=False)

from personalization.server import server_from_settings  # noqa: E402 - reads models, which need the setup

application = server_from_settings()
