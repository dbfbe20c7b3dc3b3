"""One person of an instance as staff look at them. Nothing is stored."""

from __future__ import annotations

from dataclasses import dataclass

from personalization.identity import Pair
from personalization.long_search import search_on
from personalization.program import Program
from personalization.services import checked_pair, live_program, profile_of
from personalization.stores.person import pairs_of
from personalization.stores.records import EventQuery, Records, StoredEvent, StoredMerge, StoredProfile
from routing.models import Instance

MOST_EVENTS = 20
_MOST_KEYS = 4  # key values whose events are looked for


@dataclass(frozen=True, slots=True)
class PersonSeen:
    """A profile, what is live (None: nothing), and its merges and events, the newest first.

    `events` are at most 20, of the newest parts of the log; `more` says that there may be older ones.
    """

    profile: StoredProfile
    program: Program | None
    merges: tuple[StoredMerge, ...]
    events: tuple[StoredEvent, ...]
    more: bool


def see_person(*, records: Records, instance: Instance, key: str, value: str) -> PersonSeen:
    """The person that a key value leads to. Raises NotFound, and Invalid for what cannot be a key value."""
    pair = checked_pair(key, value)
    profile = profile_of(records, instance, pair)
    merges = records.merges(instance.label, pair)
    events, more = _latest_events(records, instance, _pairs(profile, pair))
    return PersonSeen(profile, live_program(instance), tuple(reversed(merges)), events, more)


def _pairs(profile: StoredProfile, pair: Pair) -> list[Pair]:
    """The key value that was asked for, and the latest of each key."""
    latest = dict(pairs_of(profile.keys))
    return list(dict.fromkeys([pair, *latest.items()]))[:_MOST_KEYS]


def _latest_events(records: Records, instance: Instance, pairs: list[Pair]) -> tuple[tuple[StoredEvent, ...], bool]:
    queries = [EventQuery(instance.label, pair=pair, most=MOST_EVENTS) for pair in pairs]
    parts = [search_on(records, query, share=1 / len(queries)) for query in queries]
    distinct = dict.fromkeys(event for part in parts for event in part.events)
    events = sorted(distinct, key=lambda event: event.received, reverse=True)
    return tuple(events[:MOST_EVENTS]), len(events) > MOST_EVENTS or any(part.position for part in parts)
