"""Which rows of figures make up a stretch of time: whole hours, and minutes before and behind them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from personalization.models import HOUR, MINUTE

MINUTES_KEPT = timedelta(hours=48)
TRAFFIC_DAYS = 30

Stretch = tuple[int, datetime, datetime]  # span of the rows, their first start, and what all starts are before

_MARGIN = timedelta(hours=1)  # that a page's clock and a cleaning's may differ by


def floor(at: datetime, span: int) -> datetime:
    """The start of the minute, hour or other stretch of `span` seconds that `at` lies in."""
    seconds = int(at.timestamp())
    return datetime.fromtimestamp(seconds - seconds % span, UTC)


def ceiling(at: datetime, span: int) -> datetime:
    """`at` when a stretch starts with it, else the start of the next one."""
    start = floor(at, span)
    return start if start == at else start + timedelta(seconds=span)


def stretches(since: datetime, until: datetime, *, now: datetime) -> tuple[Stretch, ...]:
    """What covers the minutes from `since` to before `until`, each request once; old edges are those of their hours."""
    oldest = now - MINUTES_KEPT + _MARGIN
    first = ceiling(since, HOUR) if since >= oldest else floor(since, HOUR)
    last = floor(until, HOUR) if until >= oldest else ceiling(until, HOUR)
    if last <= first:
        return ((MINUTE, floor(since, MINUTE), until),)
    parts = ((MINUTE, floor(since, MINUTE), first), (HOUR, first, last), (MINUTE, last, until))
    return tuple(part for part in parts if part[1] < part[2])
