"""CSV with a header line; commas, semicolons or tabs, as spreadsheets write them."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from itertools import chain

from p13nadmin.bulk.columns import Columns
from p13nadmin.bulk.rows import BadRow, BrokenFile, Row, Rows

_DELIMITERS = ",;\t"
_WORDS = {
    "field limit": "a cell is longer than 131072 characters; is a closing quote missing?",
    "expected after": 'a quoted cell goes on after its closing quote; write a quote inside a cell as ""',
    "end of data": "a quote is opened and never closed",
    "new-line": "lines end with a lone carriage return; save the file with line feeds",
}

_Record = tuple[int, list[str] | BadRow]


def read_csv(lines: Iterator[str], columns: Columns) -> Rows:
    """The rows under the header line, by column name; blank lines are skipped.

    Raises BrokenFile when the header is not what the columns ask for.
    """
    records = _records(lines)
    header: tuple[str, ...] = ()
    for line, record in records:
        if isinstance(record, BadRow):
            if not header:
                raise BrokenFile(line, record.reasons[0])
            yield record
        elif header:
            yield _row(line, header, record)
        else:
            header = _header(line, record, columns)


def _header(line: int, record: list[str], columns: Columns) -> tuple[str, ...]:
    names = tuple(columns.spelt(cell) for cell in record)
    problems = columns.name_problems(names)
    if problems:
        raise BrokenFile(line, f"{'; '.join(problems)}; the first line names the columns: {columns.listing}")
    return names


def _row(line: int, header: tuple[str, ...], cells: list[str]) -> Row | BadRow:
    if len(cells) != len(header):
        return BadRow(line, (f"{len(header)} cells are expected, {len(cells)} found",))
    return Row(line, {name: cell.strip() or None for name, cell in zip(header, cells, strict=True)})


def _records(lines: Iterable[str]) -> Iterator[_Record]:
    lines = iter(lines)
    first = next(lines, "")
    delimiter = max(_DELIMITERS, key=first.count)
    reader = csv.reader(chain((first,), lines), delimiter=delimiter, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield line, BadRow(line, (_in_words(str(error)),))
            continue
        if any(cell.strip() for cell in cells):
            yield line, cells


def _in_words(error: str) -> str:
    return next((words for part, words in _WORDS.items() if part in error), "this is not CSV")
