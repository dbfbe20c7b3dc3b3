"""What `type: single` remembers, by aggregation."""

from __future__ import annotations

from typing import Any

import pytest

from tests.personalization.world import NOW, World

Seen = list[tuple[Any, int]]  # value, seconds before now


def world(aggregation: str) -> World:
    return World(f"""
attributes:
  - {{name: it, type: single, event: page, value: "${{EVENT.item}}", aggregation: {aggregation}}}
""")


def after(aggregation: str, seen: Seen) -> Any:
    here = world(aggregation)
    for value, before in seen:
        here.page(user="u1", item=value, time=NOW - before)
    return here.profile("it", user="u1")


@pytest.mark.parametrize(
    ("aggregation", "seen", "result"),
    [
        ("last", [("a", 5), ("b", 3)], "b"),
        ("last", [("a", 3), ("b", 5)], "a"),
        ("last", [("a", 5), ("b", 5)], "b"),
        ("last", [("a", 5), (None, 3)], None),
        ("first", [("a", 5), ("b", 3)], "a"),
        ("first", [("a", 3), ("b", 5)], "b"),
        ("first", [("a", 5), ("b", 5)], "a"),
        ("min", [(3, 1), (-2, 1), (7, 1)], -2),
        ("max", [(3, 1), (-2, 1), (7, 1)], 7),
        ("min", [("b", 1), ("a", 1), ("c", 1)], "a"),
        ("max", [("2026-01-01", 1), ("2026-11-23", 1)], "2026-11-23"),
        ("max", [("\U0001f600", 1), ("\uffff", 1)], "\uffff"),
        ("max", [(5, 1), ("9", 1)], 5),
        ("max", [(5, 1), (True, 1)], 5),
        ("sum", [(1, 1), (2.5, 1), (-1, 1)], 2.5),
        ("sum", [(2, 1), (0.5, 1), (0.5, 1)], 3),
        ("sum", [(1, 1), ("2", 1), (None, 1)], 1),
        ("sum", [(1.7e308, 1), (1.7e308, 1)], 1.7e308),
    ],
)
def test_single__values_seen__aggregated(aggregation: str, seen: Seen, result: Any) -> None:
    assert after(aggregation, seen) == result


@pytest.mark.parametrize("aggregation", ["last", "first", "min", "max", "sum"])
def test_single__never_set__is_undefined(aggregation: str) -> None:
    assert after(aggregation, []) is None
    assert world(aggregation).page(user="u1") == {}


@pytest.mark.parametrize(
    ("aggregation", "value", "message"),
    [
        ("sum", "1", "sum needs a finite number"),
        ("sum", True, "sum needs a finite number"),
        ("sum", None, "sum needs a finite number"),
        ("min", {"a": 1}, "min needs a finite number or a string"),
        ("max", False, "max needs a finite number or a string"),
    ],
)
def test_single__value_that_cannot_be_aggregated__is_an_evaluation_error(
    aggregation: str, value: Any, message: str
) -> None:
    answer = world(aggregation).answer("pages", user="u1", item=value)
    assert [tuple(error) for error in answer.errors] == [('attribute "it", value', message)]


def test_single__number_after_a_string__says_that_they_do_not_compare() -> None:
    here = world("max")
    here.page(user="u1", item="9")
    answer = here.answer("pages", user="u1", item=10)
    assert answer.errors[0].message == "max cannot compare a number with a string"
    assert here.profile("it", user="u1") == "9"
