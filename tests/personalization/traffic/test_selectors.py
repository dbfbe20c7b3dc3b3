"""Figures of traffic as pages ask for them, from rows of minutes and hours."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from personalization.console.charts import traffic_chart
from personalization.models import HOUR, MINUTE, TrafficCount, TrafficLatency
from personalization.traffic import Row, Totals, breakdown, quantile, series, tables_seen, totals
from personalization.traffic_times import MINUTES_KEPT, floor, stretches
from routing.models import Instance
from tests.world import an_instance

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, 12, 34, 56, tzinfo=UTC)
DAY = timedelta(days=1)
HALF_HOUR = timedelta(minutes=30)


@pytest.fixture(autouse=True)
def _now() -> object:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def instance() -> Instance:
    return an_instance()


def came(
    instance: Instance, ago: timedelta, requests: int = 1, *, bound: int = 2, code: int = 200, **kind: object
) -> None:
    """So many requests, as the processes write them."""
    for span in (MINUTE, HOUR):
        start = floor(NOW - ago, span)
        if span == HOUR or ago < MINUTES_KEPT:
            values = {"instance": instance, "span": span, "start": start}
            TrafficCount.objects.create(**values, requests=requests, code=code, **kind)
            seen, _ = TrafficLatency.objects.get_or_create(**values, bound=bound, defaults={"requests": 0})
            seen.requests += requests
            seen.save()


def of_last_day(instance: Instance) -> Totals:
    return totals([instance.pk], NOW - DAY, NOW).get(instance.pk, Totals())


def test_totals__of_requests_of_every_kind__tell_them_apart(instance: Instance) -> None:
    came(instance, HALF_HOUR, 100, token=1)
    came(instance, HALF_HOUR, 10, token=2, reason="no-rule")
    came(instance, HALF_HOUR, 5, token=3, reason="error")
    came(instance, HALF_HOUR, 3, code=3001)
    came(instance, HALF_HOUR, 2, code=1005)
    came(instance, HALF_HOUR, 1, code=9999)
    found = of_last_day(instance)
    assert (found.events, found.offered, found.refused, found.errors) == (115, 100, 3, 8)


def test_errors__beside_an_offer__are_counted_in_totals_steps_and_kinds(instance: Instance) -> None:
    came(instance, HALF_HOUR, 100, failed=30)
    came(instance, HALF_HOUR, 20, reason="no-rule", failed=5)
    came(instance, HALF_HOUR, 7, reason="error", failed=7)
    came(instance, HALF_HOUR, 4, reason="error", token=1)  # of a release that did not count them apart
    came(instance, HALF_HOUR, 2, code=9999)
    came(instance, timedelta(hours=3), 10, failed=1)
    found = of_last_day(instance)
    assert (found.events, found.offered, found.errors) == (141, 110, 49)
    point = next(each for each in series([instance.pk], NOW - DAY, NOW, timedelta(hours=1)) if each.errors > 1)
    assert (point.events, point.offered, point.errors, point.mixed, point.without) == (131, 100, 48, 30, 15)
    rows = breakdown(instance.pk, NOW - DAY, NOW)
    assert [(row.requests, row.errors) for row in rows] == [(110, 31), (20, 5), (7, 7), (4, 4), (2, 2)]
    drawn = {bar.kind for bar in traffic_chart([point]).bars}
    assert drawn == {"offered", "without", "errors"}
    assert traffic_chart([point]).most == 133


@pytest.mark.parametrize(("hours", "counted"), [(0, 1), (1, 1), (12, 1), (23.9, 1), (24.1, 0), (47, 0)])
def test_totals__of_a_day__count_each_request_once(instance: Instance, hours: float, counted: int) -> None:
    came(instance, timedelta(hours=hours))
    assert of_last_day(instance).events == counted


@pytest.mark.parametrize(("days", "counted"), [(1.9, 1), (2.1, 1), (6.9, 1), (7.2, 0)])
def test_totals__of_a_week__know_old_requests_by_the_hour(instance: Instance, days: float, counted: int) -> None:
    came(instance, timedelta(days=days))
    assert totals([instance.pk], NOW - 7 * DAY, NOW).get(instance.pk, Totals()).events == counted


def test_totals__of_several_instances__are_apart(instance: Instance) -> None:
    other, silent = an_instance(1, 9), an_instance(1, 10)
    came(instance, HALF_HOUR, 3)
    came(other, HALF_HOUR, 4)
    found = totals([instance.pk, other.pk, silent.pk], NOW - DAY, NOW)
    assert {pk: each.events for pk, each in found.items()} == {instance.pk: 3, other.pk: 4}
    assert totals([instance.pk], NOW - DAY, NOW).keys() == {instance.pk}


@given(since=st.integers(0, 30 * 24 * 60), length=st.integers(1, 30 * 24 * 60), second=st.integers(0, 59))
def test_stretches__of_any_time__follow_each_other_without_gap(since: int, length: int, second: int) -> None:
    first = NOW - timedelta(minutes=since, seconds=second)
    end = min(first + timedelta(minutes=length), NOW)
    if first >= end:
        return
    parts = stretches(first, end, now=NOW)
    assert floor(first, HOUR) <= parts[0][1] <= first
    assert end <= parts[-1][2] < end + timedelta(hours=1)
    assert all(earlier[2] == later[1] for earlier, later in pairwise(parts))
    assert all(part[1] >= NOW - MINUTES_KEPT for part in parts[:1] if part[0] == MINUTE and len(parts) > 1)


def test_series__of_a_day__has_every_hour(instance: Instance) -> None:
    came(instance, timedelta(hours=3), 7)
    came(instance, timedelta(hours=3), 2, code=3007)
    points = series([instance.pk], NOW - DAY, NOW, timedelta(hours=1))
    assert [point.start for point in points] == [floor(NOW - DAY, HOUR) + at * timedelta(hours=1) for at in range(25)]
    assert [(point.start.hour, point.events, point.refused) for point in points if point.events] == [(9, 7, 2)]


def test_series__of_an_hour__has_every_minute(instance: Instance) -> None:
    came(instance, timedelta(minutes=5), 4)
    points = series([instance.pk], NOW - timedelta(hours=1), NOW, timedelta(minutes=1))
    assert len(points) == 61
    assert [point.events for point in points[-7:]] == [0, 4, 0, 0, 0, 0, 0]


def test_breakdown__by_token_and_table__sums_minutes_and_hours(instance: Instance) -> None:
    shop = {"token": 5, "database": "shop", "table": "pageviews"}
    came(instance, timedelta(minutes=5), 4, **shop)
    came(instance, timedelta(hours=5), 3, **shop)
    came(instance, timedelta(hours=5), 2, **shop | {"table": "orders"}, reason="not-monitored")
    came(instance, timedelta(hours=5), 1, token=6, code=2003)
    since = NOW - DAY
    assert breakdown(instance.pk, since, NOW) == [
        Row(5, "shop", "pageviews", 200, "", 7),
        Row(5, "shop", "orders", 200, "not-monitored", 2),
        Row(6, "", "", 2003, "", 1),
    ]
    assert [row.requests for row in breakdown(instance.pk, since, NOW, token=5)] == [7, 2]
    assert [row.requests for row in breakdown(instance.pk, since, NOW, table=("shop", "orders"))] == [2]
    assert tables_seen(instance.pk, since) == {("shop", "pageviews"): {"": 7}, ("shop", "orders"): {"not-monitored": 2}}


def test_p95__of_fast_and_slow_requests__is_between_its_bounds(instance: Instance) -> None:
    came(instance, HALF_HOUR, 90, bound=2, token=1)
    came(instance, HALF_HOUR, 10, bound=6, token=2)
    p95 = of_last_day(instance).p95
    assert p95 is not None
    assert 0.05 < p95 <= 0.1


@pytest.mark.parametrize(
    ("counts", "part", "seconds"),
    [
        ([0] * 14, 0.5, None),
        ([10] + [0] * 13, 0.5, 0.0005),
        ([0] * 13 + [1], 0.95, 10.0),
        ([1, 1] + [0] * 12, 1, 0.0025),
    ],
)
def test_quantile__of_counts__is_read_between_bounds(counts: list[int], part: float, seconds: float | None) -> None:
    assert quantile(counts, part) == seconds
