"""Settings of the plain DRF service: one PostgreSQL database, a pool of connections, nothing that it does not need."""

from __future__ import annotations

import os
from urllib.parse import urlsplit

_url = urlsplit(os.environ["ALTERNATIVE_DATABASE"])

SECRET_KEY = "only measured"
DEBUG = False
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "drf.urls"
INSTALLED_APPS = ["drf"]
MIDDLEWARE: list[str] = []
USE_TZ = True
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": _url.path.lstrip("/"),
        "USER": _url.username or "postgres",
        "PASSWORD": _url.password or "",
        "HOST": _url.hostname,
        "PORT": _url.port or 5432,
        "OPTIONS": {"pool": {"min_size": 16, "max_size": 16}},
    }
}
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "UNAUTHENTICATED_USER": None,
}
