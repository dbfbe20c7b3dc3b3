"""A replay of what lately came in, as a page of its own or as a part of the page that pushes."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from p13nadmin.api.errors import DomainError, NotFound
from p13nadmin.console.lists import ConsoleAdmin
from provisioning.console.may_move import instance_to_replay
from provisioning.models import Draft
from provisioning.replay import SEES_DATA, replay
from provisioning.selectors import find_version
from routing.models import Instance

_AGAIN = (409, 503)  # another replay is under way, or the event store is away


def replay_page(frame: ConsoleAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    """`?version=5`, otherwise the draft; with `part=1` what came of it alone."""
    instance = instance_to_replay(request, pk)
    version = request.GET.get("version", "")
    context: dict[str, object] = {"original": instance, "version": version}
    status = 200
    try:
        replayed = replay(instance=instance, text=_text(instance, version))
        context["replay"] = replayed if request.user.has_perm(SEES_DATA) else replayed.without_data()
    except DomainError as error:
        context["impossible"], status = error.message, error.status
        context["again"] = status in _AGAIN
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
