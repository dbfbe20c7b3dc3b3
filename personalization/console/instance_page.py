"""The instance that a page is about, for somebody who may see it."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest

from routing.models import Instance


def instance_for(request: HttpRequest, pk: int, *permissions: str) -> Instance:
    """The instance, for somebody with one of the permissions. Raises Http404 and PermissionDenied."""
    instance = Instance.objects.filter(pk=pk).select_related("account", "live_summary").first()
    if instance is None:
        raise Http404("There is no such instance.")
    if not any(map(request.user.has_perm, permissions)):
        raise PermissionDenied
    return instance
