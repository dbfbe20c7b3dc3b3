"""The events that the endpoint committed, for staff: found, and looked at again with the version that answered them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from django.conf import settings
from django.db.models import Q

from p13nadmin.api.errors import NotFound
from personalization.doubts import NEAR, Doubt, doubts_of_profile, doubts_of_table
from personalization.explained_places import placed
from personalization.explanation import Explanation
from personalization.live import LiveInstance
from personalization.long_search import search_on
from personalization.looking_back import look_back
from personalization.program import program
from personalization.services import opened_records
from personalization.stores.records import EventQuery, FoundEvents, StoredEvent
from provisioning.models import ConfigurationVersion, Push
from provisioning.validation import compile_text
from routing.models import Instance
from routing.selectors import destinations_of


@dataclass(frozen=True, slots=True)
class Term:
    """A version was live from `since` to before `until`, None: it still is."""

    version: int
    since: datetime
    until: datetime | None

    def covers(self, at: datetime) -> bool:
        """Whether it was live at that time."""
        return self.since <= at and (self.until is None or at < self.until)


@dataclass(frozen=True, slots=True)
class EventSeen:
    """An event looked at again: by which version (None: nothing was live), and what that makes of it now.

    `doubts`: why another answer may have been given then; none, and this is what was answered.
    """

    event: StoredEvent
    version: int | None
    explanation: Explanation
    doubts: tuple[Doubt, ...]


def find_events(query: EventQuery) -> FoundEvents:
    """Events that fit, the newest first; there may be more behind the position. Raises Unavailable."""
    with opened_records(settings.EVENT_STORE) as records:
        return search_on(records, query)


def find_event(instance: Instance, *, table: tuple[str, str], uuid: bytes, received: int) -> StoredEvent:
    """One event. Raises NotFound, and Unavailable when the store is away."""
    query = EventQuery(instance.label, table=table, uuid=uuid, since=received, until=received, most=1)
    with opened_records(settings.EVENT_STORE) as records:
        while not (found := records.search(query)).events:
            if not found.position:
                raise NotFound("there is no such event any more")
            query = replace(query, position=found.position)
        return found.events[0]


def terms(instance: Instance, *, since: datetime) -> Sequence[Term]:
    """Which version was live when, the newest first, as far back as `since`."""
    pushes = Push.objects.filter(Q(superseded_at=None) | Q(superseded_at__gte=since), instance=instance)
    rows = pushes.order_by("-number").values_list("version__number", "created_at", "superseded_at")
    return [Term(*row) for row in rows]


def terms_of(instance: Instance, version: int) -> Sequence[Term]:
    """When that version was live, the newest time first."""
    pushes = Push.objects.filter(instance=instance, version__number=version).order_by("-number")
    return [Term(version, *row) for row in pushes.values_list("created_at", "superseded_at")]


def version_at(known: Sequence[Term], at: datetime) -> int | None:
    """The number of the version that was live at that time, None when nothing was."""
    return next((term.version for term in known if term.covers(at)), None)


def see_event(instance: Instance, event: StoredEvent) -> EventSeen:
    """Look at an event again by the version that was live when it came, with the profile and the tables as they are.

    Raises Refusal for a body that cannot be read, and Unavailable.
    """
    at = datetime.fromtimestamp(event.received, UTC)
    known = terms(instance, since=at - NEAR)
    number = version_at(known, at)
    live, text = _as_it_was(instance, number)
    with opened_records(settings.EVENT_STORE) as records:
        seen = look_back(live, event, records)
        doubts = doubts_of_profile(records, instance.label, event, seen)
    between: tuple[Doubt, ...] = ("between",) if any(abs(term.since - at) <= NEAR for term in known) else ()
    return EventSeen(
        event, number, placed(seen.explanation, text), (*doubts, *doubts_of_table(instance, event), *between)
    )


def _as_it_was(instance: Instance, number: int | None) -> tuple[LiveInstance, str]:
    tables = destinations_of(instance)
    if number is None:
        return LiveInstance(instance.account_id, instance.number, destinations=tables), ""
    version = ConfigurationVersion.objects.get(instance=instance, number=number)
    plan = compile_text(version.text).plan
    found = None if plan is None else program(plan)
    return LiveInstance(instance.account_id, instance.number, number, found, tables), version.text
