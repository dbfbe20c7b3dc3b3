"""A stored event looked at again: what a configuration makes of it with the profile as it is now. Nothing is stored.

The event has been applied already, so it is looked at like a repeated one: nothing is written. Whether that is what
was answered is another question: see doubts.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any, NamedTuple

from personalization import event_body
from personalization.arrivals import Answer, Arrival
from personalization.batch import identify, why_nobody
from personalization.engine import Row
from personalization.explain import explain, explain_nobody
from personalization.explanation import Explanation
from personalization.identity import Pair
from personalization.live import LiveInstance
from personalization.profile import Profile
from personalization.stores.records import Records, StoredEvent, StoredProfile


class LookedBack(NamedTuple):
    """The explanation, the key values that identify somebody, and the profile that they lead to now."""

    explanation: Explanation
    pairs: Sequence[Pair] = ()
    profile: StoredProfile | None = None


def look_back(live: LiveInstance, event: StoredEvent, records: Records) -> LookedBack:
    """What comes of it by the instance as it is described. Raises StoreUnavailable, and Refusal for a bad body."""
    arrival = _arrival(live, event)
    identified = identify(arrival)
    if live.program is None or not identified.pairs:
        answer = Answer({}, why_nobody(arrival, identified), identified.errors)
        return LookedBack(explain_nobody(live.program, arrival.row, answer))
    stored = _stored(records, live.label, identified.pairs)
    profile = _profile(live, stored, event)
    explanation = explain(live.program, profile, arrival.row, identified.own, writing=False)
    return LookedBack(explanation, identified.pairs, stored)


def fields_of(event: StoredEvent) -> Mapping[str, Any]:
    """The event's columns. Raises Refusal for a body that no longer can be read."""
    return event_body.parse(event.body.encode())


def _arrival(live: LiveInstance, event: StoredEvent) -> Arrival:
    fields = {"time": event.time, "uuid": event.uuid.hex(), **fields_of(event)}
    time = min(event.time, event.received)
    row = Row(event.database, event.table, fields, time, event.received, event.public)
    return Arrival(live, row, event.uuid, True, event.body, b"")


def _stored(records: Records, instance: str, pairs: Sequence[Pair]) -> StoredProfile | None:
    return next((found for pair in pairs if (found := records.find(instance, pair)) is not None), None)


def _profile(live: LiveInstance, stored: StoredProfile | None, event: StoredEvent) -> Profile:
    if stored is None:
        return Profile(0, live.label, event.received)
    keys, state = deepcopy(dict(stored.keys)), deepcopy(dict(stored.state))
    return Profile(0, live.label, stored.created, keys=keys, state=state)
