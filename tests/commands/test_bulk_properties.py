"""Whatever a file holds, reading it ends in rows, bad rows or a broken file, and never otherwise."""

from __future__ import annotations

import csv
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from p13nadmin.bulk.columns import Column, Columns, moment, number, text, words
from p13nadmin.bulk.rows import BadRow, BrokenFile, Row
from p13nadmin.bulk.source import FORMATS, read_rows
from p13nadmin.commands import printable

COLUMNS = Columns(
    (
        Column("account", number),
        Column("name", text),
        Column("tags", words, required=False),
        Column("at", moment, False),
    )
)
PIECES = ["account", "name", "tags", "at", ",", ";", "\n", "\r\n", '"', "1", "[", "]", "{", "}", ": ", "- ", "\\u", "&"]
SOUP = st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=40).map("".join)
NAMES = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1).filter(lambda name: name.strip() == name)


def read(raw: bytes, format: str) -> list[Row | BadRow] | BrokenFile:
    try:
        return list(read_rows(io.BytesIO(raw), format, COLUMNS))
    except BrokenFile as error:
        return error


@pytest.mark.parametrize("format", FORMATS)
@given(raw=st.binary(max_size=200) | SOUP.map(str.encode))
def test_any_bytes__read__rows_or_a_broken_file(format: str, raw: bytes) -> None:
    read_out = read(raw, format)
    lines = [read_out.line] if isinstance(read_out, BrokenFile) else [row.line for row in read_out]
    assert lines == sorted(lines)
    assert all(1 <= line <= raw.count(b"\n") + 2 for line in lines)


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.integers() | st.text(), st.lists, max_leaves=5))
def test_any_json_value__as_every_column__never_a_good_row(value: object) -> None:
    entry = json.dumps([{"account": value, "name": value, "tags": value, "at": value}])
    read_out = read(entry.encode(), "json")
    if isinstance(read_out, BrokenFile):
        assert any(word in read_out.reason for word in ("NaN", "Infinity", "20 digits"))
    else:
        assert [type(row) for row in read_out] == [BadRow]


@given(st.lists(st.tuples(st.integers(1, 2**53 - 1), NAMES), max_size=10))
def test_good_rows__in_every_format__read_as_written(entries: list[tuple[int, str]]) -> None:
    table = io.StringIO()
    csv.writer(table).writerows([("account", "name"), *entries])
    objects = [json.dumps({"account": account, "name": name}) for account, name in entries]
    expected = [{"account": account, "name": name, "tags": None, "at": None} for account, name in entries]
    for format, content in (
        ("csv", table.getvalue()),
        ("json", f"[{','.join(objects)}]"),
        ("jsonl", "\n".join(objects)),
    ):
        rows = read(content.encode(), format)
        assert not isinstance(rows, BrokenFile)
        assert [row.values for row in rows if isinstance(row, Row)] == expected


@given(st.text())
def test_printable__any_text__one_line_that_every_terminal_takes(value: str) -> None:
    shown = printable(value)
    assert shown.isprintable()
    assert len(shown.splitlines()) <= 1
    shown.encode()
