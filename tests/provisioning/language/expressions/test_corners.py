"""The corners of JavaScript: what V8 answered is written down beside each expression."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.provisioning.language.expressions.javascript import EVENT, PROFILE, Node, alike, ask_us

TABLES = sorted(Path(__file__).with_name("corners").glob("*.txt"))
# Written as escapes here, where a line of the tables could not hold them.
OVER_LINES = [
    ('"a\\\nb"', '"ab"'),
    ("`a\nb`", '"a\\nb"'),
    ("`a\r\nb`", '"a\\nb"'),
    ("1 +\n2", "3"),
    ("\u00a01\u2028+\ufeff2\n", "3"),
    ("'\u2028'", '"\\u2028"'),
]


def rows(table: Path) -> list[tuple[str, str]]:
    lines = table.read_text(encoding="utf-8").split("\n")
    return [(source, answer) for source, _, answer in (line.partition("  ⟹  ") for line in lines if line)]


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.stem)
def test_corner__asked_of_us__gives_what_v8_gave(table: Path) -> None:
    different = [
        (source, answer, ours)
        for source, answer in rows(table)
        if not alike(source, ours := ask_us(source, PROFILE, EVENT), answer)
    ]
    assert different == []


@pytest.mark.parametrize(("source", "answer"), OVER_LINES)
def test_line_ends__in_a_source__mean_what_they_mean_to_v8(source: str, answer: str) -> None:
    assert ask_us(source, PROFILE, EVENT) == answer


@pytest.mark.node
@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.stem)
def test_corner__asked_of_v8_again__gives_what_is_written_down(table: Path, node: Node) -> None:
    written = rows(table)
    answers = node.ask_all([(source, PROFILE, EVENT) for source, _ in written])
    different = [
        (source, answer, theirs)
        for (source, answer), theirs in zip(written, answers, strict=True)
        if not alike(source, theirs, answer)
    ]
    assert different == []


@pytest.mark.node
@pytest.mark.parametrize(("source", "answer"), OVER_LINES)
def test_line_ends__asked_of_v8_again__mean_the_same(source: str, answer: str, node: Node) -> None:
    assert node.ask(source, PROFILE, EVENT) == answer


def test_tables__together__hold_several_hundred_corners() -> None:
    assert sum(len(rows(table)) for table in TABLES) > 900
