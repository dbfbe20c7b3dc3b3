"""Names of databases and tables, and paths that are never one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.names import RESERVED_SEGMENTS, database_problem, is_name, table_problem


@pytest.mark.parametrize("name", ["abc", "a" * 128, "___", "012", "your_database"])
def test_is_name__within_the_rules__yes(name: str) -> None:
    assert is_name(name)


@pytest.mark.parametrize(
    "name", ["", "ab", "a" * 129, "Abc", "a-b", "a.b.c", "abc\n", "\nabc", "äbc", "abс", "٣٣٣", "a b c", "abc\0"]
)
def test_is_name__near_miss__no(name: str) -> None:
    assert not is_name(name)
    assert database_problem(name)
    assert table_problem(name)


@given(name=st.from_regex(r"[0-9a-z_]{3,128}", fullmatch=True))
def test_is_name__every_text_of_the_form__yes(name: str) -> None:
    assert is_name(name) is name.isascii()


@pytest.mark.parametrize("segment", sorted(RESERVED_SEGMENTS))
def test_reserved__a_database__refused_but_a_table_may_be(segment: str) -> None:
    assert segment in database_problem(segment)
    assert not table_problem(segment)


def test_reserved__the_list__is_closed() -> None:
    assert sorted(RESERVED_SEGMENTS) == [
        "accounts", "admin", "docs", "events", "healthz", "instances", "keys", "media", "metrics", "profiles",
        "provision", "public", "readyz", "routing", "schema", "static", "tokens",
    ]  # fmt: skip


def test_reserved__every_route_of_the_control_plane__starts_with_one_or_has_a_hyphen() -> None:
    from p13nadmin.urls import urlpatterns

    def segments(patterns: list[object]) -> set[str]:
        found: set[str] = set()
        for each in patterns:
            route = str(each.pattern)  # type: ignore[attr-defined]
            found |= {route.partition("/")[0]} if route else segments(getattr(each, "url_patterns", []))
        return found

    assert {segment for segment in segments(list(urlpatterns)) if "-" not in segment} <= RESERVED_SEGMENTS
