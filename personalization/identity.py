"""Who an event belongs to: which of its columns hold a usable key value, and linking them to profiles."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import Any

from personalization.numbers import MAX_SAFE_INTEGER
from personalization.profile import MAX_KEY_VALUES, MAX_PROFILE_SIZE, KeyValues, Profile
from provisioning.language.plan import Key

MAX_KEY_VALUE = 256  # characters

Pair = tuple[str, str]  # key name, value

_TIME = itemgetter(1)
_NOBODY = frozenset({"null", "undefined", "nan", "none", "0"})
_FIRST_OF_NOBODY = frozenset("nNuU0")
_ZERO_UUID = re.compile(r"0{32}|0{8}-0{4}-0{4}-0{4}-0{12}")


class KeyValueTooLong(ValueError):
    """A key value over the limit identifies nobody."""


def usable_value(raw: Any, key: Key) -> str | None:
    """The text that identifies a profile, or None when this value identifies nobody. Raises KeyValueTooLong."""
    text = raw if type(raw) is str else _decimal(raw)
    if not text or (text[0] in _FIRST_OF_NOBODY and _is_nobody(text)):
        return None
    if len(text) > MAX_KEY_VALUE:
        raise KeyValueTooLong(f"a key value has at most {MAX_KEY_VALUE} characters")
    return None if key.exclude is not None and key.exclude.search(text) is not None else text


def text_of(raw: Any) -> str:
    """The text by which an event's value would identify somebody, rules aside; empty when it cannot."""
    return raw if type(raw) is str else _decimal(raw)


def is_nobody(text: str) -> bool:
    """Whether the text stands for nobody in every instance: empty, `null`, `0` and the like."""
    return not text or _is_nobody(text)


def identifying(pairs: Sequence[Pair], keys: Mapping[str, Key], *, public: bool) -> Sequence[Pair]:
    """The pairs that find the profile: all on the private path, the strongest public one on the public path.

    `pairs` are in the order of strength.
    """
    if not public:
        return pairs
    return next(((pair,) for pair in pairs if keys[pair[0]].public), ())


def see(profile: Profile, pairs: Sequence[Pair], time: int) -> list[Pair]:
    """Note that the profile's keys had these values at `time`. Returns the pairs ejected to stay in the limits."""
    profile.changed = True
    growth = 0
    for name, value in pairs:
        if _see(profile.keys.setdefault(name, []), value, time):
            growth += 6 * len(value) + len(name) + 32
    if not growth:
        return []
    before = profile.size
    return eject(profile, None if profile.has_room(growth) else max(MAX_PROFILE_SIZE, before))


def eject(profile: Profile, limit: int | None = None) -> list[Pair]:
    """Drop the key values seen longest ago until at most 200 are left and the text is no longer than `limit`."""
    ejected: list[Pair] = []
    left = sum(map(len, profile.keys.values()))
    while left > MAX_KEY_VALUES or (limit is not None and left > 1 and len(profile.text()) > limit):
        ejected.append(_drop_oldest(profile))
        left -= 1
    return ejected


def united(one: KeyValues, other: KeyValues) -> KeyValues:
    """The key values of two profiles, each with the time it was last seen."""
    result = {name: [list(item) for item in values] for name, values in one.items()}
    for name, values in other.items():
        for value, time in values:
            _see(result.setdefault(name, []), value, time)
    return result


def _see(values: list[list[Any]], value: str, time: int) -> bool:
    """Whether the value is a new one."""
    for index, item in enumerate(values):
        if item[0] == value:
            item[1] = max(time, item[1])
            if index != len(values) - 1:
                values.sort(key=_TIME)
            return False
    values.append([value, time])
    values.sort(key=_TIME)
    return True


def _drop_oldest(profile: Profile) -> Pair:
    name = min(profile.keys, key=lambda key: int(profile.keys[key][0][1]))
    value, _ = profile.keys[name].pop(0)
    if not profile.keys[name]:
        del profile.keys[name]
    return name, value


def _is_nobody(text: str) -> bool:
    return text.lower() in _NOBODY or _ZERO_UUID.fullmatch(text) is not None


def _decimal(raw: Any) -> str:
    if type(raw) is float and raw.is_integer():
        raw = int(raw)
    return str(raw) if type(raw) is int and abs(raw) <= MAX_SAFE_INTEGER else ""
