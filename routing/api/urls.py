"""Phase 1 and what it stands on."""

from __future__ import annotations

from django.urls import URLPattern, path

from routing.api.views import AccountsView, InstancesView, RoutingView

urlpatterns: list[URLPattern] = [
    path("routing", RoutingView.as_view(), name="routing"),
    path("accounts", AccountsView.as_view(), name="accounts"),
    path("instances", InstancesView.as_view(), name="instances"),
]
