"""A group of arrivals worked out together: profiles are read once, events applied in order, results written once.

A store that commits in one transaction asks a batch what it needs, hands over what it found, runs it, and
writes its changes. Nothing here does I/O, and nothing outlives the batch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol

from personalization import identity, json_text, merging
from personalization.arrivals import Answer, Arrival, Outcome, UuidTaken
from personalization.engine import Evaluation, Fired, Row, RuleError, evaluate
from personalization.identity import KeyValueTooLong, Pair
from personalization.profile import Profile
from personalization.program import Program

Stream = tuple[str, str, str]  # instance label, database, table
EventRef = tuple[Stream, bytes]  # with the uuid


NOTHING_RESERVED: Mapping[str, int] = {}


class LoggedEvent(NamedTuple):
    """An event to append to the log; `profile` is None when it touched none."""

    arrival: Arrival
    profile: int | None


class Merge(NamedTuple):
    """An entry of the identity log: `loser` (made at `created`) was merged into `winner` at `time`, epoch seconds."""

    instance: str
    winner: int
    loser: int
    created: int
    time: int
    uuid: bytes


class PendingActivation(NamedTuple):
    """An activation that fired and waits for delivery."""

    arrival: Arrival
    profile: int
    fired: Fired


class Identified(NamedTuple):
    """Whom an arrival speaks of. `own`: all usable key values; `pairs`: those that find the profile, by `refs`."""

    own: Mapping[str, str]
    pairs: Sequence[Pair]
    refs: Sequence[str]
    errors: tuple[RuleError, ...]


class Evaluator(Protocol):
    """`evaluate` of the engine, or what does the same and looks on."""

    def __call__(
        self, program: Program, profile: Profile, row: Row, own: Mapping[str, str], *, writing: bool = True
    ) -> Evaluation: ...


BatchMaker = Callable[[Sequence[Arrival]], "Batch"]


def event_ref(arrival: Arrival) -> EventRef:
    """The scope in which a uuid is unique."""
    return stream_of(arrival), arrival.uuid


def stream_of(arrival: Arrival) -> Stream:
    """The table that it arrived at."""
    return (arrival.live.label, arrival.row.database, arrival.row.table)


def key_ref(instance: str, pair: Pair) -> str:
    """A key value of one instance as one text: `account/instance/name/value`.

    No store's text can be relied on to hold NUL: a value with one is written as JSON, after a backslash.
    """
    name, value = pair
    return f"{instance}/{name}\\{json_text.dump(value)}" if "\0" in value else f"{instance}/{name}/{value}"


class Batch:
    """One group. Call `run` once; then `events`, `changed`, `keys`, `merges` and `activations` are what to write."""

    def __init__(self, arrivals: Sequence[Arrival], evaluator: Evaluator = evaluate) -> None:
        self.arrivals = arrivals
        self._evaluate = evaluator
        self.events: list[LoggedEvent] = []
        self.keys: dict[str, int | None] = {}  # key reference -> profile, None when it identifies nobody any more
        self.ejected: dict[str, int] = {}  # key reference -> the profile that it was of, unless that has it again
        self.known_keys: frozenset[str] = frozenset()  # the references that were found
        self.merges: list[Merge] = []
        self.activations: list[PendingActivation] = []
        self._identified = [identify(arrival) for arrival in arrivals]
        self._logged: dict[EventRef, bytes] = {}
        self._profiles: dict[int, Profile] = {}
        self._by_key: dict[str, Profile] = {}
        self._next_id = 0
        self._reserved = NOTHING_RESERVED
        self._merge_errors: tuple[RuleError, ...] = ()  # of the arrival that is being applied

    def repeatable(self) -> list[EventRef]:
        """The events whose uuid the caller named: those that may be in the log already."""
        return [event_ref(arrival) for arrival in self.arrivals if arrival.uuid_given]

    def key_refs(self) -> list[str]:
        """The key references whose profiles are needed."""
        return [ref for identified in self._identified for ref in identified.refs]

    @property
    def streams(self) -> set[Stream]:
        """The tables whose numbers in the log are needed."""
        return set(map(stream_of, self.arrivals))

    @property
    def refs(self) -> list[Sequence[str]]:
        """The key references of each arrival."""
        return [identified.refs for identified in self._identified]

    @property
    def event_refs(self) -> list[EventRef | None]:
        """For each arrival the scope of its uuid, None when no caller named one."""
        return [event_ref(arrival) if arrival.uuid_given else None for arrival in self.arrivals]

    @property
    def changed(self) -> list[Profile]:
        """The profiles to write; those that were merged into another are not among them."""
        return [profile for profile in self._profiles.values() if profile.changed]

    def run(
        self,
        *,
        logged: Mapping[EventRef, bytes],
        found: Iterable[Profile],
        next_id: int,
        reserved: Mapping[str, int] = NOTHING_RESERVED,
    ) -> list[Outcome]:
        """Apply every arrival in order and say what became of each.

        `logged`: the digests of those `repeatable` events that are in the log; `found`: the profiles that
        `key_refs` led to; `next_id`: the first free profile id; `reserved`: ids that new profiles with these key
        references get instead.
        """
        self._logged.update(logged)
        self._next_id = next_id
        self._reserved = reserved
        for profile in found:
            self._profiles[profile.id] = profile
            for pair in profile.pairs():
                self._by_key[key_ref(profile.instance, pair)] = profile
        self.known_keys = frozenset(self._by_key)
        return [self._outcome(*pair) for pair in zip(self.arrivals, self._identified, strict=True)]

    def _outcome(self, arrival: Arrival, identified: Identified) -> Outcome:
        if not arrival.uuid_given:
            return self._apply(arrival, identified)
        ref = event_ref(arrival)
        digest = self._logged.get(ref)
        if digest is None:
            self._logged[ref] = arrival.digest
            return self._apply(arrival, identified)
        return self._repeat(arrival, identified) if digest == arrival.digest else UuidTaken()

    def _apply(self, arrival: Arrival, identified: Identified) -> Answer:
        program = arrival.live.program
        if program is None or not identified.pairs:
            self.events.append(LoggedEvent(arrival, None))
            return _unidentified(arrival, identified)
        profile = self._profile(arrival, identified, program)
        evaluation = self._evaluate(program, profile, arrival.row, identified.own)
        self.events.append(LoggedEvent(arrival, profile.id))
        for fired in evaluation.activations:
            self.activations.append(PendingActivation(arrival, profile.id, fired))
        if self._merge_errors:
            identified = identified._replace(errors=identified.errors + self._merge_errors)
            self._merge_errors = ()
        return _answer(evaluation, identified)

    def _repeat(self, arrival: Arrival, identified: Identified) -> Answer:
        """The answer to an event that is in the log already, from the profile as it is now."""
        program = arrival.live.program
        if program is None or not identified.pairs:
            return _unidentified(arrival, identified)
        known = self._known(identified)
        profile = known[0] if known else Profile(0, arrival.live.label, arrival.row.now)
        evaluation = self._evaluate(program, profile, arrival.row, identified.own, writing=False)
        return _answer(evaluation, identified)

    def _profile(self, arrival: Arrival, identified: Identified, program: Program) -> Profile:
        """The profile that the arrival's key values lead to: found, merged or made, and linked to all of them."""
        known = self._known(identified)
        if not known:
            profile = self._new(arrival, identified)
        elif len(known) == 1:
            profile = known[0]
        else:
            profile = self._merge(arrival, known, program)
        for ref in identified.refs:
            if self._by_key.get(ref) is not profile:
                self._by_key[ref] = profile
                self.keys[ref] = profile.id
                self.ejected.pop(ref, None)
        for pair in identity.see(profile, identified.pairs, arrival.row.time):
            self._forget(key_ref(profile.instance, pair), profile)
        return profile

    def _known(self, identified: Identified) -> list[Profile]:
        """The profiles that are found, each once."""
        found: list[Profile] = []
        for ref in identified.refs:
            profile = self._by_key.get(ref)
            if profile is not None and profile not in found:
                found.append(profile)
        return found

    def _new(self, arrival: Arrival, identified: Identified) -> Profile:
        number = self._reserved_for(identified) if self._reserved else None
        profile = Profile(number or self._next_id, arrival.live.label, arrival.row.now)
        self._profiles[profile.id] = profile
        self._next_id += 1
        return profile

    def _reserved_for(self, identified: Identified) -> int | None:
        taken = next((self._reserved[ref] for ref in identified.refs if ref in self._reserved), None)
        self._reserved = {ref: number for ref, number in self._reserved.items() if number != taken}
        return taken

    def _merge(self, arrival: Arrival, profiles: Sequence[Profile], program: Program) -> Profile:
        losers = merging.merge(profiles, program.slots)
        winner = merging.earliest_first(profiles)[0]
        for loser in losers:
            del self._profiles[loser.id]
            self.merges.append(
                Merge(winner.instance, winner.id, loser.id, loser.created, arrival.row.now, arrival.uuid)
            )
            for ref in (key_ref(loser.instance, pair) for pair in loser.pairs()):
                self._by_key[ref] = winner
                self.keys[ref] = winner.id
        ejected, self._merge_errors = merging.fit(winner)
        for pair in ejected:
            self._forget(key_ref(winner.instance, pair), winner)
        return winner

    def _forget(self, ref: str, profile: Profile) -> None:
        self._by_key.pop(ref, None)
        self.keys[ref] = None
        self.ejected[ref] = profile.id


