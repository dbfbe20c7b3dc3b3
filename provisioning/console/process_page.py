"""On how many processes of the endpoint the live version is, for a page that waits for it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse

from p13nadmin.console.lists import ConsoleAdmin
from provisioning.selectors import live_on
from routing.access import instance_for


def live_on_page(frame: ConsoleAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    """`{"text": "2 of 3 processes", "done": false}`."""
    live, running = live_on(instance_for(request.user, pk, "routing.view_instance"))
    return JsonResponse({"text": live_on_text(live, running), "done": is_everywhere(live, running)})


def is_everywhere(live: int, running: int) -> bool:
    """Whether there is nothing to wait for; while no process runs, one may come."""
    return 0 < running == live


def live_on_text(live: int, running: int) -> str:
    """`2 of 3 processes`, in words for a person."""
    if not running:
        return "no process: the endpoint is not running"
    counted = f"{live} of {running} process{'es' if running != 1 else ''}"
    if live == running:
        return counted
    return f"{counted} so far; {'it follows' if running == 1 else 'the others follow'} within a second"
