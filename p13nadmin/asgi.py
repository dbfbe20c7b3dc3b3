"""Console, API and endpoint from one process, for one small machine and for development.

The first segment of a path says whose it is: the control plane's are one closed list, or hold a hyphen, which
no database name can.
"""

from __future__ import annotations

import os
import warnings

from django.conf import settings
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "p13nadmin.settings")
_django = get_asgi_application()

from p13nadmin.api.body_limit import BodyLimit  # noqa: E402
from personalization.asgi import application as _data_plane  # noqa: E402 - reads models, which Django has set up
from personalization.responses import Receive, Scope, Send  # noqa: E402
from routing.names import RESERVED_SEGMENTS  # noqa: E402

_control_plane = BodyLimit(_django, limit=settings.DATA_UPLOAD_MAX_MEMORY_SIZE, deadline=settings.BODY_DEADLINE)
# WhiteNoise hands out open files, which Django reads whole here; the console's are small.
warnings.filterwarnings("ignore", message="StreamingHttpResponse must consume synchronous iterators")
_OURS = RESERVED_SEGMENTS - {"public", "healthz", "readyz", "metrics"}


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Serve one connection."""
    is_control = scope["type"] == "http" and _is_control_path(scope["path"])
    await (_control_plane if is_control else _data_plane)(scope, receive, send)


def _is_control_path(path: str) -> bool:
    first = path.removeprefix("/").partition("/")[0]
    return first in _OURS or "-" in first or not first
