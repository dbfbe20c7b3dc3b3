"""A unified difference as two columns: what was, and beside it what it became."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice, zip_longest
from typing import Literal

_PLACE = re.compile(r"@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@", re.ASCII)

_MOST_ROWS = 2000  # a page of more is slow, and nobody reads it


@dataclass(frozen=True, slots=True)
class Side:
    """A line of one of the texts with its number from 1; `start`, `middle`, `end`: only the middle differs."""

    number: int
    start: str
    middle: str = ""
    end: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """Two lines that stand beside each other; of one that was added or removed the other side is None.

    `gap`: what stands between this row and the one above is the same on both sides, and left out.
    """

    kind: Literal["same", "changed", "added", "removed"]
    old: Side | None
    new: Side | None
    gap: bool = False


@dataclass(frozen=True, slots=True)
class Sides:
    """Two texts beside each other: their names, and the rows around what differs; `cut`: there are more."""

    old_name: str
    new_name: str
    rows: Sequence[Row]
    cut: bool


def side_by_side(unified: str) -> Sides:
    """The two columns of a unified difference, its first 2,000 rows."""
    lines = unified.splitlines()
    names = [line[4:] for line in lines[:2]] if unified.startswith("--- ") else ["", ""]
    rows = list(islice(_all_rows(lines), _MOST_ROWS + 1))
    return Sides(names[0], names[1], rows[:_MOST_ROWS], len(rows) > _MOST_ROWS)


def _all_rows(lines: Sequence[str]) -> Iterator[Row]:
    for index, part in enumerate(_parts(lines)):
        before_it = index > 0 or part.old > 1 or part.new > 1
        for place, row in enumerate(_rows(part.lines, part.old, part.new)):
            yield replace(row, gap=place == 0 and before_it)


@dataclass(frozen=True, slots=True)
class _Part:
    old: int
    new: int
    lines: list[str]


def _parts(lines: Sequence[str]) -> Iterator[_Part]:
    current: _Part | None = None
    for line in lines:
        place = _PLACE.match(line)
        if place:
            if current:
                yield current
            current = _Part(int(place[1]), int(place[2]), [])
        elif current:
            current.lines.append(line)
    if current:
        yield current


def _rows(lines: Sequence[str], old: int, new: int) -> Iterator[Row]:
    removed: list[str] = []
    added: list[str] = []
    for line in (*lines, None):
        if line is not None and line.startswith("-"):
            removed.append(line[1:])
        elif line is not None and line.startswith("+"):
            added.append(line[1:])
        else:
            yield from _pairs(removed, added, old, new)
            old, new = old + len(removed), new + len(added)
            removed, added = [], []
            if line is not None:
                yield Row("same", Side(old, line[1:]), Side(new, line[1:]))
            old, new = old + 1, new + 1


def _pairs(removed: Sequence[str], added: Sequence[str], old: int, new: int) -> Iterator[Row]:
    for place, (before, after) in enumerate(zip_longest(removed, added)):
        if after is None:
            yield Row("removed", Side(old + place, "", before), None)
        elif before is None:
            yield Row("added", None, Side(new + place, "", after))
        else:
            yield _changed(before, after, old + place, new + place)


def _changed(before: str, after: str, old: int, new: int) -> Row:
    head = _shared(before, after)
    tail = _shared(before[head:][::-1], after[head:][::-1])
    return Row("changed", _side(old, before, head, tail), _side(new, after, head, tail))


def _shared(one: str, other: str) -> int:
    """How many characters both begin with."""
    differs = (place for place, (a, b) in enumerate(zip(one, other, strict=False)) if a != b)
    return next(differs, min(len(one), len(other)))


def _side(number: int, text: str, head: int, tail: int) -> Side:
    end = len(text) - tail
    return Side(number, text[:head], text[head:end], text[end:])
