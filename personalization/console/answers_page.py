"""The first answers under the version that is live, as a part of an instance's page that renews itself."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from p13nadmin.api.errors import DomainError
from p13nadmin.console.lists import ConsoleAdmin
from personalization.first_answers import first_answers
from provisioning.console.may_move import instance_to_move
from provisioning.selectors import newest_push
from routing.models import Instance
from tokens.first_call import snippets_of
from tokens.selectors import accept_all, tokens_of

_LOOKED_AT = 20  # tokens


def answers_page(frame: ConsoleAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    """With `part=1` the answers alone; otherwise a page of its own."""
    instance = instance_to_move(request, pk)
    context: dict[str, Any] = {"original": instance, "push": newest_push(instance)}
    status = 200
    try:
        if context["push"] is not None:
            context["found"] = first_answers(context["push"])
    except DomainError as error:
        context["away"], status = error.message, error.status
    if not getattr(context.get("found"), "answers", ()):
        context["curl"] = _curl(instance)
    if "part" in request.GET:
        return TemplateResponse(request, "console/answers_part.html", context, status=status)
    return frame.page(request, "console/answers.html", title="Newest answers", status=status, tab="overview", **context)


def _curl(instance: Instance) -> str:
    """The line that sends an event with the newest token that is accepted; empty when there is none."""
    tokens = list(tokens_of(instance).filter(revoked_at=None).order_by("-created_at", "-pk")[:_LOOKED_AT])
    accepted = zip(tokens, accept_all(tokens, at=timezone.now()), strict=True)
    token = next((token for token, acceptance in accepted if acceptance.accepted), None)
    return str(snippets_of(token, f"{instance.label}/YOUR_TOKEN")["curl"]) if token else ""
