"""Where in a configuration an expression stands, by its names."""

from __future__ import annotations

import pytest

from provisioning.language.document import Position
from provisioning.language.expression_places import ExpressionPlaces

TEXT = r"""
events:
  - {name: page, database: shop, table: pages, if: EVENT.a.b}
attributes:
  - name: seen
    type: list
    event: page
    value: "\x24{EVENT.a.b}"
offers:
  - name: one
    set: {event: page, if: '${EVENT.a.b}', data: {rule 1: x}}
  - name: two
    set:
      - event: page
        data:
          text: Hello ${EVENT.a.b}
      - event: page
        if: >-
          EVENT.x
          && EVENT.a.b
        data:
          tree: [1, {deep: ['${1}', '${ EVENT.a.b }']}]
          rule 7: ${EVENT.a.b}
activations:
  - name: told
    event: page
    webhook: {url: "https://x.example/", body: {a: "${EVENT.a.b}"}}
"""
SOURCE = "EVENT.a.b"


def at(sought: str, *, after: str = "") -> Position:
    """Where a text stands in TEXT, the first time after another one."""
    offset = TEXT.index(sought, TEXT.index(after))
    return Position(TEXT.count("\n", 0, offset) + 1, offset - TEXT.rfind("\n", 0, offset))


@pytest.mark.parametrize(
    ("where", "source", "offset", "expected"),
    [
        (("events", "page", "if"), SOURCE, 8, at("b}")),
        (("attributes", "seen", "value"), "${EVENT.a.b}", 10, at('b}"')),
        (("offers", "one", "rule 1", "if"), SOURCE, 8, at("b}'", after="one")),
        (("offers", "two", "rule 1", "data", "text"), "Hello ${EVENT.a.b}", 16, at("b}", after="Hello")),
        (("offers", "two", "rule 2", "if"), "EVENT.x && EVENT.a.b", 19, at("b\n", after="&& ")),
        (("offers", "two", "rule 2", "data", "tree"), "${ EVENT.a.b }", 11, at("b }'")),
        (("offers", "two", "rule 2", "data", "rule 7"), "${EVENT.a.b}", 10, at("b}", after="rule 7")),
        (("activations", "told", "webhook", "body"), "${EVENT.a.b}", 10, at("b}", after="body")),
    ],
)
def test_character__of_each_part__is_found(
    where: tuple[str, ...], source: str, offset: int, expected: Position
) -> None:
    assert ExpressionPlaces(TEXT).character(*where, source=source, offset=offset) == expected


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        (("attributes", "seen", "value"), at('"\\x24')),
        (("attributes", "seen", "increment"), at("name: seen")),
        (("offers", "two", "rule 2"), at("event: page\n        if")),
        (("offers", "two", "rule 9", "if"), at("- event: page\n        data")),
        (("offers", "none", "rule 1"), None),
        (("nothing", "none"), None),
    ],
)
def test_part__left_out__is_what_it_belongs_to(where: tuple[str, ...], expected: Position | None) -> None:
    assert ExpressionPlaces(TEXT).part(*where) == expected


def test_character__source_that_stands_nowhere__is_the_part() -> None:
    found = ExpressionPlaces(TEXT).character("events", "page", "if", source="other", offset=3)

    assert found == at("EVENT.a.b}")


@pytest.mark.parametrize("text", ["", "[", "5", "offers: {}", b"\xff", "offers: [5, [one], {name: [one]}]"])
def test_part__hopeless_text__is_nowhere(text: str | bytes) -> None:
    assert ExpressionPlaces(text).part("offers", "one", "rule 1") is None
