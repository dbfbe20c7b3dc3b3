"""Profiles from a file: values of keys say whose row it is, values of attributes what is known of them.

A value of an `imported` attribute is set. Any other attribute is filled only where the profile has nothing of it:
what events have counted stays. So a file that is imported again changes nothing, and one that was interrupted can
be started again.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from personalization import attributes, json_text
from personalization.arrivals import Answer, Arrival, Outcome
from personalization.batch import Batch, Identified, Stream
from personalization.engine import MAX_VALUE_SIZE, Row
from personalization.given_profile import given_profile
from personalization.identifiers import Identifiers
from personalization.identity import Pair
from personalization.live import LiveInstance
from personalization.profile import Profile
from personalization.program import Program
from personalization.stores.base import StoreUnavailable
from personalization.stores.locations import store_working_with

Result = Literal["created", "changed", "unchanged", "too large"]

_TABLE = ("import", "profiles")  # stands in no log
ROWS_AT_ONCE = 200
_OVERHEAD = 64


class CannotImport(ValueError):
    """A row that cannot be a profile; the text says why, and quotes no value."""


@dataclass(frozen=True, slots=True)
class GivenRow:
    """A checked row: values of keys by name, states of attributes by slot."""

    keys: Mapping[str, str] = field(repr=False)
    state: Mapping[str, Any] = field(repr=False)

    def pairs(self) -> Iterator[Pair]:
        """Every (key name, value)."""
        return iter(self.keys.items())


def read_row(program: Program, label: str, values: Mapping[str, Any], *, now: int) -> GivenRow:
    """What a row gives, as of `now`; None is a value that is not given. Raises CannotImport."""
    try:
        profile = given_profile(
            program, label, {name: value for name, value in values.items() if value is not None}, now=now
        )
    except ValueError as error:
        raise CannotImport(str(error)) from None
    if not profile.keys:
        raise CannotImport(f"a value of one of the keys is needed: {', '.join(program.keys)}")
    for slot, state in profile.state.items():
        _check_size(program, slot, state)
    return GivenRow({name: seen[0][0] for name, seen in profile.keys.items()}, profile.state)


def _check_size(program: Program, slot: str, state: Any) -> None:
    attribute = program.slots[slot]
    values = [value for value, _ in state] if attribute.type == "list" else state[:1] if isinstance(state, list) else []
    if any(len(json_text.dump(value)) > MAX_VALUE_SIZE for value in values):
        raise CannotImport(f"{attribute.name}: a stored value has at most {MAX_VALUE_SIZE} characters of JSON")


def import_rows(
    url: str, live: LiveInstance, rows: Sequence[GivenRow], *, now: int
) -> Generator[list[Result], None, None]:
    """Write the rows to the event store at `url`, a batch at a time; what came of each row, in order.

    Raises StoreUnavailable, and UnknownStore for a store that cannot do this.
    """
    identifiers = Identifiers()
    place = LiveInstance(live.account, live.number, live.version, live.program, frozenset({_TABLE}))
    given = {identifiers.fresh(now): row for row in rows}
    arrivals = [
        Arrival(place, Row(*_TABLE, row.keys, now, now, False), uuid, False, "", b"") for uuid, row in given.items()
    ]
    store = store_working_with(url, lambda group: _ImportBatch(group, given))
    store.open()
    try:
        for start in range(0, len(arrivals), ROWS_AT_ONCE):
            yield [_result(outcome) for outcome in store.commit(arrivals[start : start + ROWS_AT_ONCE])]
    finally:
        store.close()


def _result(outcome: Outcome) -> Result:
    if not isinstance(outcome, Answer):
        raise StoreUnavailable("the event store did not take every row")
    return outcome.reason  # type: ignore[return-value]


class _ImportBatch(Batch):
    """Rows in place of events: nothing is logged. The reason of each answer is a Result."""

    def __init__(self, arrivals: Sequence[Arrival], given: Mapping[bytes, GivenRow]) -> None:
        super().__init__(arrivals)
        self._given = given

    @property
    def streams(self) -> set[Stream]:
        return set()

    def _apply(self, arrival: Arrival, identified: Identified) -> Answer:
        program = arrival.live.program
        assert program is not None
        known, wanted = self._known(identified), self._given[arrival.uuid].state
        if len(known) == 1 and _is_there(program, known[0], identified.pairs, wanted, now=arrival.row.now):
            return Answer({}, "unchanged")
        profile = self._profile(arrival, identified, program)
        fits = [_write(program, profile, slot, state, now=arrival.row.now) for slot, state in wanted.items()]
        if not all(fits):
            return Answer({}, "too large")
        return Answer({}, "changed" if known else "created")


def _is_there(
    program: Program, profile: Profile, pairs: Sequence[Pair], wanted: Mapping[str, Any], *, now: int
) -> bool:
    return set(pairs) <= set(profile.pairs()) and not any(
        _is_missing(program, profile, slot, state, now=now) for slot, state in wanted.items()
    )


def _is_missing(program: Program, profile: Profile, slot: str, state: Any, *, now: int) -> bool:
    """Whether the row has something to say of this attribute."""
    attribute = program.slots[slot]
    if attribute.type != "imported":
        return slot not in profile.state
    stored = profile.state.get(slot)
    if stored is None or json_text.dump_sorted(stored[0]) != json_text.dump_sorted(state[0]):
        return True
    return attributes.read(attribute, stored, now=now) is not stored[0]


def _write(program: Program, profile: Profile, slot: str, state: Any, *, now: int) -> bool:
    """Whether there was room for it, or nothing to do."""
    if not _is_missing(program, profile, slot, state, now=now):
        return True
    if not profile.has_room(len(json_text.dump(state)) + len(slot) + _OVERHEAD):
        return False
    profile.state[slot] = state
    return True
