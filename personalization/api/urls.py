"""People's data, and trying things."""

from __future__ import annotations

from django.urls import URLPattern, path

import p13nadmin.api.converters  # noqa: F401 - registers `number`
from personalization.api.trial_views import CheckCallView, ExplainView
from personalization.api.views import EraseProfileView, ExportProfileView, FindProfileView

_INSTANCE = "provision/<number:account>/<number:instance>"

urlpatterns: list[URLPattern] = [
    path("profiles/find", FindProfileView.as_view(), name="find-profile"),
    path("profiles/export", ExportProfileView.as_view(), name="export-profile"),
    path("profiles/erase", EraseProfileView.as_view(), name="erase-profile"),
    path(f"{_INSTANCE}/explain", ExplainView.as_view(), name="explain"),
    path(f"{_INSTANCE}/check-call", CheckCallView.as_view(), name="check-call"),
]
