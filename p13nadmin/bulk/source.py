"""Where the rows of a bulk file come from: a named file or standard input, in one of four formats."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from p13nadmin.bulk.columns import Columns
from p13nadmin.bulk.delimited import read_csv
from p13nadmin.bulk.jsontext import read_json, read_json_lines
from p13nadmin.bulk.rows import BadRow, Rows
from p13nadmin.bulk.text import decoded_lines
from p13nadmin.bulk.yamltext import read_yaml

FORMATS = ("csv", "json", "jsonl", "yaml")
STANDARD_INPUT = "-"
_BY_ENDING = {".csv": "csv", ".json": "json", ".jsonl": "jsonl", ".ndjson": "jsonl", ".yaml": "yaml", ".yml": "yaml"}


class UnknownFormat(ValueError):
    """The name of the file does not tell its format."""


def format_of(name: str, given: str | None) -> str:
    """The format asked for, else the one that the name's ending tells. Raises UnknownFormat."""
    found = given or _BY_ENDING.get(Path(name).suffix.lower())
    if found is None:
        raise UnknownFormat(f"say what it is with --format {'|'.join(FORMATS)}")
    return found


@contextmanager
def opened(name: str) -> Iterator[BinaryIO]:
    """The named file, or standard input for `-`. Raises OSError."""
    if name == STANDARD_INPUT:
        yield sys.stdin.buffer
    else:
        with Path(name).open("rb") as stream:
            yield stream


def read_rows(stream: BinaryIO, format: str, columns: Columns) -> Rows:
    """Every row with its values read by `columns`. Raises BrokenFile where the file cannot be read further."""
    lines = decoded_lines(stream)
    for row in _raw_rows(lines, format, columns):
        yield row if isinstance(row, BadRow) else columns.read(row)


def _raw_rows(lines: Iterator[str], format: str, columns: Columns) -> Rows:
    if format == "csv":
        return read_csv(lines, columns)
    if format == "json":
        return read_json(lines)
    return read_json_lines(lines) if format == "jsonl" else read_yaml(lines)
