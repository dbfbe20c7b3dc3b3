"""PROFILE as expressions see it: worked out property by property, when it is read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from personalization import attributes
from personalization.profile import Profile
from personalization.program import Program
from provisioning.language.expressions import UNDEFINED, LazyObject


class ProfileView(LazyObject):
    """PROFILE.<key> is this event's value, else the one seen most recently; PROFILE.<attribute> as of `now`."""

    __slots__ = ("_now", "_own", "_profile", "_program")

    def __init__(self, program: Program, profile: Profile, own: Mapping[str, str], now: int) -> None:
        self._program = program
        self._profile = profile
        self._own = own  # this event's usable key values
        self._now = now

    def __missing__(self, name: str) -> Any:
        found = self._program.attributes.get(name)
        if found is None:
            value = self._key(name)
        else:
            value = attributes.read(found[0], self._profile.state.get(found[1]), now=self._now)
        self[name] = value
        return value

    def whole(self) -> LazyObject:
        """Every property that has a value, in the order of the configuration."""
        names = (*self._program.keys, *self._program.attributes)
        return LazyObject((name, self[name]) for name in names if self[name] is not UNDEFINED)

    def _key(self, name: str) -> Any:
        if name not in self._program.keys:
            return UNDEFINED
        value = self._own.get(name)
        if value is None:
            value = self._profile.latest(name)
        return UNDEFINED if value is None else value
