"""The requests of the last days as bars: pure geometry, drawn by a template."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from tokens.uses import DayCount

WIDTH, HEIGHT = 600, 90
_GAP = 3
_SMALLEST = 2  # so that one request beside a million can be seen


@dataclass(frozen=True, slots=True)
class Bar:
    """One day; `x`, `y`, `width` and `height` are in units of the drawing."""

    day: date
    requests: int
    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Chart:
    """The bars, the most requests of a day and their sum."""

    bars: tuple[Bar, ...]
    most: int
    total: int
    width: int = WIDTH
    height: int = HEIGHT


def chart(days: Sequence[DayCount]) -> Chart:
    """Bars for these days, the highest as high as the drawing."""
    most = max((each.requests for each in days), default=0)
    step = WIDTH // max(len(days), 1)
    return Chart(
        tuple(_bar(each, at * step, step - _GAP, most) for at, each in enumerate(days)),
        most,
        sum(each.requests for each in days),
    )


def _bar(day: DayCount, x: int, width: int, most: int) -> Bar:
    height = max(_SMALLEST, round(HEIGHT * day.requests / most)) if day.requests else 0
    return Bar(day.day, day.requests, x, HEIGHT - height, width, height)
