"""The reference tables of the configuration language say what the definition of the language says."""

from __future__ import annotations

import re

import pytest

from personalization.engine import MAX_VALUE_SIZE
from personalization.identity import MAX_KEY_VALUE
from personalization.profile import MAX_KEY_VALUES, MAX_PROFILE_SIZE
from provisioning.language import schema
from provisioning.language.durations import show_duration
from provisioning.language.loading import MAX_BYTES, MAX_DEPTH, MAX_NODES
from provisioning.language.schema import Field, Kind, Record
from provisioning.language.value_trees import MAX_HEADERS
from tests.docs.blocks import ROOT, Cell, Table, tables
from tests.docs.examples import checked

PAGE = ROOT / "docs" / "configuration.md"
TABLES = tables(PAGE)
RECORDS = {
    "The document": schema.CONFIGURATION,
    "keys": schema.KEY,
    "events": schema.EVENT,
    "attributes": schema.ATTRIBUTE,
    "offers": schema.OFFER,
    "Rules": schema.RULE,
    "activations": schema.ACTIVATION,
    "Webhooks": schema.WEBHOOK,
    "tests": schema.TEST,
    "Steps": schema.STEP,
}
FIELDS = [pytest.param(heading, field, id=f"{heading} {field.name}")
          for heading, record in RECORDS.items() for field in record.fields]  # fmt: skip


def _table(heading: str) -> Table:
    return next(table for table in TABLES if table.heading == heading and table.header[0] == "field")


def _cell(heading: str, field: Field, column: str) -> Cell:
    table = _table(heading)
    row = next(row for row in table.rows if row[0].text == field.name)
    return row[table.header.index(column)]


@pytest.mark.parametrize(("heading", "record"), RECORDS.items(), ids=RECORDS)
def test_table__its_fields__are_those_of_the_language_in_order(heading: str, record: Record) -> None:
    assert [row[0].text for row in _table(heading).rows] == [field.name for field in record.fields]


@pytest.mark.parametrize(("heading", "field"), FIELDS)
def test_field__what_it_takes__is_told(heading: str, field: Field) -> None:
    cell = _cell(heading, field, "takes")

    if field.kind is Kind.CHOICE:
        assert cell.code == field.choices
    elif field.kind is Kind.RECORDS:
        assert cell.text == "list"
    else:
        assert cell.text == field.kind.value


@pytest.mark.parametrize(("heading", "field"), FIELDS)
def test_field__its_default__is_told(heading: str, field: Field) -> None:
    assert _cell(heading, field, "default").text == _default(field)


def _default(field: Field) -> str:
    if field.required:
        return "required"
    if isinstance(field.default, bool):
        return str(field.default).lower()
    if field.kind is Kind.DURATION and field.default:
        return show_duration(field.default)
    return str(field.default or "none")


@pytest.mark.parametrize(("heading", "field"), FIELDS)
def test_field__its_limit__is_told(heading: str, field: Field) -> None:
    limit = _cell(heading, field, "limit").text
    wanted = _limit(field)

    assert wanted in limit


def _limit(field: Field) -> str:
    if field.kind is Kind.DURATION:
        return f"{show_duration(field.minimum or 0)} to {show_duration(field.maximum or 0)}"
    if field.minimum is not None and field.minimum == field.maximum:
        return str(field.minimum)
    if field.minimum is not None and field.maximum is not None:
        return f"{field.minimum:,} to {field.maximum:,}"
    if field.maximum is not None:
        return f"at most {field.maximum:,}"
    return "at least 1" if field.minimum else ""


@pytest.mark.parametrize("field", schema.ATTRIBUTE.fields, ids=lambda field: field.name)
def test_attribute_field__the_types_that_have_it__are_told(field: Field) -> None:
    assert _cell("attributes", field, "types").text == (", ".join(field.variants) or "all")


def test_limits__those_of_the_table__are_those_of_the_code() -> None:
    told = {row[0].text: int(re.sub(r"\D", "", row[1].text)) for row in _limits()}

    assert told == {
        "the document": MAX_BYTES // 1024**2,
        "its keys and values": MAX_NODES,
        "the name of an output key": schema.NAME_LENGTH,
        "nesting of lists and mappings": MAX_DEPTH,
        "an expression": schema.EXPRESSION_BYTES,
        "output keys of a rule": schema.DATA_KEYS,
        "headers of a webhook": MAX_HEADERS,
        "a stored value": MAX_VALUE_SIZE,
        "a key value": MAX_KEY_VALUE,
        "a profile": MAX_PROFILE_SIZE,
        "key values of a profile": MAX_KEY_VALUES,
    }


def _limits() -> tuple[tuple[Cell, ...], ...]:
    return next(table for table in TABLES if table.heading == "Limits").rows


ELSEWHERE = next(table for table in TABLES if table.header == ("there", "here")).rows


@pytest.mark.parametrize("row", ELSEWHERE, ids=lambda row: row[0].text)
def test_name_from_elsewhere__used_as_a_field__is_answered_with_ours(row: tuple[Cell, ...]) -> None:
    problems = checked(f"attributes:\n  - {{name: x, type: imported, {row[0].text}: 1}}\n").problems
    hints = [problem.hint for problem in problems if problem.code == "unknown-field"]

    assert hints == [f"write `{row[1].text}`"]
