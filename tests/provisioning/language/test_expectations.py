"""What a step of a golden test got, written as what it expects: the smallest edit, and none where it is not clear."""

from __future__ import annotations

from typing import Any

import pytest

from provisioning.language.expectations import MendedLines, mended_expectation
from provisioning.language.loading import load

HEAD = """\
tests:
  - name: t
    steps:
      - post: shop/pages
"""
BLOCK = """\
        offers:
          hello:
            text: Good day  # as agreed
            size: 2
        profile: {visits: 1}
"""
AT = "tests[0].steps[0].offers"


def mended(step: str, got: Any, path: str = AT) -> MendedLines | None:
    return mended_expectation(load(HEAD + step), path, got)


@pytest.mark.parametrize(
    ("step", "got", "text"),
    [
        ("        offers: {a: {x: 1}}", {"a": {"x": 2}}, "        offers: {a: {x: 2}}"),
        ("        offers: {a: {x: 'no'}}  # why", {"a": {"x": "ja"}}, '        offers: {a: {x: "ja"}}  # why'),
        ("        offers: {}", {"a": {"x": [1]}}, '        offers: {"a": {"x": [1]}}'),
        ("        offers: {a: {x: 1}}", {}, "        offers: {}"),
        ("        offers: {a: {x: 1}}", {"a": {"x": 1, "y": "2"}}, '        offers: {a: {"x": 1, "y": "2"}}'),
        ("        offers: {a: {x: [1, 2]}}", {"a": {"x": [1, 3]}}, "        offers: {a: {x: [1, 3]}}"),
        ("        offers: {a: {x: '1'}}", {"a": {"x": 1}}, "        offers: {a: {x: 1}}"),
        ("        offers: {a: {x: 1}}", {"a": {"x": "\u2028"}}, '        offers: {a: {x: "\\u2028"}}'),
    ],
)
def test_expectation__on_one_line__changes_in_what_differs(step: str, got: Any, text: str) -> None:
    assert mended(step, got) == MendedLines(text, 5, 1)


def test_expectation__one_key_a_line__changes_in_the_line_that_differs() -> None:
    found = mended(BLOCK, {"hello": {"text": "Guten Tag", "size": 2}})
    assert found == MendedLines('            text: "Guten Tag"  # as agreed', 7, 1)


def test_expectation__several_lines_that_differ__are_mended_together() -> None:
    found = mended(BLOCK, {"hello": {"text": "Guten Tag", "size": 3}})
    assert found == MendedLines('            text: "Guten Tag"  # as agreed\n            size: 3', 7, 2)


def test_expectation__another_offer__takes_the_place_of_the_block() -> None:
    assert mended(BLOCK, {"bye": {}}) == MendedLines('        offers: {"bye": {}}', 5, 4)


def test_expectation__block_that_ends_in_an_empty_one__is_replaced_to_its_end() -> None:
    step = "        offers:\n          a:\n            - {}\n        public: x\n"
    assert mended(step, {}) == MendedLines("        offers: {}", 5, 3)


def test_expectation__list_of_blocks__changes_in_its_item() -> None:
    step = "        profile:\n          seen:\n            - a: 1\n              b: 2\n            - c\n"
    found = mended(step, {"seen": ["x", "c"]}, "tests[0].steps[0].profile")
    assert found == MendedLines('            - "x"', 7, 2)


@pytest.mark.parametrize(
    ("step", "got"),
    [
        ("        offers: {a: {x: 1}}", {"a": {"x": 1}}),
        ("        offers:\n          a:\n            x: |\n              one\n              two\n", {}),
        ("        offers: {a: {x: 'one\n\n          two'}}", {"a": {"x": "three"}}),
        ("        offers:  # the only one\n          a: {x: 1}\n", {}),
        ("        offers: {a: {x: }}", {"a": {"x": 1}}),
        ("        offers: {a: {x: 1}}", {"a": {"x": "\ud83d"}}),
        ("        offers: {a: {x: 1}}", {"a": {"x": "7d1f2c0b9a8e4f6d8c5b4a3928170605"}}),
        ("        offers: {a: {x: 1}}", {"a": {"x": "long" * 1000}}),
        ("        event: {}", {"a": {}}),
    ],
)
def test_expectation__where_it_is_not_mechanical__is_left_alone(step: str, got: Any) -> None:
    assert mended(step, got) is None
