"""What a batch comes to on Redis: units, each committed as a whole in one slot, and what has to happen around them.

A unit holds arrivals that share somebody or a uuid. Before it come claims of key values and uuids, and the freezing
of profiles that it merges; after it what only tidies up. Nothing here does I/O.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from personalization.batch import Batch, LoggedEvent, Merge, PendingActivation, event_ref, key_ref
from personalization.profile import Profile
from personalization.stores.redis_layout import (
    NO_VERSION,
    PARTITIONS,
    REMEMBERED,
    Layout,
    Record,
    UuidClaim,
    is_marked,
    marked,
    new_version,
    other_record,
    partition_of,
    void_record,
    write_activation,
    write_event,
    write_merge,
    write_record,
    write_uuid_claim,
)
from personalization.stores.redis_nodes import Command
from personalization.stores.redis_reading import Found
from personalization.stores.redis_scripts import FENCE_UUID, RELEASE, REPLACE

VOID_SECONDS = 3600  # that a void record stays; whoever it is to keep off has given up long before

Text = str | bytes


class Claim(NamedTuple):
    """A key to change from one value to another (empty: none), kept for so many seconds (empty: for ever)."""

    place: int
    key: str
    old: Text
    new: Text
    seconds: str = ""


class Repair(NamedTuple):
    """What a process that ended, or another one at work, stands in the way with: fence it off, then claim.

    Without a fence the claim is only marked, for the next attempt to take over.
    """

    fence: Command | None
    claim: Claim


@dataclass(slots=True)
class Unit:
    """Arrivals (by index) that stand or fall together."""

    arrivals: list[int] = field(default_factory=list)
    partition: int = -1
    logged: list[LoggedEvent] = field(default_factory=list)
    profiles: list[Profile] = field(default_factory=list)
    merges: list[Merge] = field(default_factory=list)
    fired: list[PendingActivation] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)
    marks: list[Command] = field(default_factory=list)  # of ejected key values' claims; no matter what these say
    before: list[Command] = field(default_factory=list)  # each must say 1
    repairs: list[Repair] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    words: list[Text | int] = field(default_factory=list)
    after: list[Claim] = field(default_factory=list)
    frozen: dict[int, bytes] = field(default_factory=dict)  # merged profile -> version that it was frozen with

    @property
    def is_split(self) -> bool:
        """Whether it would have to be written in two places: then its arrivals are committed one by one."""
        return len(self.profiles) > 1

    @property
    def is_written(self) -> bool:
        """Whether there is something to commit."""
        return bool(self.logged or self.profiles)

    @property
    def profile(self) -> Profile | None:
        """The profile that it changes."""
        return self.profiles[0] if self.profiles else None


def units(batch: Batch, found: Found, sets: Sequence[int], layout: Layout) -> list[Unit]:
    """The units of a batch that has run; `sets` is the number of each arrival's conflict-free set."""
    collected = _collected(batch, sets)
    now = max(arrival.row.now for arrival in batch.arrivals)
    for unit in collected:
        if unit.is_split:
            continue
        if unit.is_written:
            _write(unit, found, layout, now)
        if found.marks:
            _confirm(unit, batch, found, layout)
    return collected


def _collected(batch: Batch, sets: Sequence[int]) -> list[Unit]:
    by_set: dict[int, Unit] = {}
    by_arrival: dict[int, Unit] = {}
    for index, (arrival, number) in enumerate(zip(batch.arrivals, sets, strict=True)):
        unit = by_set.get(number)
        if unit is None:
            unit = by_set[number] = Unit()
        unit.arrivals.append(index)
        by_arrival[id(arrival)] = unit
    by_profile: dict[int | None, Unit] = {}
    for event in batch.events:
        unit = by_profile[event.profile] = by_arrival[id(event.arrival)]
        unit.logged.append(event)
    if not batch.events:
        _add_unlogged(batch, sets, by_set, by_profile)
    for profile in batch.changed:
        by_profile[profile.id].profiles.append(profile)
    for merge in batch.merges:
        by_profile[merge.winner].merges.append(merge)
    for pending in batch.activations:
        by_arrival[id(pending.arrival)].fired.append(pending)
    return list(by_set.values())


def _add_unlogged(
    batch: Batch, sets: Sequence[int], by_set: Mapping[int, Unit], by_profile: dict[int | None, Unit]
) -> None:
    """A batch may change profiles without logging events: then its arrivals' key values tell whose they are."""
    by_ref = {ref: by_set[number] for refs, number in zip(batch.refs, sets, strict=True) for ref in refs}
    for profile in batch.changed:
        refs = (key_ref(profile.instance, pair) for pair in profile.pairs())
        by_profile.setdefault(profile.id, next(by_ref[ref] for ref in refs if ref in by_ref))
    winners = {merge.loser: merge.winner for merge in batch.merges}
    for merge in batch.merges:
        end = merge.winner
        while end in winners:
            end = winners[end]
        by_profile.setdefault(merge.winner, by_profile[end])


def _write(unit: Unit, found: Found, layout: Layout, now: int) -> None:
    profile = unit.profile
    unit.partition = partition_of(unit.logged[0].arrival.uuid) if profile is None else profile.id % PARTITIONS
    keys, words = unit.keys, unit.words
    given = [event for event in unit.logged if event.arrival.uuid_given]
    words += (int(profile is not None), len(given), len(unit.merges), len(unit.logged), len(unit.fired))
    if profile is not None:
        record = found.records.get(profile.id)
        keys.append(layout.profile(profile.id))
        words += (NO_VERSION if record is None else record.version, write_record(profile, new_version(), now))
    for event in given:
        _add_uuid(unit, event, found, layout)
    if profile is not None:
        for merge in unit.merges:
            _add_merge(unit, merge, profile.id, found, layout)
    if unit.logged:
        keys.append(layout.event_streams[unit.partition])
        words += map(write_event, unit.logged)
    if unit.fired:
        keys.append(layout.activation_streams[unit.partition])
        words += map(write_activation, unit.fired)


