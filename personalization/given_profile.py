"""A profile as a person writes it down: `{"td_client_id": "202", "visits": 3, "preferences": ["dogs"]}`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from personalization import attributes, identity
from personalization.profile import Profile
from personalization.program import Program
from provisioning.language.plan import Attribute


class CannotGive(ValueError):
    """A name that the configuration does not have, or what cannot be a value of it; the text says which."""


def given_profile(program: Program, instance: str, values: Mapping[str, Any], *, now: int) -> Profile:
    """A profile with these values of keys and attributes, seen at `now` (epoch seconds).

    A list holds values, or `{"value": …, "time": …}` with the time of each. Raises CannotGive.
    """
    profile = Profile(0, instance, now)
    for name, value in values.items():
        try:
            _give(program, profile, name, value, now)
        except ValueError as error:
            raise CannotGive(f"{name}: {error}") from None
    return profile


def _give(program: Program, profile: Profile, name: str, value: Any, now: int) -> None:
    if name in program.keys:
        text = identity.usable_value(value, program.keys[name])
        if text is None:
            raise ValueError("this value of a key identifies nobody")
        profile.keys[name] = [[text, now]]
    elif name in program.attributes:
        attribute, slot = program.attributes[name]
        profile.state[slot] = _state(attribute, value, now)
    else:
        raise ValueError("the configuration has no such key or attribute")


def _state(attribute: Attribute, value: Any, now: int) -> Any:
    if attribute.type == "imported":
        return [value, now]
    if attribute.type != "list":
        return attributes.written(attribute, None, value, time=now, now=now)
    if not isinstance(value, list):
        raise ValueError("a list is expected")
    state: Any = None
    for item in value:
        given, time = _item(item, now)
        state = attributes.written(attribute, state, given, time=time, now=now)
    return state or []


def _item(item: Any, now: int) -> tuple[Any, int]:
    if isinstance(item, dict) and item.keys() == {"value", "time"} and type(item["time"]) is int:
        return item["value"], min(item["time"], now)
    return item, now
