"""What a reader makes of a file: rows, bad rows, or the news that it cannot be read any further."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any


class BrokenFile(Exception):
    """The file cannot be read beyond `line` (from 1), so that none of it is trusted."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line = line
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Row:
    """One entry and the line (from 1) on which it begins; the values are as they came, by column name."""

    line: int
    values: dict[str, Any]


@dataclass(frozen=True, slots=True)
class BadRow:
    """An entry that cannot be used, and why."""

    line: int
    reasons: tuple[str, ...]


Rows = Iterator[Row | BadRow]
