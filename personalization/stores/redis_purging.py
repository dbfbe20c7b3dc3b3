"""What a Redis store keeps no longer than a time: part by part, while events come in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from personalization import json_text
from personalization.stores.records import Removed
from personalization.stores.redis_layout import PARTITIONS, Record, read_record, refs_of
from personalization.stores.redis_log import read_entry
from personalization.stores.redis_nodes import Command
from personalization.stores.redis_reading import Found, read_records
from personalization.stores.redis_scanning import Scanning, good, release, removal, voided

_CREATED = 5  # where an activation says when it fired


class Purging:
    """Every method yields after each small part. Raises StoreUnavailable."""

    def __init__(self, scanning: Scanning) -> None:
        self._all = scanning
        self._layout = scanning.layout
        self._nodes = scanning.nodes

    def log(self, before: int) -> Iterator[Removed]:
        """Events received before that time (epoch seconds), merges, activations, and what merged profiles left."""
        for partition, numbers, fields in self._all.stream_parts(self._layout.event_streams):
            entries = [read_entry(raw[1]) for raw in fields]
            old = [pair for pair in zip(numbers, entries, strict=True) if pair[1].received < before]
            commands = [each for number, entry in old for each in removal(self._layout, partition, number, entry)]
            if commands:
                yield Removed(events=sum(good(self._nodes.run(commands, writing=True))[::3]))
        yield from self._merges(before)
        yield from self._activations(before)
        yield from self._merged_profiles(before)

    def profiles(self, before: int) -> Iterator[Removed]:
        """Profiles that no event has changed since that time, with their key values."""
        for records in self._records():
            old = [(number, record) for number, record in records if record.is_live and record.updated < before]
            replies = good(self._nodes.run([voided(self._layout, *each) for each in old], writing=True))
            gone = [each for each, reply in zip(old, replies, strict=True) if reply == 1]
            commands = [each for number, record in gone for each in release(self._layout, refs_of(record), [number])]
            good(self._nodes.run(commands, writing=True))
            if gone:
                yield Removed(profiles=len(gone))

    def _merges(self, before: int) -> Iterator[Removed]:
        """Entries of the identity log; one whose merge is still unfinished stays, for it says how to finish."""
        for names in self._all.keys("merged"):
            count = 0
            for winner in _numbers(names):
                place, key = self._layout.places[winner % PARTITIONS], self._layout.merged(winner)
                flat = self._all.ask(place, "HGETALL", key)
                old = [
                    int(loser)
                    for loser, entry in zip(flat[::2], flat[1::2], strict=True)
                    if json_text.load(entry)[1] < before
                ]
                finished = self._finished(old)
                if finished:
                    count += self._all.ask(place, "HDEL", key, *finished, writing=True)
            if count:
                yield Removed(merges=count)

    def _finished(self, losers: Sequence[int]) -> list[int]:
        found = Found()
        read_records(self._nodes, self._layout, found, set(losers))
        freezing = {number for number, _ in found.freezing()} | found.away
        return [number for number in losers if number not in freezing]

    def _activations(self, before: int) -> Iterator[Removed]:
        for partition, numbers, fields in self._all.stream_parts(self._layout.activation_streams):
            old = [
                number for number, raw in zip(numbers, fields, strict=True) if json_text.load(raw[1])[_CREATED] < before
            ]
            if old:
                place, key = self._layout.places[partition], self._layout.activation_streams[partition]
                yield Removed(activations=self._all.ask(place, "XDEL", key, *old, writing=True))

    def _merged_profiles(self, before: int) -> Iterator[Removed]:
        """Key values that still lead to one lead to its winner from then on."""
        for records in self._records():
            for number, record in records:
                if record.state == b"merged" and record.updated < before:
                    found = Found()
                    read_records(self._nodes, self._layout, found, {number})
                    end = found.records.get(found.end(number))
                    if end is not None and end.is_live:
                        commands = release(self._layout, refs_of(end), [number], to=str(found.end(number)))
                        good(self._nodes.run(commands, writing=True))
                    place = self._layout.places[number % PARTITIONS]
                    self._all.ask(place, "UNLINK", self._layout.profile(number), writing=True)
            yield Removed()

    def _records(self) -> Iterator[list[tuple[int, Record]]]:
        for names in self._all.keys("profile"):
            numbers = _numbers(names)
            commands = [
                Command(self._layout.places[number % PARTITIONS], ("GET", self._layout.profile(number)))
                for number in numbers
            ]
            raws = good(self._nodes.run(commands))
            yield [(number, read_record(raw)) for number, raw in zip(numbers, raws, strict=True) if raw is not None]


def _numbers(names: Sequence[bytes]) -> list[int]:
    return sorted({int(name.rpartition(b":")[2]) for name in names})
