"""The traffic of one instance: events, offers, refusals and times over an hour, a day, a week or a month."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from p13nadmin.console.lists import ConsoleAdmin
from personalization.console.charts import Latency, latency_chart, traffic_chart
from personalization.traffic import Row, breakdown, latency_series, quantile, series
from personalization.verdicts import WHY_NO_OFFERS
from routing.access import instance_for
from tokens.models import AccessToken

_MOST_ROWS: Final = 50


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch of time that can be chosen, and the step of its bars."""

    words: str
    length: timedelta
    step: timedelta


PERIODS: Final[Mapping[str, Period]] = {
    "1h": Period("1 hour", timedelta(hours=1), timedelta(minutes=1)),
    "24h": Period("24 hours", timedelta(hours=24), timedelta(minutes=15)),
    "7d": Period("7 days", timedelta(days=7), timedelta(hours=3)),
    "30d": Period("30 days", timedelta(days=30), timedelta(hours=12)),
}
REFUSALS: Final[Mapping[int, str]] = {
    401: "No valid API key",
    404: "A path of another form",
    408: "The body did not arrive in time",
    413: "The body is too large",
    415: "Another content type than JSON",
    1005: "The event could not be stored",
    2003: "Too many requests",
    3000: "No access token",
    3001: "The access token is not accepted",
    3002: "Token and key of different accounts",
    3003: "The token header has another form",
    3004: "The body is no event",
    3005: "The address is not allowed",
    3006: "The path is not that of the token's kind",
    3007: "The origin is not on the token's list",
    3009: "Another method than POST",
    9999: "Something went wrong on our side",
}


@dataclass(frozen=True, slots=True)
class Group:
    """What came of one table, or with one token; `name` is empty when it is not known."""

    name: str
    requests: int
    events: int
    offered: int
    refused: int
    main_reason: str


def traffic_page(frame: ConsoleAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    """The page; `?period=` is one of 1h, 24h, 7d and 30d."""
    instance = instance_for(request.user, pk, "routing.view_instance")
    chosen = request.GET.get("period", "")
    chosen = chosen if chosen in PERIODS else "24h"
    period, now = PERIODS[chosen], timezone.now()
    since = now - period.length
    rows = breakdown(pk, since, now)
    return frame.page(
        request,
        "console/traffic.html",
        title="Traffic",
        original=instance,
        tab="traffic",
        chosen=chosen,
        periods=PERIODS,
        period=period,
        requests=sum(row.requests for row in rows),
        **(_figures(pk, rows, since, now, period.step) if rows else {}),
    )


def _figures(pk: int, rows: Sequence[Row], since: datetime, now: datetime, step: timedelta) -> dict[str, Any]:
    points = series([pk], since, now, step)
    counts = latency_series(pk, since, now, step)
    times = [Latency(start, quantile(each, 0.5), quantile(each, 0.95)) for start, each in counts]
    whole = [sum(bound) for bound in zip(*(each for _, each in counts), strict=True)]
    tokens = dict(AccessToken.objects.filter(pk__in={row.token for row in rows}).values_list("pk", "name"))
    return {
        "points": points,
        "chart": traffic_chart(points),
        "times": times,
        "time_chart": latency_chart(times),
        "p50": quantile(whole, 0.5),
        "p95": quantile(whole, 0.95),
        "total": _group("", rows),
        "errors": sum(row.errors for row in rows),
        "refusals": _refusals(rows),
        "reasons": _reasons(rows),
        "tables": _groups(rows, lambda row: f"{row.database}/{row.table}" if row.table else ""),
        "tokens": _groups(rows, lambda row: tokens.get(row.token, f"deleted token {row.token}") if row.token else ""),
    }


def _groups(rows: Sequence[Row], name_of: Any) -> list[Group]:
    grouped: dict[str, list[Row]] = {}
    for row in rows:
        grouped.setdefault(name_of(row), []).append(row)
    groups = (_group(name, found) for name, found in grouped.items())
    return sorted(groups, key=lambda group: (-group.requests, group.name))[:_MOST_ROWS]


def _group(name: str, rows: Sequence[Row]) -> Group:
    reasons = Counter[str]()
    for row in rows:
        if row.code == HTTPStatus.OK and row.reason:
            reasons[row.reason] += row.requests
    most = reasons.most_common(1)
    return Group(
        name=name,
        requests=_sum(rows),
        events=_sum(row for row in rows if row.code == HTTPStatus.OK),
        offered=_sum(row for row in rows if row.code == HTTPStatus.OK and not row.reason),
        refused=_sum(row for row in rows if row.code != HTTPStatus.OK),
        main_reason=WHY_NO_OFFERS.get(most[0][0], most[0][0]) if most else "",
    )


def _sum(rows: Iterable[Row]) -> int:
    return sum(row.requests for row in rows)


def _refusals(rows: Sequence[Row]) -> list[tuple[int, str, int]]:
    """Code, what it means, requests; the most first."""
    counts = Counter[int]()
    for row in rows:
        if row.code != HTTPStatus.OK:
            counts[row.code] += row.requests
    return [(code, REFUSALS.get(code, ""), requests) for code, requests in counts.most_common()]


def _reasons(rows: Sequence[Row]) -> list[tuple[str, int]]:
    """Why events brought no offers, and how many; the most first."""
    counts = Counter[str]()
    for row in rows:
        if row.code == HTTPStatus.OK and row.reason:
            counts[row.reason] += row.requests
    return [(WHY_NO_OFFERS.get(reason, reason), requests) for reason, requests in counts.most_common()]
