"""What got another name between two configurations: it is told once, and not as a change of each use."""

from __future__ import annotations

import pytest

from tests.provisioning.language.test_diff import EVERY_SECTION, TWO, changes, texts


def test_part__under_another_name_only__is_renamed() -> None:
    (change,) = changes(TWO, TWO.replace("name: second", "name: other"))

    assert change.as_dict() == {
        "section": "offers",
        "name": "other",
        "change": "renamed",
        "text": "offer second: renamed to other",
    }


def test_attribute__renamed__starts_empty() -> None:
    assert texts("attributes: [{name: a, type: counter}]", "attributes: [{name: b, type: counter}]") == [
        "attribute a: renamed to b; its stored values start empty"
    ]


@pytest.mark.parametrize(
    ("renamed", "text"),
    [
        ([("name: view", "name: page view"), ("event: view", "event: page view"), ("[view,", "[page view,")],
         "event view: renamed to page view"),
        ([("name: seen", "name: items"), ("PROFILE.seen.", "PROFILE.items."), ("PROFILE.seen}", "PROFILE.items}"),
          ("profile: {seen", "profile: {items")], "attribute seen: renamed to items; its stored values start empty"),
        ([("name: last", "name: newest"), ("?.last", "?.newest"), ("PROFILE.last}", "PROFILE.newest}")],
         "attribute last: renamed to newest; its stored values start empty"),
        ([("name: hello", "name: hi"), ("offers: {hello:", "offers: {hi:")], "offer hello: renamed to hi"),
        ([("name: tell", "name: say")], "activation tell: renamed to say"),
        ([("name: t\n", "name: other\n")], "test t: renamed to other"),
    ],
)  # fmt: skip
def test_renamed__together_with_all_uses__is_one_change(renamed: list[tuple[str, str]], text: str) -> None:
    new = EVERY_SECTION
    for before, after in renamed:
        assert before in new
        new = new.replace(before, after)

    assert texts(EVERY_SECTION, new) == [text]


def test_renamed__some_uses_changed_as_well__both_are_told() -> None:
    new = EVERY_SECTION.replace("name: seen", "name: items").replace(
        "PROFILE.seen.length > 3", "PROFILE.items.length > 4"
    )
    new = new.replace("PROFILE.seen.", "PROFILE.items.").replace("PROFILE.seen}", "PROFILE.items}")
    new = new.replace("profile: {seen", "profile: {items")

    assert texts(EVERY_SECTION, new) == [
        "attribute seen: renamed to items; its stored values start empty",
        "activation tell: condition changed from `PROFILE.items.length > 3` to `PROFILE.items.length > 4`",
    ]


def test_renamed__but_a_use_left_behind__the_use_is_told() -> None:
    new = EVERY_SECTION.replace("name: view", "name: page").replace(
        "event: view, if: PROFILE", "event: page, if: PROFILE"
    )
    told = texts(EVERY_SECTION, new)

    assert told[0] == "event view: renamed to page"
    assert "attribute seen: events changed from `page` to `view`" in told
    assert not any(text.startswith("offer") for text in told)
