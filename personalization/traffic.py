"""The endpoint's traffic as pages and the API show it: counted by the processes, within some 20 seconds.

Every function takes instances by their primary keys and a time from `since` to before `until`, which may be any two
moments of the last 30 days; what is more than two days old is known by the hour.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate
from typing import Any, TypeVar

from django.db.models import Model, Q, QuerySet, Sum
from django.utils import timezone

from personalization.metrics import SECONDS
from personalization.models import HOUR, MINUTE, TrafficCount, TrafficLatency, TrafficTotal
from personalization.traffic_times import Stretch, floor, stretches

BROKEN = (9999, 1005)  # codes of the endpoint's own failures

_Row = TypeVar("_Row", bound=Model)
_Table = tuple[str, str]

_EVENT = Q(code=200)
_OFFERED = _EVENT & Q(reason="")
_WITHOUT = _EVENT & ~Q(reason__in=("", "error"))
_ERROR = Q(reason="error") | Q(code__in=BROKEN)
_REFUSED = ~_EVENT & ~Q(code__in=BROKEN)
# By the figure; a column of a table cannot have its name twice.
_COLUMNS = {
    "events": "taken",
    "offered": "with_offers",
    "refused": "turned_away",
    "errors": "wrong",
    "mixed": "with_both",
    "without": "with_neither",
}


@dataclass(frozen=True, slots=True)
class Totals:
    """What came of requests: `events` were taken, `offered` of them answered with offers; `refused` were turned away,
    and `errors` went wrong: in a rule, with or without offers from others, or on our side. `p95` is in seconds, None
    when nothing came."""

    events: int = 0
    offered: int = 0
    refused: int = 0
    errors: int = 0
    p95: float | None = None


@dataclass(frozen=True, slots=True)
class Point:
    """The same from `start` on, for one step of time.

    `mixed` are events with offers and errors, `without` those with neither.
    """

    start: datetime
    events: int = 0
    offered: int = 0
    refused: int = 0
    errors: int = 0
    mixed: int = 0
    without: int = 0


@dataclass(frozen=True, slots=True)
class Row:
    """Requests of one kind; `token` is a primary key, 0 when it is not known. Names are empty when too many came.

    For `failed` of them something in the configuration failed.
    """

    token: int
    database: str
    table: str
    code: int
    reason: str
    requests: int
    failed: int = 0

    @property
    def errors(self) -> int:
        """How many went wrong."""
        return self.requests if self.reason == "error" or self.code in BROKEN else self.failed


def totals(instances: Iterable[int], since: datetime, until: datetime) -> Mapping[int, Totals]:
    """By instance; those without requests are left out."""
    wanted = list(instances)
    p95s = {pk: quantile(counts, 0.95) for pk, counts in latencies(wanted, since, until).items()}
    found: defaultdict[int, Counter[str]] = defaultdict(Counter)
    for row in _counted(TrafficCount, _of(wanted), since, until, "instance_id"):
        found[row["instance_id"]].update(_figures(row))
    names = ("events", "offered", "refused", "errors")
    return {pk: Totals(**{name: figures[name] for name in names}, p95=p95s.get(pk)) for pk, figures in found.items()}


def series(instances: Iterable[int] | None, since: datetime, until: datetime, step: timedelta) -> list[Point]:
    """One point for each step, those without requests too; the first begins at or before `since`. None: all there are.

    A step is some minutes, and then `since` is in the last two days; or some hours.
    """
    size = int(step.total_seconds())
    span = MINUTE if size < HOUR else HOUR
    first = floor(since, size)
    model, where = (TrafficTotal, Q()) if instances is None else (TrafficCount, _of(instances))
    rows = model._default_manager.filter(where, span=span, start__gte=first, start__lt=until)
    sums: defaultdict[datetime, Counter[str]] = defaultdict(Counter)
    for row in _summed(rows, "start"):
        sums[floor(row["start"], size)].update(_figures(row))
    steps = range(-int((first - until).total_seconds() // size))
    starts = (first + at * step for at in steps)
    return [Point(start, **sums[start]) for start in starts]


def hourly(instances: Iterable[int], since: datetime, until: datetime) -> Mapping[int, Sequence[int]]:
    """The events of each hour by instance, from the hour of `since` to that of `until`; silent ones are left out."""
    first = floor(since, HOUR)
    hours = int((floor(until, HOUR) - first).total_seconds() // HOUR) + 1
    rows = TrafficCount.objects.filter(_of(instances), _EVENT, span=HOUR, start__gte=first, start__lt=until)
    found: defaultdict[int, list[int]] = defaultdict(lambda: [0] * hours)
    for pk, start, events in rows.order_by().values_list("instance_id", "start").annotate(events=Sum("requests")):
        found[pk][int((start - first).total_seconds() // HOUR)] += events
    return found


def breakdown(
    instance: int, since: datetime, until: datetime, *, token: int | None = None, table: _Table | None = None
) -> list[Row]:
    """The requests of an instance by token, table, code and reason, the most first; of one token or table if asked."""
    where = _of([instance])
    where &= Q() if token is None else Q(token=token)
    where &= Q() if table is None else Q(database=table[0], table=table[1])
    kinds = ("token", "database", "table", "code", "reason")
    counts: defaultdict[tuple[int, str, str, int, str], list[int]] = defaultdict(lambda: [0, 0])
    parts = (
        rows.filter(where).order_by().values_list(*kinds).annotate(of_kind=Sum("requests"), of_these=Sum("failed"))
        for rows in _parts(TrafficCount, since, until)
    )
    for *kind, requests, failed in _all(parts):
        sums = counts[tuple(kind)]
        sums[:] = sums[0] + requests, sums[1] + failed
    rows = [Row(*kind, *sums) for kind, sums in counts.items()]
    return sorted(rows, key=lambda row: (-row.requests, row.token, row.database, row.table, row.code, row.reason))


def tables_seen(instance: int, since: datetime) -> Mapping[_Table, Mapping[str, int]]:
    """The tables that events came from since then, each with how many by the reason that they got no offers."""
    seen: defaultdict[_Table, defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
    for row in breakdown(instance, since, timezone.now()):
        if row.code == 200 and row.table:
            seen[row.database, row.table][row.reason] += row.requests
    return {table: dict(reasons) for table, reasons in seen.items()}


def latencies(instances: Iterable[int], since: datetime, until: datetime) -> Mapping[int, Sequence[int]]:
    """By instance: how many requests took at most each of `metrics.SECONDS`, and at last how many took longer."""
    wanted = _of(instances)
    found: defaultdict[int, list[int]] = defaultdict(lambda: [0] * (len(SECONDS) + 1))
    parts = (
        rows.filter(wanted).order_by().values_list("instance_id", "bound").annotate(answered=Sum("requests"))
        for rows in _parts(TrafficLatency, since, until)
    )
    for instance, bound, answered in _all(parts):
        found[instance][bound] += answered
    return found


def latency_series(
    instance: int, since: datetime, until: datetime, step: timedelta
) -> list[tuple[datetime, Sequence[int]]]:
    """The same for each step of time, as in `series`; a step without requests has zeros."""
    size = int(step.total_seconds())
    first = floor(since, size)
    rows = TrafficLatency.objects.filter(
        instance_id=instance, span=MINUTE if size < HOUR else HOUR, start__gte=first, start__lt=until
    )
    found: defaultdict[datetime, list[int]] = defaultdict(lambda: [0] * (len(SECONDS) + 1))
    for start, bound, requests in rows.values_list("start", "bound", "requests"):
        found[floor(start, size)][bound] += requests
    steps = range(-int((first - until).total_seconds() // size))
    return [(start, found[start]) for start in (first + at * step for at in steps)]


def quantile(counts: Sequence[int], part: float) -> float | None:
    """The seconds that this part (0 to 1) of the requests took at most, read between two bounds; None: no request."""
    total = sum(counts)
    if not total:
        return None
    wanted = part * total
    sums = list(accumulate(counts))
    at = next(place for place, below in enumerate(sums) if below >= wanted)
    if at == len(SECONDS):
        return SECONDS[-1]
    lower = SECONDS[at - 1] if at else 0.0
    within = (wanted - (sums[at] - counts[at])) / counts[at]
    return lower + (SECONDS[at] - lower) * within


def _of(instances: Iterable[int]) -> Q:
    return Q(instance_id__in=list(instances))


def _parts(model: type[_Row], since: datetime, until: datetime) -> Iterable[QuerySet[_Row]]:
    """The rows of each stretch: apart, since an index can find each of them."""
    for span, first, end in _stretches(since, until):
        yield model._default_manager.filter(span=span, start__gte=first, start__lt=end)


def _stretches(since: datetime, until: datetime) -> tuple[Stretch, ...]:
    return stretches(since, until, now=timezone.now())


def _all(parts: Iterable[QuerySet[Any, Any]]) -> QuerySet[Any, Any]:
    first, *rest = parts
    together: QuerySet[Any, Any] = first.union(*rest, all=True) if rest else first
    return together


def _counted(model: type[Model], where: Q, since: datetime, until: datetime, by: str) -> QuerySet[Any, Any]:
    return _all(_summed(rows.filter(where), by) for rows in _parts(model, since, until))


def _summed(rows: QuerySet[Any], by: str) -> QuerySet[Any, Any]:
    summed: QuerySet[Any, Any] = (
        rows.order_by()
        .values(by)
        .annotate(
            taken=Sum("requests", filter=_EVENT, default=0),
            with_offers=Sum("requests", filter=_OFFERED, default=0),
            turned_away=Sum("requests", filter=_REFUSED, default=0),
            wrong=Sum("requests", filter=_ERROR, default=0) + Sum("failed", filter=~_ERROR, default=0),
            with_both=Sum("failed", filter=_OFFERED, default=0),
            with_neither=Sum("requests", filter=_WITHOUT, default=0) - Sum("failed", filter=_WITHOUT, default=0),
        )
    )
    return summed


def _figures(row: Mapping[str, Any]) -> dict[str, int]:
    """By their names in Point."""
    return {name: row[column] for name, column in _COLUMNS.items()}
