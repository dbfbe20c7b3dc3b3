"""Routes of the control plane: the REST API and the console. The endpoint's paths are not Django's."""

from __future__ import annotations

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

urlpatterns: list[URLPattern | URLResolver] = [
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("", include("routing.api.urls")),
    path("", include("tokens.api.urls")),
    path("", include("provisioning.api.urls")),
    path("", include("personalization.api.urls")),
    path("", include("tokens.urls")),
    path("schema", SpectacularAPIView.as_view(), name="schema"),
    path("docs", SpectacularSwaggerSplitView.as_view(url_name="schema"), name="docs"),
    path("admin/", include("sign_in.urls")),
    path("admin/", admin.site.urls),
]