def _add_uuid(unit: Unit, event: LoggedEvent, found: Found, layout: Layout) -> None:
    ref, digest = event_ref(event.arrival), event.arrival.digest
    place, key = layout.uuid_claim(ref)
    current, mark = found.uuids.get(ref), found.marks.get(ref)
    wanted = UuidClaim(1, unit.partition, digest)
    if current is not None:
        fenced = mark is not None and int(mark) >= current.number
        if fenced or current.partition != unit.partition or current.digest != digest:
            wanted = UuidClaim(current.number + 1, unit.partition, digest)
            fence = FENCE_UUID.call([layout.uuid_mark(current.partition, ref)], [current.number, REMEMBERED])
            claim = Claim(place, key, write_uuid_claim(current), write_uuid_claim(wanted), str(REMEMBERED))
            unit.repairs.append(Repair(Command(layout.places[current.partition], fence), claim))
            return
        wanted = current
    old = "" if current is None else write_uuid_claim(current)
    unit.claims.append(Claim(place, key, old, write_uuid_claim(wanted), str(REMEMBERED)))
    unit.keys.append(layout.uuid_mark(unit.partition, ref))
    unit.words += (wanted.number, f"a{digest.hex()}")


def _add_merge(unit: Unit, merge: Merge, winner: int, found: Found, layout: Layout) -> None:
    unit.keys.append(layout.merged(winner))
    unit.words += (merge.loser, write_merge(merge))
    record = found.records.get(merge.loser)
    version = NO_VERSION
    if record is not None:
        version = new_version()
        frozen = other_record(record, version, b"freezing", into=winner)
        unit.before.append(replace(layout, merge.loser, record.version, version, frozen))
    unit.frozen[merge.loser] = version


def _confirm(unit: Unit, batch: Batch, found: Found, layout: Layout) -> None:
    """An event that is answered as a repeated one rests on a mark; writing that again has a replica confirm it."""
    for index in unit.arrivals:
        ref = batch.event_refs[index]
        claim = None if ref is None else found.uuids.get(ref)
        if ref is not None and claim is not None and found.marks.get(ref, b"")[:1] == b"a":
            words = ("EXPIRE", layout.uuid_mark(claim.partition, ref), REMEMBERED)
            unit.before.append(Command(layout.places[claim.partition], words))


def link(batch: Batch, found: Found, collected: Sequence[Unit], layout: Layout) -> None:
    """Have the units claim the key values that lead to their profiles from now on, and give up the ejected ones."""
    by_profile = {profile.id: unit for unit in collected for profile in unit.profiles}
    for ref, number in batch.keys.items():
        unit = by_profile.get(number) if number is not None else None
        if unit is None or number is None or unit.is_split:
            continue
        named = found.claims.get(ref)
        place, key = layout.claim(ref)
        if named is None and ref in batch.known_keys:  # of a merged profile, while nobody of the batch names it
            unit.after += [Claim(place, key, str(merge.loser), str(number)) for merge in unit.merges]
        elif named is not None and named != number:
            _relink(unit, ref, named, number, batch, found, layout)
        else:
            unit.claims.append(Claim(place, key, found.texts.get(ref, ""), str(number)))
    for ref, number in batch.ejected.items():
        unit = by_profile.get(number)
        if unit is not None and not unit.is_split:
            _give_up(unit, ref, number, layout)


def _relink(unit: Unit, ref: str, named: int, number: int, batch: Batch, found: Found, layout: Layout) -> None:
    """The key value of a merged profile moves afterwards; a claim that holds no more is taken over first.

    For that it has to be marked when its profile is read: who means it to hold after all takes the mark away.
    """
    old = found.texts[ref]
    place, key = layout.claim(ref)
    if ref in batch.known_keys:
        unit.after.append(Claim(place, key, old, str(number)))
    elif is_marked(old):
        end = found.end(named)
        unit.repairs.append(Repair(fence(layout, end, found.records.get(end)), Claim(place, key, old, str(number))))
    else:
        unit.repairs.append(Repair(None, Claim(place, key, old, marked(named))))


def _give_up(unit: Unit, ref: str, number: int, layout: Layout) -> None:
    """The commit is the fence: whoever read the profile while it had the value fails, and takes the mark away next.

    After a merge the claim may still name a profile that went into this one.
    """
    place, key = layout.claim(ref)
    mark = marked(number)
    losers = [merge.loser for merge in unit.merges]
    unit.marks.append(Command(place, RELEASE.call([key], [mark, number, *losers])))
    unit.after.append(Claim(place, key, mark, ""))


def replace(layout: Layout, number: int, old: bytes, version: bytes, record: bytes, *, seconds: str = "") -> Command:
    """Put another record in the place of one that has the version `old` (empty: of none)."""
    words = REPLACE.call([layout.profile(number)], [old, version, record, void_record(version), seconds])
    return Command(layout.places[number % PARTITIONS], words)


def fence(layout: Layout, number: int, record: Record | None) -> Command:
    """Have everything fail that somebody is about to write to a profile, seeing it as it is now."""
    old, seconds = (NO_VERSION, str(VOID_SECONDS)) if record is None else (record.version, "")
    return replace(layout, number, old, new_version(), b"", seconds=seconds)
