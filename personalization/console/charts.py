"""Figures over time as bars: pure geometry, drawn by templates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate

from personalization.traffic import Point

WIDTH, HEIGHT = 960, 160
SPARK_WIDTH, SPARK_HEIGHT = 120, 28
_SMALLEST = 2.0  # so that one request beside a million can be seen


@dataclass(frozen=True, slots=True)
class Bar:
    """A part of a bar; `x`, `y`, `width` and `height` are in units of the drawing, `kind` says what it counts."""

    kind: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Chart:
    """All parts, the highest value, and the size of the drawing."""

    bars: tuple[Bar, ...]
    most: float
    width: int = WIDTH
    height: int = HEIGHT


def traffic_chart(points: Sequence[Point]) -> Chart:
    """One bar for each point, from the ground: events with offers, without, that went wrong, and refused requests."""
    stacks = [_parts(point) for point in points]
    most = max((sum(stack.values()) for stack in stacks), default=0)
    return Chart(tuple(bar for at, stack in enumerate(stacks) for bar in _stack(stack, at, len(points), most)), most)


def _parts(point: Point) -> dict[str, int]:
    offered = point.offered - point.mixed  # the others are errors
    return {"offered": offered, "without": point.without, "errors": point.errors, "refused": point.refused}


def _stack(stack: dict[str, int], at: int, count: int, most: int) -> list[Bar]:
    heights = [max(_SMALLEST, HEIGHT * value / most) if value else 0.0 for value in stack.values()]
    step, tops = WIDTH / count, accumulate(heights)
    return [
        Bar(kind, round(at * step, 2), round(HEIGHT - top, 2), round(step * 0.8, 2), round(height, 2))
        for kind, height, top in zip(stack, heights, tops, strict=True)
        if height
    ]


@dataclass(frozen=True, slots=True)
class Latency:
    """How long requests took from `start` on: seconds that half and 95 of 100 took at most; None: there was none."""

    start: datetime
    p50: float | None
    p95: float | None


def latency_chart(points: Sequence[Latency]) -> Chart:
    """For each point the 95th percentile, and the median in front of it; `most` is in seconds."""
    most = max((point.p95 for point in points if point.p95 is not None), default=0.0)
    step = WIDTH / max(len(points), 1)
    bars = (
        Bar(kind, round(at * step, 2), round(HEIGHT - height, 2), round(step * 0.8, 2), round(height, 2))
        for at, point in enumerate(points)
        for kind, value in (("p95", point.p95), ("p50", point.p50))
        if value is not None
        for height in [max(_SMALLEST, HEIGHT * value / most)]
    )
    return Chart(tuple(bars), most)


def sparkline(counts: Sequence[int]) -> Chart:
    """Small bars, one for each count."""
    most, step = max(counts, default=0), SPARK_WIDTH / max(len(counts), 1)
    bars = (
        Bar("events", round(at * step, 2), round(SPARK_HEIGHT - height, 2), round(step * 0.8, 2), round(height, 2))
        for at, count in enumerate(counts)
        if count
        for height in [max(_SMALLEST, SPARK_HEIGHT * count / most)]
    )
    return Chart(tuple(bars), most, SPARK_WIDTH, SPARK_HEIGHT)
