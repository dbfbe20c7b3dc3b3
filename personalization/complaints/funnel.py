"""How far requests got: from all that came to those that were answered with offers. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal, Protocol

StepName = Literal["requests", "accepted", "monitored", "identified", "event", "rule", "returned"]

_STEPS: Final[Sequence[tuple[StepName, str]]] = (
    ("requests", "Requests"),
    ("accepted", "Accepted"),
    ("monitored", "Monitored table"),
    ("identified", "Identified"),
    ("event", "Event matched"),
    ("rule", "Rule true"),
    ("returned", "Offers returned"),
)
# By the reason that the endpoint gives for no offers.
_LOST_AT: Final[dict[str, StepName]] = {
    "no-live-version": "monitored",
    "not-monitored": "monitored",
    "no-key": "identified",
    "no-event": "event",
    "no-rule": "rule",
    "withheld": "returned",
    "error": "returned",
}


class Counted(Protocol):
    """Requests of one kind: `code` is 200 or the refusal's, `reason` why there were no offers.

    For `failed` of them something in the configuration failed.
    """

    @property
    def token(self) -> int: ...
    @property
    def database(self) -> str: ...
    @property
    def table(self) -> str: ...
    @property
    def code(self) -> int: ...
    @property
    def reason(self) -> str: ...
    @property
    def requests(self) -> int: ...
    @property
    def failed(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Loss:
    """Requests that got no further, of one kind; `code` is 200 for events that were taken."""

    code: int
    reason: str
    requests: int


@dataclass(frozen=True, slots=True)
class Step:
    """How many requests got so far, and what was lost on the way from the step before, the most first."""

    name: StepName
    title: str
    requests: int
    losses: tuple[Loss, ...]

    @property
    def lost(self) -> int:
        """How many were lost on the way here."""
        return sum(loss.requests for loss in self.losses)


def funnel(rows: Iterable[Counted]) -> tuple[Step, ...]:
    """The steps from first to last; all of them without requests where there are no rows."""
    lost: dict[StepName, Counter[tuple[int, str]]] = {name: Counter() for name, _ in _STEPS}
    left = 0
    for row in rows:
        left += row.requests
        at = _lost_at(row)
        if at is not None:
            lost[at][row.code, row.reason] += row.requests
    steps = []
    for name, title in _STEPS:
        losses = tuple(Loss(code, reason, count) for (code, reason), count in lost[name].most_common() if count)
        left -= sum(loss.requests for loss in losses)
        steps.append(Step(name, title, left, losses))
    return tuple(steps)


def _lost_at(row: Counted) -> StepName | None:
    if row.code != 200:
        return "accepted"
    return _LOST_AT.get(row.reason, "returned") if row.reason else None


def worst(steps: Sequence[Step]) -> Step | None:
    """The step at which most were lost, the earlier of equal ones; None where none was."""
    found = max(steps, key=lambda step: step.lost, default=None)
    return found if found is not None and found.lost else None
