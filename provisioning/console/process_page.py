"""On how many processes of the endpoint the live version is, for a page that waits for it."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse

from p13nadmin.console.lists import ConsoleAdmin
from provisioning.selectors import live_on
from routing.models import Instance


def live_on_page(frame: ConsoleAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    """`{"text": "2 of 3 processes", "done": false}`."""
    if not request.user.has_perm("routing.view_instance"):
        raise PermissionDenied
    instance = Instance.objects.filter(pk=pk).first()
    if instance is None:
        raise Http404("There is no such instance.")
    live, running = live_on(instance)
    return JsonResponse({"text": live_on_text(live, running), "done": live == running})


def live_on_text(live: int, running: int) -> str:
    """`2 of 3 processes`, in words for a person."""
    if not running:
        return "no process: the endpoint is not running"
    counted = f"{live} of {running} process{'es' if running != 1 else ''}"
    if live == running:
        return counted
    return f"{counted} so far; {'it follows' if running == 1 else 'the others follow'} within a second"
