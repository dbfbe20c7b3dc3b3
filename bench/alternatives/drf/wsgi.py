"""The WSGI application; makes its tables first."""

from __future__ import annotations

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "drf.settings")
django.setup()

from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.db import connection  # noqa: E402

from drf.models import Event, Profile, ProfileKey  # noqa: E402

with connection.schema_editor() as editor:
    for model in (Event, Profile, ProfileKey):
        if model._meta.db_table not in connection.introspection.table_names():
            editor.create_model(model)
connection.close_pool()

application = get_wsgi_application()
