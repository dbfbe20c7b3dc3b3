"""What becomes of attributes when profiles are united."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from personalization import identity, merging
from personalization.profile import MAX_PROFILE_SIZE, Profile, slot
from provisioning.language.plan import Attribute

BAG = Attribute("bag", "list", max_items=3)
EVERY = Attribute("every", "list", max_items=1000, distinct=False)
COUNT = Attribute("count", "counter")
HOURLY = Attribute("hourly", "counter", window=3600)
TIER = Attribute("tier", "imported")
ATTRIBUTES = (
    *(BAG, EVERY, COUNT, HOURLY, TIER),
    Attribute("last", "single"),
    Attribute("first", "single", aggregation="first"),
    Attribute("min", "single", aggregation="min"),
    Attribute("max", "single", aggregation="max"),
    Attribute("sum", "single", aggregation="sum"),
)
SLOTS = {slot(attribute): attribute for attribute in ATTRIBUTES}


def profile(number: int, created: int, state: dict[str, Any], keys: identity.KeyValues | None = None) -> Profile:
    return Profile(number, "1/8", created, keys or {}, state)


def merged(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """The state after the profile with `other` joined the earlier one with `one`."""
    earlier, later = profile(1, 100, one), profile(2, 200, other)
    assert merging.merge([later, earlier], SLOTS) == [later]
    return earlier.state


@pytest.mark.parametrize(
    ("name", "one", "other", "result"),
    [
        ("every/list", [["a", 1], ["c", 3]], [["b", 2], ["a", 3]], [["a", 1], ["b", 2], ["c", 3], ["a", 3]]),
        ("bag/list", [["a", 1], ["b", 5]], [["a", 4], ["b", 2]], [["a", 4], ["b", 5]]),
        ("bag/list", [["a", 1], ["b", 2]], [["c", 3], ["d", 4]], [["b", 2], ["c", 3], ["d", 4]]),
        ("count/counter", [2, 10], [3.5, 20], [5.5, 20]),
        ("hourly/counter/3600", {"1": 1, "2": 2}, {"2": 3, "3": 4}, {"1": 1, "2": 5, "3": 4}),
        ("last/single", ["a", 10], ["b", 20], ["b", 20]),
        ("last/single", ["a", 20], ["b", 10], ["a", 20]),
        ("first/single", ["a", 10], ["b", 20], ["a", 10]),
        ("first/single", ["a", 20], ["b", 10], ["b", 10]),
        ("min/single", [5, 20], [3, 10], [3, 20]),
        ("max/single", [5, 20], [3, 10], [5, 20]),
        ("max/single", ["b", 20], [3, 10], ["b", 20]),
        ("sum/single", [5, 20], [3, 10], [8, 20]),
        ("tier/imported", ["gold", 10], ["silver", 20], ["gold", 10]),
    ],
)
def test_merge__state_of_both__united_by_its_type(name: str, one: Any, other: Any, result: Any) -> None:
    assert merged({name: one}, {name: other}) == {name: result}


@pytest.mark.parametrize(
    ("name", "one", "other", "result"),
    [
        ("gone/list", [["a", 1]], [["a", 2], ["b", 1]], [["b", 1], ["a", 2]]),
        ("gone/single", ["a", 1], ["b", 2], ["b", 2]),
        ("gone/counter", [1, 1], [2, 2], [3, 2]),
        ("gone/counter/60", {"7": 1}, {"7": 2}, {"7": 3}),
        ("gone/imported", [1, 1], [2, 2], [1, 1]),
    ],
)
def test_merge__state_that_no_live_attribute_has__is_united_too(name: str, one: Any, other: Any, result: Any) -> None:
    assert merged({name: one}, {name: other}) == {name: result}


def test_merge__state_of_one_only__is_kept() -> None:
    assert merged({"count/counter": [1, 1]}, {"last/single": ["a", 2]}) == {
        "count/counter": [1, 1],
        "last/single": ["a", 2],
    }


def test_merge__created_in_the_same_second__the_lower_number_wins() -> None:
    one, other = profile(7, 100, {}), profile(3, 100, {})
    assert merging.merge([one, other], SLOTS) == [one]


def test_merge__key_values__each_with_its_last_time_latest_last() -> None:
    one = profile(1, 1, {}, {"user": [["u1", 10]], "mail": [["m", 5]]})
    other = profile(2, 2, {}, {"user": [["u2", 8], ["u1", 9]], "device": [["d", 1]]})
    merging.merge([one, other], SLOTS)
    assert one.keys == {"user": [["u2", 8], ["u1", 10]], "mail": [["m", 5]], "device": [["d", 1]]}


def test_merge__size__is_never_less_than_the_text() -> None:
    one, other = profile(1, 1, {"every/list": [["é" * 50, 1]]}), profile(2, 2, {"every/list": [["b" * 50, 1]]})
    merging.merge([one, other], SLOTS)
    assert one.size >= len(one.text())


def test_fit__within_the_limits__stays_as_it_is() -> None:
    one = profile(1, 1, {"every/list": [["a" * 4000, n] for n in range(60)]}, {"user": [["u", 1]]})
    before = one.text()
    assert merging.fit(one) == ([], ())
    assert (one.text(), one.size) == (before, len(before))


def test_fit__too_large__items_of_lists_by_age_then_whole_values_by_age() -> None:
    """Also those that the live configuration does not name; a windowed counter is as old as its last bucket."""
    large = "x" * 4000
    state: dict[str, Any] = {f"s{n:02}/single": [large, 100 + n] for n in range(65)}
    state |= {"old/list": [[large, 1], [large, 200]], "new/list": [["short", 300]]}
    state |= {"early/counter/3600": {"1": 1, "2": 1}, "count/counter": [1, 90], "late/counter/3600": {"9": 1}}
    one = profile(1, 1, state)
    errors = merging.fit(one).errors
    gone = ["old", "new", "count", *(f"s{n:02}" for n in range(20))]
    assert [error.where for error in errors][:5] == [
        f'attribute "{name}"' for name in ("old", "new", "count", "s00", "s01")
    ]
    assert "its 2 oldest items were dropped" in errors[0].message
    assert "its value was dropped" in errors[3].message
    assert {error.where for error in errors} < {f'attribute "{name}"' for name in gone}
    assert {"early/counter/3600", "late/counter/3600", "s64/single"} < one.state.keys()
    assert one.size == len(one.text()) <= MAX_PROFILE_SIZE * 7 // 8


def test_fit__key_values_alone_too_large__the_oldest_go() -> None:
    one = profile(1, 1, {}, {"user": [["é" * 250 + str(n), n] for n in range(200)]})
    ejected, errors = merging.fit(one)
    assert (ejected[0], errors) == (("user", "é" * 250 + "0"), ())
    assert len(one.keys["user"]) == 200 - len(ejected)
    assert MAX_PROFILE_SIZE - 2000 < one.size == len(one.text()) <= MAX_PROFILE_SIZE


ITEMS = st.lists(st.tuples(st.sampled_from("abcd"), st.integers(0, 9)), max_size=6).map(
    lambda items: sorted(([value, time] for value, time in items), key=lambda item: item[1])
)
BUCKETS = st.dictionaries(st.integers(0, 5).map(str), st.integers(-5, 5), max_size=4)
STATES = st.fixed_dictionaries(
    {},
    optional={
        "every/list": ITEMS,
        "count/counter": st.tuples(st.integers(-9, 9), st.integers(0, 9)).map(list),
        "hourly/counter/3600": BUCKETS,
        "min/single": st.tuples(st.integers(-9, 9), st.integers(0, 9)).map(list),
        "sum/single": st.tuples(st.integers(-9, 9), st.integers(0, 9)).map(list),
        "tier/imported": st.tuples(st.sampled_from("xyz"), st.integers(0, 9)).map(list),
    },
)


@given(states=st.lists(STATES, min_size=3, max_size=3))
def test_merge__three_profiles_in_any_order__the_same_result(states: list[dict[str, Any]]) -> None:
    def result(order: tuple[int, ...]) -> dict[str, Any]:
        profiles = [profile(number, number, dict(states[number])) for number in order]
        merging.merge(profiles, SLOTS)
        return min(profiles, key=lambda item: item.id).state

    first = result((0, 1, 2))
    assert all(result(order) == first for order in permutations(range(3)))


@given(states=st.lists(STATES, min_size=3, max_size=3))
def test_merge__one_after_the_other_or_all_at_once__the_same_result(states: list[dict[str, Any]]) -> None:
    at_once = [profile(number, number, dict(state)) for number, state in enumerate(states)]
    merging.merge(at_once, SLOTS)
    stepwise = [profile(number, number, dict(state)) for number, state in enumerate(states)]
    merging.merge(stepwise[:2], SLOTS)
    merging.merge([stepwise[2], stepwise[0]], SLOTS)
    assert stepwise[0].state == at_once[0].state
