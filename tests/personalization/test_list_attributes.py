"""What `type: list` remembers."""

from __future__ import annotations

from typing import Any

import pytest

from tests.personalization.world import DAY, NOW, World


def world(*options: str) -> World:
    lines = "".join(f"    {option}\n" for option in options)
    return World(f"""
attributes:
  - name: seen
    type: list
    event: page
    value: ${{EVENT.item}}
{lines}""")


def test_list__nothing_seen__is_empty() -> None:
    assert world().profile("seen", user="u1") == []


def test_list__several_values__oldest_first_with_their_times() -> None:
    here = world()
    here.page(user="u1", item="a", time=NOW - 5)
    here.page(user="u1", item="b", time=NOW - 3)
    assert here.profile("seen", user="u1") == [{"value": "a", "time": NOW - 5}, {"value": "b", "time": NOW - 3}]


def test_list__late_event__takes_its_place_by_time() -> None:
    here = world()
    here.page(user="u1", item="late", time=NOW)
    here.page(user="u1", item="early", time=NOW - 10)
    assert here.values("seen", user="u1") == ["early", "late"]


def test_list__equal_times__keep_the_order_of_arrival() -> None:
    here = world()
    for item in "cab":
        here.page(user="u1", item=item, time=NOW)
    assert here.values("seen", user="u1") == ["c", "a", "b"]


def test_list__time_in_the_future__is_clamped_to_now() -> None:
    here = world()
    here.page(user="u1", item="a", time=NOW + DAY)
    assert here.profile("seen", user="u1") == [{"value": "a", "time": NOW}]


def test_list__distinct__equal_value_moves_to_the_end() -> None:
    here = world()
    for second, item in enumerate("aba"):
        here.page(user="u1", item=item, time=NOW - 10 + second)
    assert here.profile("seen", user="u1") == [{"value": "b", "time": NOW - 9}, {"value": "a", "time": NOW - 8}]


def test_list__distinct_and_a_late_repetition__keeps_the_later_time() -> None:
    here = world()
    here.page(user="u1", item="a", time=NOW)
    here.page(user="u1", item="b", time=NOW - 5)
    here.page(user="u1", item="a", time=NOW - 20)
    assert here.profile("seen", user="u1") == [{"value": "b", "time": NOW - 5}, {"value": "a", "time": NOW}]


def test_list__not_distinct__keeps_each() -> None:
    here = world("distinct: false")
    for item in "aba":
        here.page(user="u1", item=item)
    assert here.values("seen", user="u1") == ["a", "b", "a"]


@pytest.mark.parametrize(
    ("first", "second"),
    [(1, True), (1, "1"), (0, False), (None, "null"), ([1], [True]), ({"a": 1}, {"a": "1"}), ("", None)],
)
def test_list__values_that_only_look_equal__are_two(first: Any, second: Any) -> None:
    here = world()
    here.page(user="u1", item=first)
    here.page(user="u1", item=second)
    assert here.values("seen", user="u1") == [first, second]


@pytest.mark.parametrize(("first", "second"), [(1, 1.0), ({"a": 1, "b": 2}, {"b": 2, "a": 1}), ([1, "x"], [1, "x"])])
def test_list__values_that_are_equal_as_json__are_one(first: Any, second: Any) -> None:
    here = world()
    here.page(user="u1", item=first)
    here.page(user="u1", item=second)
    assert len(here.values("seen", user="u1")) == 1


def test_list__more_than_max_items__the_oldest_falls_off() -> None:
    here = world("max_items: 3")
    for second, item in enumerate("abcde"):
        here.page(user="u1", item=item, time=NOW - 10 + second)
    assert here.values("seen", user="u1") == ["c", "d", "e"]


def test_list__full_and_a_late_event__does_not_enter() -> None:
    here = world("max_items: 2")
    for second, item in enumerate("ab"):
        here.page(user="u1", item=item, time=NOW - 10 + second)
    here.page(user="u1", item="z", time=NOW - 60)
    assert here.values("seen", user="u1") == ["a", "b"]


@pytest.mark.parametrize(("later", "left"), [(DAY - 1, ["a"]), (DAY, []), (DAY + 1, [])])
def test_list__expire_after__each_item_lives_that_long(later: int, left: list[str]) -> None:
    here = world("expire_after: 1d")
    here.page(user="u1", item="a")
    here.now = NOW + later
    assert here.values("seen", user="u1") == left


def test_list__by_default__expires_after_90_days() -> None:
    here = world()
    here.page(user="u1", item="a")
    here.now = NOW + 90 * DAY - 1
    assert here.values("seen", user="u1") == ["a"]
    here.now += 1
    assert here.values("seen", user="u1") == []


def test_list__event_that_is_expired_when_it_comes__is_not_kept() -> None:
    here = world("expire_after: 1d")
    here.page(user="u1", item="old", time=NOW - DAY)
    assert here.values("seen", user="u1") == []


def test_list__undefined__writes_nothing() -> None:
    here = world()
    here.page(user="u1")
    assert here.values("seen", user="u1") == []


def test_list__null__is_a_value() -> None:
    here = world()
    here.page(user="u1", item=None)
    assert here.values("seen", user="u1") == [None]


@pytest.mark.parametrize(("length", "kept"), [(4094, True), (4095, False)])
def test_list__value_over_4_kib__is_an_evaluation_error(length: int, kept: bool) -> None:
    here = world()
    answer = here.answer("pages", user="u1", item="x" * length)
    assert (len(here.values("seen", user="u1")) == 1) is kept
    assert [where for where, _ in answer.errors] == ([] if kept else ['attribute "seen", value'])


def test_list__profile_over_256_kib__refuses_what_does_not_fit() -> None:
    here = world("max_items: 1000", "distinct: false")
    answers = [here.answer("pages", user="u1", item=f"{number:04}" + "x" * 4000) for number in range(70)]
    kept = here.values("seen", user="u1")
    assert len(kept) == 65
    assert [bool(answer.errors) for answer in answers] == [False] * 65 + [True] * 5
