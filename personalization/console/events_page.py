"""Events of an instance that were committed: the list of them, and one."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from p13nadmin.api.error_body import without_secrets
from p13nadmin.api.errors import DomainError, NotFound, Unavailable
from p13nadmin.console.forms import status_of
from p13nadmin.console.lists import ConsoleAdmin
from personalization.console.events_form import EventsForm, second
from personalization.console.trial_shown import shown_explanation
from personalization.event_finding import (
    EventSeen,
    Term,
    find_event,
    find_events,
    see_event,
    terms,
    terms_of,
    version_at,
)
from personalization.identity import Pair, text_of
from personalization.looking_back import fields_of
from personalization.refusals import Refusal
from personalization.stores.records import EventQuery, StoredEvent
from personalization.trials import read_table
from personalization.verdicts import why_no_offers
from provisioning.models import Push
from routing.access import instance_for
from routing.models import Destination, Instance
from routing.selectors import destinations_of

PERMISSION: Final = "provisioning.view_configurationversion"
PEOPLE: Final = "personalization.view_profile"
_MOST = 50
_MOST_VERSIONS = 200
_SUGGESTED = 50
_EXCERPT = 300


@dataclass(frozen=True, slots=True)
class ShownEvent:
    """An event in the list; `excerpt` is of its body, or names its columns for who may not see people's data.

    `uuid` is empty where its page cannot be linked: the table's name looks like a secret.
    """

    at: datetime
    table: str
    path: str
    uuid: str
    received: int
    version: int | None
    excerpt: str


def events_page(frame: ConsoleAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    """The newest events that fit the form; it is posted, since it may hold somebody's key value."""
    instance = instance_for(request.user, pk, PERMISSION)
    form = _events_form(request, instance)
    found: dict[str, Any] = {"events": []}
    if form.is_valid():
        try:
            found = _found(request, instance, form.cleaned_data)
        except DomainError as error:
            found = {"events": [], "away": error.message, "status": error.status}
    return frame.page(
        request,
        "console/events.html",
        title="Events",
        original=instance,
        tab="events",
        form=form,
        is_first=not _given(request).get("position"),
        **({"status": status_of(form)} | found),
    )


def _given(request: HttpRequest) -> Any:
    return request.POST if request.method == "POST" else request.GET


def _events_form(request: HttpRequest, instance: Instance) -> EventsForm:
    numbers = Push.objects.filter(instance=instance).order_by("-version__number")
    versions = numbers.values_list("version__number", flat=True).distinct()[:_MOST_VERSIONS]
    form = EventsForm(_given(request), versions=versions, tables=suggested_tables(instance))
    if not request.user.has_perm(PEOPLE):
        del form.fields["key"], form.fields["value"]
    return form


def suggested_tables(instance: Instance) -> Sequence[str]:
    """Some of its destinations, for a form."""
    return [str(table) for table in Destination.objects.filter(instance=instance)[:_SUGGESTED]]


def _found(request: HttpRequest, instance: Instance, values: dict[str, Any]) -> dict[str, Any]:
    query, wanted = _query(request, instance, values)
    found = find_events(query)
    events = [each for each in found.events if wanted is None or _is_of(wanted, each)]
    oldest = min((each.received for each in events), default=int(timezone.now().timestamp()))
    known = terms(instance, since=datetime.fromtimestamp(oldest, UTC))
    sees_people = request.user.has_perm(PEOPLE)
    shown = [_shown(each, known, sees_people=sees_people) for each in events]
    return {"events": _without_secrets(shown, instance), "older": found.position}


def _query(
    request: HttpRequest, instance: Instance, values: dict[str, Any]
) -> tuple[EventQuery, Sequence[Term] | None]:
    """What to look for, and when the version that was asked for was live."""
    since, until = second(values["since"]), second(values["until"])
    wanted = terms_of(instance, int(values["version"])) if values["version"] else None
    if wanted:
        since = max(since or 0, int(wanted[-1].since.timestamp()))
        end = wanted[0].until
        until = until if end is None else min(until or int(end.timestamp()), int(end.timestamp()))
    pair = (values["key"], text_of(values["value"])) if values.get("value") else None
    position = _given(request).get("position", "")
    return EventQuery(instance.label, values["table"], pair, None, since, until, position, _MOST), wanted


def _is_of(wanted: Sequence[Term], event: StoredEvent) -> bool:
    at = datetime.fromtimestamp(event.received, UTC)
    return any(term.covers(at) for term in wanted)


def _shown(event: StoredEvent, known: Sequence[Term], *, sees_people: bool) -> ShownEvent:
    at = datetime.fromtimestamp(event.received, UTC)
    return ShownEvent(
        at,
        f"{event.database}/{event.table}",
        "public" if event.public else "private",
        event.uuid.hex(),
        event.received,
        version_at(known, at),
        _cut(event.body if sees_people else _columns(event)),
    )


def _without_secrets(events: list[ShownEvent], instance: Instance) -> list[ShownEvent]:
    """The same, but for tables that are none and look like a token that somebody put into the path."""
    if all(without_secrets(each.table) == each.table for each in events):
        return events
    known = {"/".join(table) for table in destinations_of(instance)}
    return [
        each if each.table in known or shown == each.table else replace(each, table=shown, uuid="")
        for each in events
        for shown in (without_secrets(each.table),)
    ]


def _columns(event: StoredEvent) -> str:
    try:
        return ", ".join(fields_of(event))
    except Refusal:
        return ""


def _cut(text: str) -> str:
    return text if len(text) <= _EXCERPT else f"{text[:_EXCERPT]}…"


def event_page(frame: ConsoleAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    """One event, `?table=&uuid=&at=`: what was answered, as far as that can be told, and why."""
    instance = instance_for(request.user, pk, PEOPLE)
    if not request.GET:
        return redirect("admin:instance_events", instance.pk)
    event = _event(instance, request)
    context: dict[str, Any] = {"event": event, "at": datetime.fromtimestamp(event.received, UTC)}
    try:
        seen = see_event(instance, event)
        context |= {"seen": seen, "shown": shown_explanation(seen.explanation)}
        context |= {"because": why_no_offers(seen.explanation), "answer": _answer(seen.explanation.answer.offers)}
        context["person"] = _person(seen)
    except Refusal as refusal:
        context["refused"] = refusal.message
    except Unavailable:
        raise
    except DomainError as error:
        context["refused"] = error.message
    return frame.page(request, "console/event.html", title="Event", original=instance, tab="events", **context)


def _person(seen: EventSeen) -> Pair | None:
    """The key value that the event's profile was found by."""
    used = next((key.name for key in seen.explanation.keys if key.status == "used"), None)
    return None if used is None else (used, text_of(fields_of(seen.event).get(used)))


def _answer(offers: Mapping[str, Any]) -> str:
    return json.dumps({"offers": offers}, indent=2, ensure_ascii=False)


def _event(instance: Instance, request: HttpRequest) -> StoredEvent:
    uuid, received = request.GET.get("uuid", ""), request.GET.get("at", "")
    try:
        table = read_table(request.GET.get("table", ""))
        return find_event(instance, table=table, uuid=bytes.fromhex(uuid), received=int(received[:12]))
    except (ValueError, NotFound):
        raise Http404("There is no such event.") from None
    except Unavailable:
        raise
    except DomainError as error:
        raise Http404(error.message) from None
