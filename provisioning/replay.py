"""What lately came in, by what is live and by another configuration: which offers would be gained, lost, changed.

The engine and the event store stand above this app, so the replayer is registered here when Django starts.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal

from p13nadmin.api.errors import Conflict
from provisioning.language.plan import Plan
from provisioning.language.restarts import former_names
from provisioning.moving import InvalidConfiguration
from provisioning.selectors import newest_push
from provisioning.validation import compile_text
from routing.models import Instance

MOST_EVENTS: Final = 1000
SECONDS: Final = 8.0
SEES_DATA: Final = "personalization.view_profile"  # the permission that the data of examples takes
_HIDDEN: Final = "(not shown)"
Kind = Literal["gained", "lost", "changed"]
_one_at_a_time = threading.Lock()


@dataclass(frozen=True, slots=True)
class Example:
    """One event whose offer differs. `before` and `after` are JSON texts without sensitive values, empty: no offer."""

    kind: Kind
    at: datetime
    table: str
    public: bool
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class OfferDifference:
    """How often the answers differ in one offer, with the latest examples."""

    offer: str
    gained: int
    lost: int
    changed: int
    examples: tuple[Example, ...]


@dataclass(frozen=True, slots=True)
class EmptyValues:
    """An attribute whose stored values start empty, and for how many profiles; `complete`: all were looked at."""

    attribute: str
    profiles: int
    complete: bool


@dataclass(frozen=True, slots=True)
class Replay:
    """What came of it. Both versions began without any profile, at the first of these events.

    `compared` of the `found` events were worked out before time was up; `differing` of them got another answer.
    `looked_back_to` is None, or, where fewer than asked for were found in the time there was, how far it sufficed.
    `empty` is None where the store cannot say.
    """

    found: int
    compared: int
    differing: int
    since: datetime | None
    looked_back_to: datetime | None
    offers: tuple[OfferDifference, ...]
    empty: tuple[EmptyValues, ...] | None = ()

    def without_data(self) -> Replay:
        """The same for those who may not see people: offers have what visitors sent in their data."""
        return replace(self, offers=tuple(_without_data(each) for each in self.offers))


def _without_data(difference: OfferDifference) -> OfferDifference:
    examples = difference.examples
    hidden = (replace(each, before=each.before and _HIDDEN, after=each.after and _HIDDEN) for each in examples)
    return replace(difference, examples=tuple(hidden))


Replayer = Callable[[Instance, Plan, Plan, Mapping[str, str], int, float], Replay]
_replayers: list[Replayer] = []


def register_replayer(replayer: Replayer) -> None:
    """Make `replayer(instance, live plan, new plan, former names, events, seconds)` the one that replays.

    Former names are those of the new plan's attributes that were renamed.
    """
    _replayers[:] = [replayer]


def replay(*, instance: Instance, text: str, events: int = MOST_EVENTS) -> Replay:
    """Replay the instance's newest events through what is live and through `text`, in bounded time.

    Raises Conflict when nothing is live or another replay is under way, InvalidConfiguration, and Unavailable when the
    event store is away.
    """
    if not _replayers:
        raise RuntimeError("no engine has registered a replayer")
    live = newest_push(instance)
    before = compile_text(live.version.text).plan if live is not None else None
    if live is None or before is None:
        raise Conflict(f"nothing is live on instance {instance.label} that the events could be compared with")
    check = compile_text(text)
    if check.plan is None:
        raise InvalidConfiguration(check)
    if not _one_at_a_time.acquire(blocking=False):
        raise Conflict("another replay is under way; try again in a few seconds")
    try:
        former = former_names(live.version.text, text)
        return _replayers[0](instance, before, check.plan, former, min(events, MOST_EVENTS), SECONDS)
    finally:
        _one_at_a_time.release()
