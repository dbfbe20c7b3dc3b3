"""What `type: counter` counts, with and without a window."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from personalization import windows
from tests.personalization.world import NOW, World

HOUR = 3600


def world(*options: str) -> World:
    lines = "".join(f"    {option}\n" for option in options)
    return World(f"""
attributes:
  - name: count
    type: counter
    event: page
{lines}""")


def test_counter__nothing_counted__is_0() -> None:
    assert world().profile("count", user="u1") == 0
    assert world("window: 1h").profile("count", user="u1") == 0


def test_counter__no_increment__counts_by_1() -> None:
    here = world()
    for _ in range(3):
        here.page(user="u1")
    assert here.profile("count", user="u1") == 3


@pytest.mark.parametrize(("amounts", "total"), [([1, 2.5], 3.5), ([0.1, 0.2], 0.1 + 0.2), ([5, -7], -2), ([0], 0)])
def test_counter__increment__adds(amounts: list[float], total: float) -> None:
    here = world("increment: ${EVENT.amount}")
    for amount in amounts:
        here.page(user="u1", amount=amount)
    assert here.profile("count", user="u1") == total


@pytest.mark.parametrize("amount", ["1", None, True, [1], {}])
def test_counter__increment_that_is_no_number__is_an_evaluation_error(amount: Any) -> None:
    here = world("increment: ${EVENT.amount}")
    here.page(user="u1", amount=2)
    answer = here.answer("pages", user="u1", amount=amount)
    assert [tuple(error) for error in answer.errors] == [
        ('attribute "count", increment', "a counter needs a finite number")
    ]
    assert here.profile("count", user="u1") == 2


@pytest.mark.parametrize("options", [(), ("window: 1h",)])
def test_counter__over_the_largest_double__is_an_evaluation_error(options: tuple[str, ...]) -> None:
    here = world("increment: ${EVENT.amount}", *options)
    here.page(user="u1", amount=1.7e308)
    answer = here.answer("pages", user="u1", amount=1.7e308)
    assert answer.errors[0].message == "the counter would not be a finite number"
    assert here.profile("count", user="u1") == 1.7e308


def test_counter__undefined_increment__writes_nothing() -> None:
    here = world("increment: ${EVENT.amount}")
    assert here.answer("pages", user="u1").errors == ()
    assert here.profile("count", user="u1") == 0


# A window of one hour has buckets of one minute; NOW is the first second of one.
@pytest.mark.parametrize(
    ("seconds_before", "counts"),
    [(0, True), (59 * 60, True), (59 * 60 + 1, False), (2 * HOUR, False), (-1000, True)],
)
def test_window__event_of_that_age__counts_or_not(seconds_before: int, counts: bool) -> None:
    here = world("window: 1h")
    here.page(user="u1", time=NOW - seconds_before)
    assert here.profile("count", user="u1") == int(counts)


@pytest.mark.parametrize(("later", "total"), [(0, 1), (59 * 60 + 59, 1), (60 * 60, 0), (10 * HOUR, 0)])
def test_window__time_passes__the_count_falls_out(later: int, total: int) -> None:
    here = world("window: 1h")
    here.page(user="u1")
    here.now = NOW + later
    assert here.profile("count", user="u1") == total


def test_window__too_late_event__leaves_no_bucket() -> None:
    buckets = windows.add({"30000000": 2.0}, 1, time=NOW - 2 * HOUR, now=NOW, window=HOUR)
    assert buckets == {"30000000": 2.0}


TIMES = st.integers(0, 4_000_000_000)
WINDOWS = st.integers(1, 10_000).map(lambda minutes: minutes * 60)
AMOUNTS = st.integers(-1000, 1000)


@given(times=st.lists(TIMES, max_size=30), now=TIMES, window=WINDOWS)
def test_window__any_events__counts_those_of_60_buckets(times: list[int], now: int, window: int) -> None:
    buckets: dict[str, float] = {}
    past = sorted(min(time, now) for time in times)
    for time in past:
        buckets = windows.add(buckets, 1, time=time, now=now, window=window)
    width = window / 60
    first = now // width - 59
    assert windows.total(buckets, now=now, window=window) == sum(time // width >= first for time in past)
    assert len(buckets) <= windows.BUCKETS


@given(events=st.lists(st.tuples(TIMES, AMOUNTS), max_size=20), split=st.integers(0, 20), window=WINDOWS, now=TIMES)
def test_window__split_between_two_profiles__united_as_if_it_were_one(
    events: list[tuple[int, int]], split: int, window: int, now: int
) -> None:
    def counted(part: list[tuple[int, int]]) -> dict[str, float]:
        buckets: dict[str, float] = {}
        for time, amount in part:
            buckets = windows.add(buckets, amount, time=min(time, now), now=now, window=window)
        return buckets

    one, other = counted(events[:split]), counted(events[split:])
    assert windows.united(one, other) == counted(events)
    assert windows.united(other, one) == counted(events)
