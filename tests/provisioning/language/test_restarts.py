"""Attributes whose stored values start empty with another configuration."""

from __future__ import annotations

import pytest

from provisioning.language.restarts import restarts

HEAD = "attributes:\n  - {name: kept, type: imported}\n"


def told(old: str, new: str) -> list[str]:
    """The warnings of two attributes' fields."""
    found = restarts(f"{HEAD}  - {{{old}}}", f"{HEAD}  - {{{new}}}")
    assert {(problem.code, problem.severity, problem.path, problem.line, problem.column) for problem in found} <= {
        ("starts-empty", "warning", "attributes[1]", 3, 5)
    }
    return [problem.message.partition("the stored values of ")[2] for problem in found]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("name: n, type: counter", "name: n, type: counter, window: 7d", "n start empty: its window changed"),
        ("name: n, type: counter, window: 7d", "name: n, type: counter", "n start empty: its window changed"),
        ("name: n, type: counter, window: 7d", "name: n, type: counter, window: 8d",
         "n start empty: its window changed"),
        ("name: n, type: list, value: a", "name: n, type: single, value: a", "n start empty: its type changed"),
        ("name: n, type: counter, window: 7d", "name: n, type: list, value: a",
         "n start empty: its type and its window changed"),
        ("name: n, type: counter, event: e", "name: m, type: counter, event: e",
         "m start empty: it was called n before"),
    ],
)  # fmt: skip
def test_restarts__another_type_window_or_name__is_a_warning(old: str, new: str, message: str) -> None:
    assert told(old, new) == [message]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("name: n, type: counter, window: 7d", "name: n, type: counter, window: 168h"),
        ("name: n, type: counter", "name: n, type: counter, event: e, if: EVENT.a, increment: 2, sensitive: true"),
        ("name: n, type: list, max_items: 5", "name: n, type: list, max_items: 6, expire_after: 3d, distinct: false"),
        ("name: n, type: single, aggregation: max", "name: n, type: single, aggregation: min"),
        ("name: n, type: counter", "name: other, type: list"),
        ("name: n, type: counter", "type: counter"),
    ],
)
def test_restarts__what_is_held_stays__no_warning(old: str, new: str) -> None:
    assert told(old, new) == []


@pytest.mark.parametrize("text", ["", "a: [", "attributes: 1", "attributes: [1, {}]", "[]"])
def test_restarts__a_text_without_attributes__no_warning(text: str) -> None:
    assert restarts(text, HEAD) == restarts(HEAD, text) == ()
