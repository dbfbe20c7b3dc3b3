"""Pages for customers: the one-time links that show them a new secret."""

from __future__ import annotations

from django.urls import URLPattern, path

from tokens.hand_over_page import hand_over_page

urlpatterns: list[URLPattern] = [path("hand-over", hand_over_page, name="hand-over")]
