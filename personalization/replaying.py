"""Replays committed events through two versions of a configuration and tells what the answers differ in."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.conf import settings

from personalization import event_body, json_text
from personalization.memory_profiles import MemoryProfiles
from personalization.profile import slot
from personalization.refusals import Refusal
from personalization.shown_offers import data_text, sensitive_data
from personalization.stored_profiles import recent_events
from personalization.stores.records import StoredEvent
from personalization.stores.slot_counts import profiles_with
from provisioning.language.plan import Plan
from provisioning.replay import EmptyValues, Example, Kind, OfferDifference, Replay
from routing.models import Instance
from routing.selectors import destinations_of

_PAUSE = 0.001  # seconds after each event: the process may serve the endpoint as well, which goes first
_FINDING = 2.5  # times as long as a page looks for events: two seconds
_EXAMPLES = 3  # of an offer and kind
_COUNTING = 4.0  # seconds for profiles that start empty
_KINDS: tuple[Kind, ...] = ("gained", "lost", "changed")


def replay_events(
    instance: Instance, old: Plan, new: Plan, former: Mapping[str, str], most: int, seconds: float
) -> Replay:
    """Replay the instance's newest `most` events, for `seconds` at most. Raises Unavailable.

    `former` has the names that renamed attributes of `new` had in `old`.
    """
    deadline = time.monotonic() + seconds
    newest = recent_events(instance=instance, most=most, share=_FINDING)
    events = newest.events
    comparison = Comparison(old, new, destinations_of(instance))
    compared = 0
    for event in reversed(events):
        if time.monotonic() > deadline:
            break
        comparison.add(event)
        compared += 1
        time.sleep(_PAUSE)
    since = datetime.fromtimestamp(events[-1].received, UTC) if events else None
    return Replay(
        found=len(events),
        compared=compared,
        differing=comparison.differing,
        since=since,
        looked_back_to=newest.back_to,
        offers=comparison.offers(),
        empty=_empty(instance, _moved(old, new, former)),
    )


def _moved(old: Plan, new: Plan, former: Mapping[str, str]) -> dict[str, str]:
    """The attributes whose values are kept elsewhere from now on, each with where they were."""
    slots = {each.name: slot(each) for each in old.attributes}
    before = {each.name: slots.get(former.get(each.name, each.name)) for each in new.attributes}
    return {each.name: was for each in new.attributes if (was := before[each.name]) and was != slot(each)}


def _empty(instance: Instance, changed: Mapping[str, str]) -> tuple[EmptyValues, ...] | None:
    if not changed:
        return ()
    counts = profiles_with(settings.EVENT_STORE, instance.label, tuple(changed.values()), seconds=_COUNTING)
    if counts is None:
        return None
    return tuple(EmptyValues(name, counts.profiles[held], counts.complete) for name, held in changed.items())


@dataclass(slots=True)
class _Seen:
    """How often one offer differed, by kind, and the latest examples of each."""

    counts: Counter[Kind] = field(default_factory=Counter)
    examples: dict[Kind, list[Example]] = field(default_factory=dict)


class Comparison:
    """Two versions side by side, each with profiles of its own that begin empty."""

    def __init__(self, old: Plan, new: Plan, tables: frozenset[tuple[str, str]]) -> None:
        self.differing = 0
        self._sides = MemoryProfiles(old, tables), MemoryProfiles(new, tables)
        self._sensitive = sensitive_data(old, new)
        self._seen: dict[str, _Seen] = {}

    def add(self, event: StoredEvent) -> None:
        """Send an event to both and note what differs."""
        before, after = (_offers(side, event) for side in self._sides)
        differing = [name for name in {**before, **after} if not _equal(before.get(name), after.get(name))]
        self.differing += bool(differing)
        for name in differing:
            self._note(event, name, before.get(name), after.get(name))

    def offers(self) -> tuple[OfferDifference, ...]:
        """What was noted, the offer that differs most often first."""
        found = [
            OfferDifference(
                name,
                seen.counts["gained"],
                seen.counts["lost"],
                seen.counts["changed"],
                tuple(each for kind in _KINDS for each in seen.examples.get(kind, ())),
            )
            for name, seen in self._seen.items()
        ]
        return tuple(sorted(found, key=lambda each: (-(each.gained + each.lost + each.changed), each.offer)))

    def _note(self, event: StoredEvent, name: str, before: Any, after: Any) -> None:
        kind: Kind = "gained" if before is None else "lost" if after is None else "changed"
        seen = self._seen.setdefault(name, _Seen())
        seen.counts[kind] += 1
        hidden = self._sensitive.get(name, frozenset())
        example = Example(
            kind,
            datetime.fromtimestamp(event.received, UTC),
            f"{event.database}/{event.table}",
            event.public,
            _shown(before, hidden),
            _shown(after, hidden),
        )
        examples = seen.examples.setdefault(kind, [])
        examples[:] = [*examples, example][-_EXAMPLES:]


def _offers(side: MemoryProfiles, event: StoredEvent) -> Mapping[str, Any]:
    """What that version would have answered when the event came; nothing for an event that it would refuse."""
    try:
        fields = event_body.parse(event.body.encode())
        answer = side.post(event.database, event.table, fields, public=event.public, now=event.received)
    except Refusal:
        return {}
    return {name: offer["attributes"] for name, offer in answer.offers.items()}


def _equal(one: Any, other: Any) -> bool:
    return json_text.dump_sorted(one) == json_text.dump_sorted(other)  # 1 and true are not the same


def _shown(data: Mapping[str, Any] | None, hidden: frozenset[str]) -> str:
    return "" if data is None else data_text(data, hidden)
