"""A replay of what lately came in, as a page of its own or as a part of the page that pushes."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from p13nadmin.api.errors import DomainError, NotFound
from p13nadmin.console.lists import ConsoleAdmin
from provisioning.console.move_pages import instance_to_move
from provisioning.models import Draft
from provisioning.replay import replay
from provisioning.selectors import find_version
from routing.models import Instance


def replay_page(frame: ConsoleAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    """`?version=5`, otherwise the draft; with `part=1` what came of it alone."""
    instance = instance_to_move(request, pk)
    context: dict[str, object] = {"original": instance}
    status = 200
    try:
        context["replay"] = replay(instance=instance, text=_text(instance, request.GET.get("version", "")))
    except DomainError as error:
        context["impossible"], status = error.message, error.status
    if "part" in request.GET:
        return TemplateResponse(request, "console/replay_part.html", context, status=status)
    return frame.page(request, "console/replay.html", title="Replay", status=status, tab="draft", **context)


def _text(instance: Instance, version: str) -> str:
    """Raises NotFound."""
    if version.isascii() and version.isdecimal() and len(version) < 10:
        return find_version(instance, int(version)).text
    draft = Draft.objects.filter(instance=instance).first()
    if draft is None:
        raise NotFound("there is no draft to replay events through")
    return draft.text
