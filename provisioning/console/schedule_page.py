"""Calling off a push that is planned."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect

from p13nadmin.api.errors import DomainError
from p13nadmin.console.lists import ConsoleAdmin, actor_of
from provisioning.console.may_move import instance_to_move
from provisioning.schedules import cancel, waiting_push


def cancel_schedule(frame: ConsoleAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    """POST calls off what is planned for the instance."""
    instance = instance_to_move(request, pk)
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    waiting = waiting_push(instance)
    try:
        if waiting is not None:
            cancel(schedule=waiting, actor=actor_of(request))
            messages.success(request, f"The push of version {waiting.version.number} is called off.")
        else:
            messages.info(request, "No push is planned any more.")
    except DomainError as error:
        messages.error(request, f"Nothing was called off: {error.message}.")
    return redirect(instance)
