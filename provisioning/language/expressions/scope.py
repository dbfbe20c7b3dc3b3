"""What an expression can read when it is evaluated."""

from __future__ import annotations

from collections.abc import Mapping

from provisioning.language.expressions.budget import Budget
from provisioning.language.expressions.values import UNDEFINED, JSValue

Names = frozenset[str]

EVENT_SCOPE: Names = frozenset({"PROFILE", "EVENT", "NOW"})
WEBHOOK_SCOPE: Names = frozenset({"PROFILE", "EVENT", "NOW", "SECRET"})


class LazyObject(dict[str, JSValue]):
    """An object whose missing properties are undefined; a subclass may compute them in `__missing__`.

    A computed property should be stored when it is first read, so that reading it twice gives the same list.
    """

    __slots__ = ()

    def __missing__(self, name: str) -> JSValue:
        return UNDEFINED


_NOTHING = LazyObject()


class Scope:
    """The values of PROFILE, EVENT, NOW (epoch seconds) and SECRET for one event, and its budget."""

    __slots__ = ("budget", "event", "now", "profile", "secret")

    def __init__(
        self,
        *,
        profile: Mapping[str, JSValue] | None = None,
        event: Mapping[str, JSValue] | None = None,
        now: int = 0,
        secret: Mapping[str, str] | None = None,
        budget: Budget | None = None,
    ) -> None:
        self.profile = profile if isinstance(profile, LazyObject) else LazyObject(profile or _NOTHING)
        self.event = event if isinstance(event, LazyObject) else LazyObject(event or _NOTHING)
        self.secret = _NOTHING if secret is None else LazyObject(secret)
        self.now = now
        self.budget = Budget() if budget is None else budget