def identify(arrival: Arrival) -> Identified:
    """Whom an arrival speaks of: nobody without a live version, a monitored table and a usable key value."""
    live, row = arrival.live, arrival.row
    if live.program is None or (row.database, row.table) not in live.destinations:
        return _NOBODY
    own: dict[str, str] = {}
    errors: tuple[RuleError, ...] = ()
    for name, key in live.program.keys.items():
        try:
            value = identity.usable_value(row.fields.get(name), key)
        except KeyValueTooLong as problem:
            errors += (RuleError(f'key "{name}"', str(problem)),)
            continue
        if value is not None:
            own[name] = value
    pairs = identity.identifying(tuple(own.items()), live.program.keys, public=row.public)
    return Identified(own, pairs, [key_ref(live.label, pair) for pair in pairs], errors)


_NOBODY = Identified({}, (), (), ())


def _unidentified(arrival: Arrival, identified: Identified) -> Answer:
    return Answer({}, why_nobody(arrival, identified), identified.errors)


def why_nobody(arrival: Arrival, identified: Identified) -> str:
    """The reason for no offers of an event that speaks of nobody."""
    if arrival.live.program is None:
        return "no-live-version"
    if (arrival.row.database, arrival.row.table) not in arrival.live.destinations:
        return "not-monitored"
    return "error" if identified.errors else "no-key"


def _answer(evaluation: Evaluation, identified: Identified) -> Answer:
    errors = identified.errors + evaluation.errors if identified.errors else evaluation.errors
    return Answer(evaluation.offers, evaluation.reason, errors)
