"""Several profiles that turn out to be one person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from personalization import attributes, identity, json_text, windows
from personalization.engine import RuleError
from personalization.identity import Pair
from personalization.profile import MAX_PROFILE_SIZE, Profile
from provisioning.language.plan import Attribute

Slots = Mapping[str, Attribute]  # slot -> the live configuration's attribute

_FREED = MAX_PROFILE_SIZE // 8  # characters; a profile that is just full could take nothing more


class Fitted(NamedTuple):
    """What a profile could not keep within its limits."""

    ejected: list[Pair]
    errors: tuple[RuleError, ...]


class _Piece(NamedTuple):
    """A part of a profile's state, in the order in which parts are given up: items of lists, then whole slots."""

    is_whole: bool
    time: int
    slot: str
    place: int
    size: int  # characters of the stored text


def earliest_first(profiles: Sequence[Profile]) -> list[Profile]:
    """In the order of creation."""
    return sorted(profiles, key=lambda profile: (profile.created, profile.id))


def merge(profiles: Sequence[Profile], slots: Slots) -> list[Profile]:
    """Merge into the earliest created, which is changed in place; returns the others, earliest first.

    State that the live configuration does not name is united too, so that a rollback finds it.
    """
    winner, *losers = earliest_first(profiles)
    for loser in losers:
        winner.keys = identity.united(winner.keys, loser.keys)
        winner.state = states_united(winner.state, loser.state, slots)
    winner.size = len(winner.text())
    winner.changed = True
    return losers


def fit(profile: Profile) -> Fitted:
    """Bring a merged profile back within the limits that each of those that were merged kept.

    The key values that were seen longest ago go beyond 200; of a text over 256 KiB the oldest items of lists, then
    the oldest other values, until an eighth is free, and only then more key values.
    """
    ejected = identity.eject(profile)
    dropped = _trim(profile, len(profile.text()) - MAX_PROFILE_SIZE)
    ejected += identity.eject(profile, MAX_PROFILE_SIZE)
    profile.size = len(profile.text())
    return Fitted(ejected, tuple(_error(slot, count) for slot, count in dropped.items()))


def states_united(one: Mapping[str, Any], other: Mapping[str, Any], slots: Slots) -> dict[str, Any]:
    """The states of two profiles, slot by slot, `one` being the earlier profile's."""
    result = dict(one)
    for name, state in other.items():
        result[name] = _slot_united(name, result[name], state, slots) if name in result else state
    return result


def _slot_united(name: str, one: Any, other: Any, slots: Slots) -> Any:
    if name in slots:
        return attributes.united(slots[name], one, other)
    return attributes.united_unknown(_kind(name), one, other)


def _trim(profile: Profile, excess: int) -> Mapping[str, int]:
    """Free so many characters and an eighth; returns how many pieces went, by slot."""
    dropped: Counter[str] = Counter()
    if excess <= 0:
        return dropped
    excess += _FREED
    for piece in sorted(_pieces(profile.state)):
        if excess <= 0:
            break
        dropped[piece.slot] += 1
        excess -= piece.size
    for slot, count in dropped.items():
        if _kind(slot) == "list" and len(profile.state[slot]) > count:
            profile.state[slot] = profile.state[slot][count:]
        else:
            del profile.state[slot]
    return dropped


def _pieces(states: Mapping[str, Any]) -> Iterator[_Piece]:
    for slot, state in states.items():
        if _kind(slot) != "list":
            yield _Piece(True, _last_seen(slot, state), slot, 0, len(slot) + len(json_text.dump(state)) + 4)
            continue
        for index, item in enumerate(state):
            yield _Piece(False, item[1], slot, index, len(json_text.dump(item)) + 1)


def _last_seen(slot: str, state: Any) -> int:
    """In epoch seconds."""
    if not isinstance(state, dict):
        return int(state[1])
    return windows.start_of(max(map(int, state), default=0), int(slot.split("/")[2]))


def _kind(slot: str) -> str:
    return slot.split("/")[1]


def _error(slot: str, count: int) -> RuleError:
    name, kind = slot.split("/")[:2]
    what = f"its {count} oldest items were" if kind == "list" else "its value was"
    return RuleError(f'attribute "{name}"', f"merged profiles are larger than 256 KiB together: {what} dropped")
