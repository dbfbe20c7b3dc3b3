"""Every row of the page on expressions is what the engine gives, and what JavaScript gives."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess

import pytest

from provisioning.language.expressions import ExpressionErrors, compile_expression
from provisioning.language.expressions import budget as budgets
from provisioning.language.expressions.members import METHOD_NAMES
from provisioning.language.expressions.names import CONSTANTS, FUNCTIONS
from tests.docs.blocks import Cell, Table, code_spans, tables
from tests.docs.expression_values import NOW, PAGE, given, result

Row = tuple[Cell, ...]
TABLES = tables(PAGE)


def _rows(*header: str) -> list[Row]:
    return [row for table in TABLES if table.header[: len(header)] == header for row in table.rows]


EXAMPLES = _rows("expression", "result")
DEVIATIONS = _rows("expression", "here", "in JavaScript")
INSTEAD = _rows("instead of", "write")


def _first(row: Row) -> str:
    return row[0].code[0]


@pytest.mark.parametrize("row", [*EXAMPLES, *DEVIATIONS], ids=_first)
def test_example__evaluated__gives_what_the_page_says(row: Row) -> None:
    assert result(_first(row)) == row[1].text


@pytest.mark.parametrize("row", INSTEAD, ids=_first)
def test_not_supported__what_others_write__is_refused(row: Row) -> None:
    with pytest.raises(ExpressionErrors):
        compile_expression(_first(row))


@pytest.mark.parametrize("row", INSTEAD, ids=_first)
def test_not_supported__what_to_write_instead__gives_a_value(row: Row) -> None:
    assert not result(row[1].code[0]).endswith("Error")


@pytest.mark.parametrize("name", sorted(METHOD_NAMES))
def test_page__every_method__is_on_it(name: str) -> None:
    words = " ".join(code for code, _ in code_spans(PAGE))

    assert re.search(rf"\b{name}\b", words)


@pytest.mark.parametrize("name", sorted({*FUNCTIONS, *CONSTANTS}))
def test_page__every_function_and_constant__is_on_it(name: str) -> None:
    codes = [code for code, _ in code_spans(PAGE)]
    short = name.removeprefix("Math.")

    assert short in codes or any(name in code for code in codes)


def test_page__budgets__are_those_of_the_code() -> None:
    table: Table = next(table for table in TABLES if table.heading == "Budgets")

    assert [int(re.sub(r"\D", "", row[1].text)) for row in table.rows] == [
        budgets.STEPS_PER_EXPRESSION,
        budgets.STEPS_PER_EVENT,
        budgets.MAX_TEXT,
        budgets.MAX_ITEMS,
        budgets.MAX_CALL_DEPTH,
        budgets.MAX_VALUE_DEPTH,
    ]


JAVASCRIPT = """
const [expressions, PROFILE, EVENT, NOW] = JSON.parse(require('fs').readFileSync(0, 'utf8'));
Date.now = () => NOW * 1000;
const word = value => value === undefined || typeof value === 'function' ? 'undefined'
  : typeof value === 'number' && !Number.isFinite(value) ? String(value)
  : Object.is(value, -0) ? '-0' : JSON.stringify(value);
const run = expression => {
  try { return word(new Function('PROFILE', 'EVENT', 'NOW', `return (${expression})`)(PROFILE, EVENT, NOW)); }
  catch (error) { return error.name; }
};
console.log(JSON.stringify(expressions.map(run)));
"""


@pytest.mark.node
def test_examples__in_a_real_javascript_engine__give_the_same() -> None:
    node = shutil.which("node")
    if node is None and os.environ.get("CI") != "true":
        pytest.skip("node is not installed")
    assert node is not None, "node is needed to compare with"
    expected = [(_first(row), row[1].text) for row in EXAMPLES if row[1].text != "BudgetError"]
    expected += [(_first(row), row[2].text) for row in DEVIATIONS]
    given_values = [[expression for expression, _ in expected], given("profile"), given("event"), NOW]

    answer = subprocess.run(
        [node, "-e", JAVASCRIPT],
        input=json.dumps(given_values),
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "TZ": "UTC"},
    )

    got = [_normal(text) for text in json.loads(answer.stdout)]
    assert dict(zip((expression for expression, _ in expected), got, strict=True)) == {
        expression: _normal(text) for expression, text in expected
    }


def _normal(text: str) -> str:
    """JSON without regard to blanks and escapes; other words as they are."""
    try:
        return json.dumps(json.loads(text, parse_int=float))
    except ValueError:
        return text
