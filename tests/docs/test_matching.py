"""Comparing with `…`: what fits, and what is told of what does not."""

from __future__ import annotations

from typing import Any

import pytest

from tests.docs.matching import differences, text_fits


@pytest.mark.parametrize(
    ("shown", "came", "fits"),
    [
        ("abc", "abc", True),
        ("abc\n", "abc", True),
        ("a…c", "abbbc", True),
        ("a…c", "ac", True),
        ("a…c", "ab\nc", False),
        ("a.c", "abc", False),
        ("abc", "abcd", False),
        ("line …\nend", "line 1\nend", True),
    ],
)
def test_text__shown_and_came__fits_or_not(shown: str, came: str, fits: bool) -> None:
    assert text_fits(shown, came) is fits


@pytest.mark.parametrize(
    ("shown", "came", "at"),
    [
        ({"a": "…"}, {"a": [1, 2]}, []),
        ({"a": 1}, {"a": 1}, []),
        ({"a": 1}, {"a": 2}, [".a"]),
        ({"a": 1}, {"a": True}, [".a"]),
        ({"a": 1}, {"a": 1, "b": 2}, ["all"]),
        ({"a": {"b": [1, 2]}}, {"a": {"b": [1, 3]}}, [".a.b[1]"]),
        ({"a": [1]}, {"a": [1, 2]}, [".a"]),
        ({"header": "1/8/…"}, {"header": "1/9/abc"}, [".header"]),
        (None, None, []),
        ([], {}, ["all"]),
    ],
)
def test_value__shown_and_came__says_where_they_differ(shown: Any, came: Any, at: list[str]) -> None:
    assert [each.partition(":")[0] for each in differences(shown, came)] == at
