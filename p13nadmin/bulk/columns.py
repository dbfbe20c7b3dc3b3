"""The columns of a bulk file: their names, which are required, and how a value is read."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from typing import Any

from p13nadmin.bulk.rows import BadRow, Row
from p13nadmin.commands import read_number, read_time

_LOOKS_LIKE_A_NAME = re.compile(r"[A-Za-z][A-Za-z _-]{0,30}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Column:
    """`read` turns a value that is there into what it means; raises ValueError with what is expected instead."""

    name: str
    read: Callable[[Any], Any]
    required: bool = True


@dataclass(frozen=True, slots=True)
class Columns:
    """All columns of one kind of file."""

    columns: tuple[Column, ...]

    @property
    def listing(self) -> str:
        """The names as a header line."""
        return ",".join(column.name for column in self.columns)

    def spelt(self, cell: str) -> str:
        """The column that a cell of the header line means: as it is written, or in lower case."""
        name = cell.strip()
        return name if any(column.name == name for column in self.columns) else name.lower()

    def name_problems(self, names: Sequence[str]) -> list[str]:
        """What is wrong with the columns that a file names: unknown, twice, missing."""
        known = [column.name for column in self.columns]
        unknown = [_unknown(name, at, known) for at, name in enumerate(names, start=1) if name not in known]
        twice = [f"the column {name} appears twice" for name in known if names.count(name) > 1]
        missing = [
            f"the column {column.name} is missing"
            for column in self.columns
            if column.required and column.name not in names
        ]
        return unknown + twice + missing

    def read(self, row: Row) -> Row | BadRow:
        """The row with its values read; absent ones are None. A BadRow names every reason."""
        known = [column.name for column in self.columns]
        reasons = [_unknown(name, at, known) for at, name in enumerate(row.values, start=1) if name not in known]
        values: dict[str, Any] = {}
        for column in self.columns:
            try:
                values[column.name] = _read(column, row.values.get(column.name))
            except ValueError as error:
                reasons.append(f"{column.name}: {error}")
        return BadRow(row.line, tuple(reasons)) if reasons else Row(row.line, values)


def _read(column: Column, value: Any) -> Any:
    if value is None or value == "":
        if column.required:
            raise ValueError("is missing")
        return None
    return column.read(value)


def _unknown(name: str, at: int, known: Sequence[str]) -> str:
    # A file without a header line has its first row here, secrets included: quote nothing but likely names.
    if not _LOOKS_LIKE_A_NAME.fullmatch(name):
        return f"column {at} has no known name"
    near = get_close_matches(name.lower(), known, n=1)
    return f"there is no column “{name}”" + (f"; did you mean {near[0]}?" if near else "")


def number(value: Any) -> int:
    """An account's or instance's number."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise ValueError("a number is expected")
    return read_number(str(value))


def text(value: Any) -> str:
    """Text as it stands."""
    if not isinstance(value, str):
        raise ValueError("text is expected")
    return value


def words(value: Any) -> tuple[str, ...]:
    """A list of texts, or one text whose parts stand apart by spaces."""
    parts = value.split() if isinstance(value, str) else value
    if not isinstance(parts, list) or not all(isinstance(part, str) for part in parts):
        raise ValueError("a list is expected")
    return tuple(parts)


def moment(value: Any) -> datetime:
    """A time with its zone, in UTC."""
    return read_time(text(value))
