"""Which key values identify a profile, and how profiles are found, linked and merged."""

from __future__ import annotations

from typing import Any

import pytest

from personalization.profile import MAX_KEY_VALUES
from tests.personalization.world import NOW, World

SEEN = """
attributes:
  - {name: seen, type: list, event: page, value: "${EVENT.item}"}
"""
EXCLUDING = """
keys:
  - {name: user, exclude_regex: "^test_|bot$"}
events:
  - {name: page, database: shop, table: pages}
"""


def reason(here: World, **event: Any) -> str:
    return here.answer("pages", **event).reason


@pytest.mark.parametrize(
    "value",
    ["202", "a", " ", "nullable", "00", "-1", 1, -5, 2**53 - 1, 202.0, "x" * 256, "Ünïcode", "a/b", "\u0000"],
)
def test_key_value__usable__identifies(value: Any) -> None:
    here = World(SEEN)
    here.page(user=value, item="a")
    assert here.values("seen", user=value) == ["a"]


@pytest.mark.parametrize(
    "value",
    [
        *("", "null", "NULL", "undefined", "Undefined", "nan", "NaN", "none", "None", "0"),
        *("00000000-0000-0000-0000-000000000000", "0" * 32),
        *(0, -0.0, 1.5, 2**53, -(2**53), 1e300, True, False, None, [], ["202"], {}, {"a": 1}),
    ],
)
def test_key_value__not_usable__identifies_nobody(value: Any) -> None:
    assert reason(World(SEEN), user=value, item="a") == "no-key"


def test_key_value__missing__identifies_nobody() -> None:
    assert reason(World(SEEN), item="a") == "no-key"


def test_key_value__over_256_characters__is_an_evaluation_error() -> None:
    answer = World(SEEN).answer("pages", user="x" * 257)
    assert (answer.reason, answer.errors[0].where) == ("error", 'key "user"')


@pytest.mark.parametrize(
    ("value", "identifies"), [("test_1", False), ("my_test_1", True), ("robot", False), ("u", True)]
)
def test_key_value__exclude_regex__is_searched_anywhere(value: str, identifies: bool) -> None:
    assert reason(World(SEEN, head=EXCLUDING), user=value) == ("no-rule" if identifies else "no-key")


def test_key_value__integer_and_its_digits__are_the_same() -> None:
    here = World(SEEN)
    here.page(user=202, item="a")
    here.page(user="202", item="b")
    assert here.values("seen", user=202.0) == ["a", "b"]
    assert here.profile("user", user=202) == "202"


def test_key_values__differ_in_case__are_two_people() -> None:
    here = World(SEEN)
    here.page(user="A", item="a")
    assert here.values("seen", user="a") == []


def test_key_values__same_value_of_two_keys__are_two_people() -> None:
    here = World(SEEN)
    here.page(user="1", item="a")
    assert here.values("seen", device="1") == []


def test_link__two_keys_in_one_event__lead_to_one_profile() -> None:
    here = World(SEEN)
    here.page(user="u1", device="d1", item="a")
    here.page(device="d1", item="b")
    assert here.values("seen", user="u1") == ["a", "b"]
    assert here.profile("user", device="d1") == "u1"


def test_merge__event_that_names_both__unites_them() -> None:
    here = World(SEEN)
    here.page(user="u1", item="a", time=NOW - 9)
    here.page(device="d1", item="b", time=NOW - 8)
    here.page(user="u1", device="d1", item="c", time=NOW - 7)
    assert here.values("seen", user="u1") == here.values("seen", device="d1") == ["a", "b", "c"]


def test_merge__three_at_once__unites_them() -> None:
    here = World(SEEN)
    for number, key in enumerate(("mail", "device", "user")):
        here.page(**{key: "x"}, item=key, time=NOW - 9 + number)
    here.page(user="x", mail="x", device="x")
    assert here.values("seen", mail="x") == ["mail", "device", "user"]


def test_profile_key__this_events_value_first__then_the_one_seen_last() -> None:
    here = World(SEEN)
    here.page(user="u1", device="d1", time=NOW - 20)
    here.page(user="u1", device="d2", time=NOW - 10)
    assert here.profile("device", user="u1") == "d2"
    assert here.profile("device", user="u1", device="d1") == "d1"
    assert here.profile("mail", user="u1") is None


def test_key_values__more_than_200__the_oldest_is_ejected() -> None:
    here = World(SEEN)
    for number in range(MAX_KEY_VALUES):
        here.page(user="u1", device=f"d{number}", item="a", time=NOW - 1000 + number)
    assert here.values("seen", device="d0") == []
    assert here.values("seen", device="d1") == ["a"]
    assert here.values("seen", user="u1") == ["a"]


def test_public_path__other_keys__neither_link_nor_merge() -> None:
    here = World(SEEN)
    here.page(mail="m1", item="private")
    here.answer("pages", public=True, user="u1", mail="m1", item="public")
    assert here.values("seen", mail="m1") == ["private"]
    assert here.values("seen", user="u1") == ["public"]
    assert here.profile("mail", user="u1") is None


def test_public_path__no_public_key__identifies_nobody() -> None:
    here = World(SEEN)
    assert here.answer("pages", public=True, mail="m1", device="d1").reason == "no-key"


def test_public_path__unusable_public_key__does_not_fall_back_to_a_private_one() -> None:
    here = World(SEEN)
    assert here.answer("pages", public=True, user="null", mail="m1").reason == "no-key"


def test_public_path__several_public_keys__the_strongest_present_alone() -> None:
    head = """
keys: [{name: first, public: true}, {name: second, public: true}]
events: [{name: page, database: shop, table: pages}]
"""
    here = World(SEEN, head=head)
    here.answer("pages", public=True, first="f", second="s", item="a")
    assert here.values("seen", second="s") == []
    here.answer("pages", public=True, first="none", second="s", item="b")
    assert here.values("seen", second="s") == ["b"]
    assert here.values("seen", first="f") == ["a"]


def test_key_values__profile_at_its_limit__the_oldest_make_room() -> None:
    here = World(
        """
attributes:
  - {name: seen, type: list, event: page, value: "${EVENT.item}", max_items: 1000, distinct: false}
"""
    )
    here.page(user="u1", device="first", time=NOW - 50)
    here.page(user="u1", device="second", time=NOW - 40)
    for number in range(65):
        here.page(user="u1", item=f"{number:04}" + "x" * 4000)
    for number in range(7):
        here.page(user="u1", device=f"{number}" + "y" * 255, time=NOW - 30 + number)
    assert here.values("seen", device="first") == []
    assert len(here.values("seen", user="u1")) == 65
