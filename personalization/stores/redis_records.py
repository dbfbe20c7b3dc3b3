"""What the Redis store keeps of people.

A profile that is to go is first replaced by a void record, which others' writes fail at; then its key values, what it
absorbed, its events, their uuids and its activations are removed. The void record holds nothing and goes by itself.
Events that `drain_events` has moved are in the warehouse, and are looked at and removed there.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from personalization import json_text
from personalization.batch import key_ref
from personalization.identity import Pair
from personalization.stores.person import Person, pairs_of
from personalization.stores.records import (
    RECENT,
    Archive,
    EventQuery,
    FoundEvents,
    Removed,
    StoredActivation,
    StoredEvent,
    StoredMerge,
    StoredProfile,
    Traces,
)
from personalization.stores.redis_connection import Away
from personalization.stores.redis_layout import PARTITIONS, Layout, Record
from personalization.stores.redis_log import FORSAKEN, GROUP, LogEntry, read_entry
from personalization.stores.redis_nodes import Command, nodes_at
from personalization.stores.redis_purging import Purging
from personalization.stores.redis_reading import Found, read_records
from personalization.stores.redis_scanning import Scanning, good, release, removal, voided
from personalization.stores.redis_search import search
from personalization.stores.redis_url import RedisUrl
from personalization.stores.redis_writing import Writing

_PAUSE = 0.05  # seconds between two looks at events that are being moved


class Logged(NamedTuple):
    """An event and where it is: partition, id."""

    partition: int
    number: bytes
    entry: LogEntry

    @property
    def order(self) -> tuple[int, list[int], bytes]:
        """Oldest first."""
        return self.entry.received, [int(part) for part in self.number.split(b"-")], self.entry.uuid


class RedisRecords:
    """The records of one server or cluster, and of its warehouse when it has one."""

    def __init__(self, url: RedisUrl, warehouse: Archive | None = None) -> None:
        self._warehouse = warehouse
        self._nodes = nodes_at(url)
        self._layout = Layout(url.prefix, self._nodes.place)
        self._writing = Writing(self._nodes, self._layout)
        self._all = Scanning(self._nodes, self._layout, url.prefix)

    def open(self) -> None:
        """Connect. Raises StoreUnavailable."""
        self._nodes.open()

    def close(self) -> None:
        """Disconnect. Closing what is not open does nothing."""
        self._nodes.close()
        if self._warehouse is not None:
            self._warehouse.close()

    def find(self, instance: str, pair: Pair) -> StoredProfile | None:
        """The profile that a key value leads to."""
        number, found = self._led_to(key_ref(instance, pair), pair)
        return None if number is None else _profile(_there(found, number))

    def recent(self, instance: str, most: int) -> list[StoredEvent]:
        """The instance's newest events, the newest first."""
        count = max(RECENT // PARTITIONS, most)
        replies = self._all.everywhere(
            lambda key: ("XREVRANGE", key, "+", "-", "COUNT", count), self._layout.event_streams
        )
        found = [
            Logged(partition, number, read_entry(fields[1]))
            for partition, reply in enumerate(replies)
            for number, fields in reply
        ]
        own = sorted((event for event in found if event.entry.instance == instance), key=lambda event: event.order)
        moved = self._warehouse.recent(instance, most) if self._warehouse is not None else []
        return ([_event(event.entry) for event in reversed(own[-most:])] + moved)[:most]

    def search(self, query: EventQuery) -> FoundEvents:
        """Events that fit, the newest first: those that wait to be moved, then those that were."""
        return search(self._all, query, self._warehouse)

    def merges(self, instance: str, pair: Pair) -> list[StoredMerge]:
        """Entries of the identity log, oldest first."""
        return list(self._merges_of(self._person(instance, pair)[0]))

    def export(self, instance: str, pair: Pair) -> Traces:
        """All that is kept of a person."""
        person, found = self._person(instance, pair)
        events = sorted((event for part in self._events_of(person) for event in part), key=lambda event: event.order)
        moved = self._warehouse.events_of(person) if self._warehouse is not None else []
        kept = dict.fromkeys([*moved, *(_event(event.entry) for event in events)])  # one may just be moving
        return Traces(
            None if person.profile is None else _profile(_there(found, person.profile)),
            tuple(kept),
            self._merges_of(person),
            tuple(_activation(value) for _, _, value in sorted(self._activations(person), key=lambda item: item[1])),
        )

    def erase(self, instance: str, pair: Pair) -> Removed:
        """Remove all that is kept of a person; who comes meanwhile with the same key values is somebody new."""
        while True:
            person, found = self._person(instance, pair)
            if person.profile is None or self._void(person.profile, found):
                break
        removed = Removed(profiles=int(person.profile is not None))
        for number in person.ids:
            if number != person.profile and found.records.get(number) is not None:
                removed += Removed(profiles=int(self._void(number, found)))
        good(self._nodes.run(release(self._layout, person.refs(), person.ids), writing=True))
        for number in person.ids:
            removed += Removed(merges=len(self._absorbed(number)))
            self._all.ask(self._layout.places[number % PARTITIONS], "UNLINK", self._layout.merged(number), writing=True)
        moving: list[Logged] = []
        for events in self._events_of(person):
            old = self._without_new_ones(events, person)
            moving += self._moving(old)
            removed += Removed(events=self._remove_events(old))
        for partition, entry, _ in self._activations(person):
            place, key = self._layout.places[partition], self._layout.activation_streams[partition]
            removed += Removed(activations=self._all.ask(place, "XDEL", key, entry, writing=True))
        if self._warehouse is not None:
            self._wait_for(moving)
            count = self._warehouse.erase_events_of(person)
            removed += Removed(events=max(0, count - len(moving)))  # those were counted above
        return removed

    def purge_log(self, before: int) -> Iterator[Removed]:
        """Remove what was logged before that time, in small batches."""
        yield from Purging(self._all).log(before)
        if self._warehouse is not None:
            yield from self._warehouse.purge_log(before)

    def purge_profiles(self, before: int) -> Iterator[Removed]:
        """Remove the profiles that no event has changed since, in small batches."""
        return Purging(self._all).profiles(before)

    def _led_to(self, ref: str, pair: Pair) -> tuple[int | None, Found]:
        """The live profile that has the key value; whoever is merging it is waited for, or undone."""
        while True:
            found = Found()
            place, key = self._layout.claim(ref)
            claimed = self._all.ask(place, "GET", key)
            if claimed is None:
                return None, found
            read_records(self._nodes, self._layout, found, {int(claimed)})
            if found.away:
                raise Away("a profile could not be read")
            if not found.freezing():
                break
            self._writing.settle(found)
        number = found.end(int(claimed))
        record = found.records.get(number)
        has_it = record is not None and record.is_live and pair in pairs_of(json_text.load(record.body)["k"])
        return (number if has_it else None), found

    def _person(self, instance: str, pair: Pair) -> tuple[Person, Found]:
        number, found = self._led_to(key_ref(instance, pair), pair)
        if number is None:
            return Person(instance, frozenset({pair})), found
        ids, left = [number], [number]
        while left:
            new = [loser for loser in self._absorbed(left.pop()) if loser not in ids]
            ids += new
            left += new
        read_records(self._nodes, self._layout, found, set(ids) - found.records.keys())
        document = json_text.load(_there(found, number).body)
        return Person(instance, frozenset(pairs_of(document["k"])) | {pair}, number, tuple(ids)), found

    def _absorbed(self, number: int) -> dict[int, bytes]:
        flat = self._all.ask(self._layout.places[number % PARTITIONS], "HGETALL", self._layout.merged(number))
        return {int(loser): value for loser, value in zip(flat[::2], flat[1::2], strict=True)}

    def _merges_of(self, person: Person) -> tuple[StoredMerge, ...]:
        values = [json_text.load(value) for number in person.ids for value in self._absorbed(number).values()]
        return tuple(sorted(StoredMerge(time, bytes.fromhex(uuid)) for _, time, uuid in values))

    def _events_of(self, person: Person) -> Iterator[list[Logged]]:
        """The person's events, part by part."""
        fragments = person.fragments()
        for partition, number, fields in self._all.stream_parts(self._layout.event_streams):
            entries = [Logged(partition, each, read_entry(raw[1])) for each, raw in zip(number, fields, strict=True)]
            rows = [
                (position, event.entry.body, event.entry.profile in person.ids)
                for position, event in enumerate(entries)
                if event.entry.instance == person.instance
                and (event.entry.profile in person.ids or any(text in event.entry.body for text in fragments))
            ]
            own = person.own(rows)
            if own:
                yield [entries[position] for position in own]

    def _without_new_ones(self, events: Sequence[Logged], person: Person) -> list[Logged]:
        """Without those that count for somebody who came with one of the key values when they were free again."""
        others = {event.entry.profile for event in events if event.entry.profile is not None} - set(person.ids)
        found = Found()
        read_records(self._nodes, self._layout, found, others)
        new = {
            number
            for number in others
            if (record := found.records.get(found.end(number))) is not None
            and not person.pairs.isdisjoint(pairs_of(json_text.load(record.body)["k"]) if record.body else ())
        }
        return [event for event in events if event.entry.profile not in new]

    def _moving(self, events: Sequence[Logged]) -> list[Logged]:
        """Those that a process has taken to the warehouse and may be writing there."""
        commands = [
            Command(
                self._layout.places[event.partition],
                ("XPENDING", self._layout.event_streams[event.partition], GROUP, event.number, event.number, 1),
            )
            for event in events
        ]
        replies = self._nodes.run(commands) if self._warehouse is not None else [[]] * len(events)
        return [
            event
            for event, reply in zip(events, replies, strict=True)
            if isinstance(reply, list) and any(idle < FORSAKEN for _, _, idle, _ in reply)
        ]

    def _wait_for(self, moving: Sequence[Logged]) -> None:
        while moving := self._moving(moving):
            time.sleep(_PAUSE)

    def _remove_events(self, events: Sequence[Logged]) -> int:
        commands: list[Command] = []
        for event in events:
            commands += removal(self._layout, event.partition, event.number, event.entry)
        replies = good(self._nodes.run(commands, writing=True))
        return sum(replies[::3])

    def _activations(self, person: Person) -> list[tuple[int, bytes, list[Any]]]:
        """Those of the person: partition, id, value."""
        return [
            (partition, number, value)
            for partition, numbers, fields in self._all.stream_parts(self._layout.activation_streams)
            for number, raw in zip(numbers, fields, strict=True)
            if (value := json_text.load(raw[1]))[0] == person.instance and value[3] in person.ids
        ]

    def _void(self, number: int, found: Found) -> bool:
        """Whether nobody else was faster."""
        command = voided(self._layout, number, _there(found, number))
        return good(self._nodes.run([command], writing=True)) == [1]


def _there(found: Found, number: int) -> Record:
    record = found.records[number]
    assert record is not None
    return record


def _profile(record: Record) -> StoredProfile:
    document = json_text.load(record.body)
    return StoredProfile(record.created, record.updated, document["k"], document["s"])


def _event(entry: LogEntry) -> StoredEvent:
    return StoredEvent(entry.database, entry.table, entry.time, entry.received, entry.public, entry.uuid, entry.body)


def _activation(value: Sequence[Any]) -> StoredActivation:
    _, version, name, _, uuid, created, body, headers = value
    return StoredActivation(version, name, created, bytes.fromhex(uuid), body, headers)
