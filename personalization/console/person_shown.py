"""A person as their page shows them: values as JSON text, times to be shown in the console's zone."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from personalization import attributes, lists, windows
from personalization.person_seen import PersonSeen
from personalization.program import Program
from personalization.stores.records import StoredEvent, StoredMerge
from provisioning.language.durations import show_duration
from provisioning.language.expressions import UNDEFINED
from provisioning.language.plan import Attribute

_SHOWN = 5  # of many items or key values, those that are shown unfolded
_EXCERPT = 300


@dataclass(frozen=True, slots=True)
class ShownValue:
    """A value and its time: of a bucket, when it begins."""

    value: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class ShownName:
    """A key or an attribute: `about` says of what kind; `value` is empty where only `values` tell, or there is none.

    `values` are the newest few with their times, `others` the rest, newest first.
    """

    name: str
    about: str
    sensitive: bool
    value: str
    at: datetime | None
    values: Sequence[ShownValue]
    others: Sequence[ShownValue]


@dataclass(frozen=True, slots=True)
class ShownEvent:
    """An event of the list, with what its own page is found by."""

    at: datetime
    table: str
    path: str
    uuid: str
    received: int
    excerpt: str


@dataclass(frozen=True, slots=True)
class ShownMerge:
    """When another profile was merged in, and by which event; `event` is that one where it is in the list."""

    at: datetime
    uuid: str
    event: ShownEvent | None


@dataclass(frozen=True, slots=True)
class ShownPerson:
    """All of it; `kept` is what is stored of attributes that nothing live names."""

    created: datetime
    updated: datetime
    keys: Sequence[ShownName]
    attributes: Sequence[ShownName]
    kept: Sequence[ShownName]
    merges: Sequence[ShownMerge]
    events: Sequence[ShownEvent]
    more: bool
    is_live: bool


def shown_person(seen: PersonSeen, *, now: int) -> ShownPerson:
    """The person as of `now`, epoch seconds."""
    events = [_event(event) for event in seen.events]
    named = {} if seen.program is None else seen.program.attributes
    return ShownPerson(
        _moment(seen.profile.created),
        _moment(seen.profile.updated),
        list(_keys(seen)),
        [_attribute(attribute, seen.profile.state.get(slot), now) for attribute, slot in named.values()],
        list(_kept(seen.profile.state, seen.program)),
        [_merge(merge, events) for merge in seen.merges],
        events,
        seen.more,
        seen.program is not None,
    )


def _keys(seen: PersonSeen) -> Iterator[ShownName]:
    known = {} if seen.program is None else seen.program.keys
    for name, values in seen.profile.keys.items():
        key = known.get(name)
        about = "" if seen.program is None or key is not None else "no key of what is live"
        shown = [ShownValue(_readable(value), _moment(time)) for value, time in reversed(values)]
        yield ShownName(name, about, key is not None and key.sensitive, "", None, *_parted(shown))


def _attribute(attribute: Attribute, state: Any, now: int) -> ShownName:
    sensitive = attribute.sensitive or attribute.tainted
    if attribute.type == "list":
        items = reversed(lists.read(state or [], now=now, attribute=attribute))
        shown = [ShownValue(_text(item["value"]), _moment(item["time"])) for item in items]
        return ShownName(attribute.name, "list", sensitive, "", None, *_parted(shown))
    value = attributes.read(attribute, state, now=now)
    text = "" if value is UNDEFINED else _text(value)
    if attribute.window is not None:
        about = f"counter of the last {show_duration(attribute.window)}, its parts by when each begins"
        buckets = list(_buckets(state or {}, now=now, window=attribute.window))
        return ShownName(attribute.name, about, sensitive, text, None, *_parted(buckets))
    at = _moment(state[1]) if text and state is not None else None
    return ShownName(attribute.name, attribute.type, sensitive, text, at, [], [])


def _buckets(buckets: windows.Buckets, *, now: int, window: int) -> Iterator[ShownValue]:
    """Those that count now, the newest first."""
    first = windows.first_bucket(now, window)
    for number in sorted((int(each) for each in buckets if int(each) >= first), reverse=True):
        yield ShownValue(_text(buckets[str(number)]), _moment(number * window // windows.BUCKETS))


def _kept(state: Mapping[str, Any], program: Program | None) -> Iterator[ShownName]:
    for slot, value in state.items():
        if program is None or slot not in program.slots:
            name, _, kind = slot.partition("/")
            yield ShownName(name, _kind(kind), False, _text(value), None, [], [])


def _kind(kind: str) -> str:
    name, _, window = kind.partition("/")
    return f"{name} of {show_duration(int(window))}" if window else name


def _event(event: StoredEvent) -> ShownEvent:
    return ShownEvent(
        _moment(event.received),
        f"{event.database}/{event.table}",
        "public" if event.public else "private",
        event.uuid.hex(),
        event.received,
        event.body if len(event.body) <= _EXCERPT else f"{event.body[:_EXCERPT]}…",
    )


def _merge(merge: StoredMerge, events: Sequence[ShownEvent]) -> ShownMerge:
    uuid = merge.uuid.hex()
    return ShownMerge(_moment(merge.time), uuid, next((event for event in events if event.uuid == uuid), None))


def _parted(values: Sequence[ShownValue]) -> tuple[Sequence[ShownValue], Sequence[ShownValue]]:
    return values[:_SHOWN], values[_SHOWN:]


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _text(value: Any) -> str:
    return _readable(json.dumps(value, ensure_ascii=False))


def _readable(text: str) -> str:
    """With half of a surrogate pair, which UTF-8 has no form for, written as its escape."""
    return text.encode("utf-8", "backslashreplace").decode()
