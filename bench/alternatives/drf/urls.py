"""One route."""

from __future__ import annotations

from django.urls import path

from drf.views import EventView

urlpatterns = [path("your_database/pageviews", EventView.as_view())]
