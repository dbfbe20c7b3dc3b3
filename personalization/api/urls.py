"""People's data."""

from __future__ import annotations

from django.urls import URLPattern, path

from personalization.api.views import EraseProfileView, ExportProfileView, FindProfileView

urlpatterns: list[URLPattern] = [
    path("profiles/find", FindProfileView.as_view(), name="find-profile"),
    path("profiles/export", ExportProfileView.as_view(), name="export-profile"),
    path("profiles/erase", EraseProfileView.as_view(), name="erase-profile"),
]
