"""Several profiles that turn out to be one person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from personalization import attributes, identity
from personalization.profile import Profile
from provisioning.language.plan import Attribute

Slots = Mapping[str, Attribute]  # slot -> the live configuration's attribute


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


def states_united(one: Mapping[str, Any], other: Mapping[str, Any], slots: Slots) -> dict[str, Any]:
    """The states of two profiles, slot by slot, `one` being the earlier profile's."""
    result = dict(one)
    for name, state in other.items():
        result[name] = _slot_united(name, result[name], state, slots) if name in result else state
    return result


def _slot_united(name: str, one: Any, other: Any, slots: Slots) -> Any:
    if name in slots:
        return attributes.united(slots[name], one, other)
    return attributes.united_unknown(name.split("/")[1], one, other)
