"""What a group needs to know: claims of its key values and uuids, then the records and marks that these lead to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from personalization.batch import Batch, EventRef
from personalization.profile import Profile
from personalization.stores.redis_connection import Away, Refused, Reply
from personalization.stores.redis_layout import (
    Layout,
    Record,
    UuidClaim,
    profile_claimed,
    profile_of,
    read_record,
    read_uuid_claim,
)
from personalization.stores.redis_nodes import Command, Nodes
from personalization.stores.redis_scripts import FIND

Token = Any  # what a value is asked for as: a key reference, a profile's id, an event's reference
Wanted = tuple[Token, int, str]  # with its place and key


class Found:
    """What was there when a group was read."""

    def __init__(self) -> None:
        self.claims: dict[str, int] = {}  # key reference -> the profile that it is claimed for
        self.texts: dict[str, bytes] = {}  # the claims as they are stored
        self.records: dict[int, Record | None] = {}  # of those, and of those they were merged into
        self.uuids: dict[EventRef, UuidClaim] = {}
        self.marks: dict[EventRef, bytes] = {}  # in the partition of the claim
        self.away: set[Token] = set()  # what could not be read

    def note_claim(self, ref: str, text: bytes) -> int:
        """Note a claim, and say which profile it is for."""
        self.texts[ref] = text
        number = self.claims[ref] = profile_claimed(text)
        return number

    def end(self, number: int) -> int:
        """The profile that one has become part of, or itself."""
        while (record := self.records.get(number)) is not None and record.into:
            number = record.into
        return number

    def way(self, number: int) -> Iterator[int]:
        """The profiles from one to its end."""
        yield number
        while (record := self.records.get(number)) is not None and record.into:
            number = record.into
            yield number

    def freezing(self) -> list[tuple[int, Record]]:
        """Profiles that somebody is merging into another, or was when his process ended."""
        return [(number, record) for number, record in self.records.items() if record and record.state == b"freezing"]

    def profiles(self) -> list[Profile]:
        """The profiles that the key values lead to."""
        return [
            profile_of(number, record)
            for number, record in self.records.items()
            if record is not None and record.is_live
        ]

    def reserved(self) -> dict[str, int]:
        """Key references that are claimed for profiles which are not there yet."""
        return {ref: number for ref, number in self.claims.items() if self.records.get(number) is None}

    def logged(self) -> dict[EventRef, bytes]:
        """The digests of the events that have been applied."""
        return {ref: bytes.fromhex(mark[1:].decode()) for ref, mark in self.marks.items() if mark[:1] == b"a"}

    def is_away(self, refs: Iterable[str], event: EventRef | None) -> bool:
        """Whether something of an arrival could not be read."""
        return event in self.away or any(
            ref in self.away or (ref in self.claims and self.end(self.claims[ref]) in self.away) for ref in refs
        )


def read(nodes: Nodes, layout: Layout, batch: Batch) -> Found:
    """Read what a batch needs. What a server did not tell is in `away`.

    Who an event speaks of is read after its mark: a repeat of an event that is applied sees what came of it.
    """
    found = Found()
    refs = list(set(batch.key_refs()))
    _claims(nodes, layout, [] if layout.is_one_place else refs, found, uuids=set(batch.repeatable()))
    if found.uuids:
        found.marks.update(_values(nodes, _marks(layout, found), found.away))
        if not layout.is_one_place:
            found.claims.clear()
            found.texts.clear()
            _claims(nodes, layout, refs, found)
    if layout.is_one_place:
        _find(nodes, layout, refs, found)
    named = {number for record in found.records.values() if record is not None and (number := record.into)}
    read_records(nodes, layout, found, (named or set(found.claims.values())) - found.records.keys())
    return found


def _claims(nodes: Nodes, layout: Layout, refs: Sequence[str], found: Found, *, uuids: Iterable[EventRef] = ()) -> None:
    wanted: list[Wanted] = [(event, *layout.uuid_claim(event)) for event in uuids]
    wanted += [(ref, *layout.claim(ref)) for ref in refs]
    for token, value in _values(nodes, wanted, found.away):
        if isinstance(token, str):
            found.note_claim(token, value)
        else:
            found.uuids[token] = read_uuid_claim(value)


def _marks(layout: Layout, found: Found) -> list[Wanted]:
    return [
        (event, layout.places[claim.partition], layout.uuid_mark(claim.partition, event))
        for event, claim in found.uuids.items()
    ]


def _find(nodes: Nodes, layout: Layout, refs: Sequence[str], found: Found) -> None:
    """Claims and the records that they name, at once."""
    if not refs:
        return
    keys = [layout.claim(ref)[1] for ref in refs]
    [reply] = nodes.run([Command(0, FIND.call(keys, [layout.profile_pattern]))])
    if isinstance(reply, Away | Refused):
        found.away.update(refs)
        return
    for ref, claim, record in zip(refs, reply[::2], reply[1::2], strict=True):
        if claim is not None:
            found.records[found.note_claim(ref, claim)] = None if record is None else read_record(record)


def read_records(nodes: Nodes, layout: Layout, found: Found, numbers: set[int]) -> None:
    """Read profiles' records, and those of the profiles that they were merged into."""
    while numbers:
        found.records.update(dict.fromkeys(numbers))
        wanted = [(number, *_place_and_key(layout, number)) for number in numbers]
        found.records.update((number, read_record(value)) for number, value in _values(nodes, wanted, found.away))
        ends = {record.into for record in map(found.records.get, numbers) if record is not None and record.into}
        numbers = ends - found.records.keys()


def _place_and_key(layout: Layout, number: int) -> tuple[int, str]:
    return layout.places[number % len(layout.places)], layout.profile(number)


def _values(nodes: Nodes, wanted: Iterable[Wanted], away: set[Token]) -> list[tuple[Token, bytes]]:
    """What is stored, with what it was asked for as; what is not there is left out, what cannot be read is away."""
    tokens: dict[int, list[Token]] = {}
    keys: dict[int, list[str]] = {}
    for token, place, key in wanted:
        tokens.setdefault(place, []).append(token)
        keys.setdefault(place, []).append(key)
    replies = nodes.run([Command(place, ("MGET", *names)) for place, names in keys.items()])
    return [pair for asked, reply in zip(tokens.values(), replies, strict=True) for pair in _there(asked, reply, away)]


def _there(asked: Sequence[Token], reply: Reply, away: set[Token]) -> list[tuple[Token, bytes]]:
    if isinstance(reply, Away | Refused):
        away.update(asked)
        return []
    return [(token, value) for token, value in zip(asked, reply, strict=True) if value is not None]


def conflicts(batch: Batch, found: Found) -> list[int]:
    """For each arrival the number of its conflict-free set: arrivals of different ones share nobody and no uuid."""
    parents = list(range(len(batch.arrivals)))
    owners: dict[Token, int] = {}
    for index, tokens in enumerate(_tokens(batch, found)):
        for token in tokens:
            owner = owners.setdefault(token, index)
            if owner != index:
                parents[_root(parents, index)] = _root(parents, owner)
    return [_root(parents, index) for index in range(len(parents))]


def _tokens(batch: Batch, found: Found) -> Iterable[list[Token]]:
    claims: Mapping[str, int] = found.claims
    for refs, event in zip(batch.refs, batch.event_refs, strict=True):
        tokens: list[Token] = [*refs, *(found.end(claims[ref]) for ref in refs if ref in claims)]
        if event is not None:
            tokens.append(event)
        yield tokens


def _root(parents: list[int], index: int) -> int:
    while parents[index] != index:
        index = parents[index]
    return index
