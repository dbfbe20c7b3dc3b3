"""Why what an event gets now may not be what was answered when it came."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Literal

from personalization.identity import Pair
from personalization.looking_back import LookedBack
from personalization.stores.person import pairs_of
from personalization.stores.records import EventQuery, Records, StoredEvent, StoredProfile
from routing.history import Kind
from routing.models import Destination, HistoryEntry, Instance

# `gone`: no profile has its key values any more. `changed`: a later event changed the profile. `beside`: another event
# of the person came at the same time. `elsewhere`: the profile was last changed before the event came. `tables`: its
# table was registered or removed since. `between`: a push was under way.
Doubt = Literal["gone", "changed", "beside", "elsewhere", "tables", "between"]

NEAR = timedelta(seconds=2)  # a push and a table are live within one on every process; times of receipt are cut off
_A_GROUP = 1  # seconds that may lie between an event and the newest of those that were committed with it
_MOST_PAIRS = 10
_MOST_PARTS = 5
_A_PART = 20


def doubts_of_profile(records: Records, instance: str, event: StoredEvent, seen: LookedBack) -> tuple[Doubt, ...]:
    """Why the profile may not be what it was. Times are whole seconds, so events of one second have no order.

    Raises StoreUnavailable.
    """
    if not seen.pairs:
        return ()
    if seen.profile is None:
        return ("gone",)
    if seen.profile.updated > event.received + _A_GROUP:
        return ("changed",)
    if seen.profile.updated < event.received:
        return ("elsewhere",)
    return _by_company(event, list(_company(records, instance, event, seen.profile)))


def doubts_of_table(instance: Instance, event: StoredEvent) -> tuple[Doubt, ...]:
    """Whether its table was monitored when it came may not be what it is now."""
    since = datetime.fromtimestamp(event.received, UTC) - NEAR
    rows = Destination.objects.filter(instance=instance, database=event.database, table=event.table)
    registered = rows.values_list("created_at", flat=True).first()
    if registered is not None:
        return ("tables",) if registered >= since else ()
    changes = HistoryEntry.objects.filter(kind=Kind.ROUTING, instance=instance.label, at__gte=since)
    return ("tables",) if changes.filter(detail__has_key="tables removed").exists() else ()


def _by_company(event: StoredEvent, others: Sequence[StoredEvent | None]) -> tuple[Doubt, ...]:
    if any(each is not None and each.received > event.received for each in others):
        return ("changed",)
    return ("beside",) if others else ()


def _company(
    records: Records, instance: str, event: StoredEvent, profile: StoredProfile
) -> Iterator[StoredEvent | None]:
    """The person's other events since this one came, and None when too much came to tell."""
    pairs = list(pairs_of(profile.keys))
    if len(pairs) > _MOST_PAIRS:
        yield None
    for pair in pairs[:_MOST_PAIRS]:
        for found in _at_that_time(records, instance, pair, (event.received, profile.updated)):
            if found is None or _is_another(found, event):
                yield found


def _is_another(found: StoredEvent, event: StoredEvent) -> bool:
    return (found.database, found.table, found.uuid) != (event.database, event.table, event.uuid)


def _at_that_time(records: Records, instance: str, pair: Pair, seconds: Sequence[int]) -> Iterator[StoredEvent | None]:
    """The events with that key value, and None when there may be more than was looked at."""
    query = EventQuery(instance, pair=pair, since=seconds[0], until=seconds[1], most=_A_PART)
    for _ in range(_MOST_PARTS):
        found = records.search(query)
        yield from found.events
        if not found.position:
            return
        query = replace(query, position=found.position)
    yield None
