"""What the Redis store keeps of people.

A profile that is to go is first replaced by a void record, which others' writes fail at; then its key values, what it
absorbed, its events, their uuids and its activations are removed. The void record holds nothing and goes by itself.
Events that `drain_events` has moved are in the warehouse, and are looked at and removed there; what it is just moving
does not come to the warehouse once it is removed here, or is waited for there (see draining.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from personalization import json_text
from personalization.batch import EventRef, key_ref
from personalization.identity import Pair
from personalization.stores.person import Person, pairs_of
from personalization.stores.records import (
    Archive,
    EventQuery,
    FoundEvents,
    LoggedAs,
    Removed,
    StoredActivation,
    StoredEvent,
    StoredMerge,
    StoredProfile,
    Traces,
)
from personalization.stores.redis_connection import Away
from personalization.stores.redis_layout import PARTITIONS, Layout, Record, partition_of, profile_claimed
from personalization.stores.redis_log import LogEntry, read_entry
from personalization.stores.redis_nodes import Command, Nodes, nodes_at
from personalization.stores.redis_purging import Purging
from personalization.stores.redis_reading import Found, read_records
from personalization.stores.redis_scanning import Scanning, forgetting, good, release, removal, voided
from personalization.stores.redis_search import search
from personalization.stores.redis_strays import Strays
from personalization.stores.redis_url import RedisUrl
from personalization.stores.redis_writing import Writing


class Logged(NamedTuple):
    """An event and where it is: partition, id."""

    partition: int
    number: bytes
    entry: LogEntry

    @property
    def known_as(self) -> LoggedAs:
        """By what it is found again in the warehouse."""
        event = self.entry
        return LoggedAs(event.database, event.table, event.uuid, event.received, event.profile, event.digest)

    @property
    def order(self) -> tuple[int, list[int], bytes]:
        """Oldest first."""
        return self.entry.received, [int(part) for part in self.number.split(b"-")], self.entry.uuid


class RedisRecords:
    """The records of one server or cluster, and of its warehouse when it has one."""

    def __init__(self, url: RedisUrl, warehouse: Archive | None = None, *, nodes: Nodes | None = None) -> None:
        self._warehouse = warehouse
        self._nodes = nodes or nodes_at(url)
        self._layout = Layout(url.prefix, self._nodes.place)
        self._writing = Writing(self._nodes, self._layout)
        self._all = Scanning(self._nodes, self._layout, url.prefix)
        self._strays = Strays(self._all, self._writing)

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
        if person.profile is None:
            self._strays.release(key_ref(instance, pair))
        for number in person.ids:
            removed += Removed(merges=len(self._absorbed(number)))
            self._all.ask(self._layout.places[number % PARTITIONS], "UNLINK", self._layout.merged(number), writing=True)
        return removed + self._erase_events(person)

    def purge_log(self, before: int) -> Iterator[Removed]:
        """Remove what was logged before that time, in small batches."""
        yield from Purging(self._all).log(before)
        if self._warehouse is not None:
            yield from self._warehouse.purge_log(before)

    def purge_profiles(self, before: int) -> Iterator[Removed]:
        """Remove the profiles that no event has changed since, in small batches."""
        return Purging(self._all).profiles(before)

    def purge_strays(self) -> Iterator[Removed]:
        """Remove key values that lead to no profile, in small batches."""
        return (Removed() for _ in self._strays.purge())

    def _led_to(self, ref: str, pair: Pair) -> tuple[int | None, Found]:
        """The live profile that has the key value; whoever is merging it is waited for, or undone."""
        while True:
            found = Found()
            place, key = self._layout.claim(ref)
            claimed = self._all.ask(place, "GET", key)
            if claimed is None:
                return None, found
            read_records(self._nodes, self._layout, found, {profile_claimed(claimed)})
            if found.away:
                raise Away("a profile could not be read")
            if not found.freezing():
                break
            self._writing.settle(found)
        number = found.end(profile_claimed(claimed))
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

    def _erase_events(self, person: Person) -> Removed:
        """Events, here before those of the warehouse, and activations."""
        gone: set[LoggedAs] = set()
        for events in self._events_of(person):
            gone |= self._remove_events(self._without_new_ones(events, person))
        removed = Removed(events=len(gone))
        for partition, entry, _ in self._activations(person):
            place, key = self._layout.places[partition], self._layout.activation_streams[partition]
            removed += Removed(activations=self._all.ask(place, "XDEL", key, entry, writing=True))
        for moved in self._warehouse.erase_events_of(person) if self._warehouse is not None else ():
            self._forget(person.instance, moved)
            removed += Removed(events=sum(event not in gone for event in moved))  # some may be in both
        return removed

    def _remove_events(self, events: Sequence[Logged]) -> set[LoggedAs]:
        """Those that were still there."""
        commands: list[Command] = []
        for event in events:
            commands += removal(self._layout, event.partition, event.number, event.entry)
        replies = good(self._nodes.run(commands, writing=True))[::3]
        return {event.known_as for event, there in zip(events, replies, strict=True) if there}

    def _forget(self, instance: str, events: Sequence[LoggedAs]) -> None:
        """Remove the memory of the uuids of events that have been moved."""
        commands: list[Command] = []
        for event in events:
            partition = partition_of(event.uuid) if event.profile is None else event.profile % PARTITIONS
            ref: EventRef = ((instance, event.database, event.table), event.uuid)
            commands += forgetting(self._layout, partition, ref, event.digest)
        good(self._nodes.run(commands, writing=True))

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
