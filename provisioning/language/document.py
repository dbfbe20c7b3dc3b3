"""A YAML document as a tree in which everything knows where it stands."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

Style = Literal["plain", "single", "double", "literal", "folded"]

_LONGEST_LINE = 2000
_LINE_BREAK = re.compile(r"\r\n|\n|\r")


@dataclass(frozen=True, slots=True)
class Scalar:
    """A single value. `text` is what YAML reads; `start` and `end` are offsets into the document's text."""

    text: str
    style: Style
    start: int
    end: int

    @property
    def absent(self) -> bool:
        """Whether nothing stands there (`name:` and then the next line)."""
        return self.style == "plain" and not self.text


@dataclass(frozen=True, slots=True)
class SequenceNode:
    """A list; `flow` is the form in brackets."""

    items: tuple[Node, ...]
    start: int
    end: int
    flow: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """A key and its value."""

    key: Scalar
    value: Node


@dataclass(frozen=True, slots=True)
class MappingNode:
    """Keys with values, in the order of the document; a key that stands twice is here twice."""

    entries: tuple[Entry, ...]
    start: int
    end: int
    flow: bool = False

    def get(self, key: str) -> Node | None:
        """The first value under `key`."""
        return next((entry.value for entry in self.entries if entry.key.text == key), None)


@dataclass(frozen=True, slots=True)
class Broken:
    """A value that could not be read and has been reported; nobody needs to complain about it again."""

    start: int
    end: int


Node = Scalar | SequenceNode | MappingNode | Broken


@dataclass(frozen=True, slots=True)
class Position:
    """A place in the text, counted from 1, columns in characters."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Flaw:
    """Something that YAML, or this language's share of it, does not allow. `at` is an offset into the text."""

    at: int
    code: str
    message: str
    hint: str = ""
    mended: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """The text, its tree, and what was wrong on the way. `complete` is False after a syntax error."""

    text: str
    root: Node | None = None
    flaws: tuple[Flaw, ...] = ()
    complete: bool = True
    line_starts: tuple[int, ...] = field(default=(0,), repr=False)

    def position(self, offset: int) -> Position:
        """Line and column of an offset into the text."""
        line = bisect_right(self.line_starts, offset)
        return Position(line, offset - self.line_starts[line - 1] + 1)

    def line(self, number: int) -> str:
        """The text of a line, counted from 1, without its line break."""
        start = self.line_starts[number - 1]
        end = self.line_starts[number] if number < len(self.line_starts) else len(self.text)
        return self.text[start:end].rstrip("\r\n")

    def short_line(self, offset: int) -> str:
        """The line around an offset; empty when it is too long for people, and for looking at it again and again."""
        number = self.position(offset).line
        end = self.line_starts[number] if number < len(self.line_starts) else len(self.text)
        return self.line(number) if end - self.line_starts[number - 1] <= _LONGEST_LINE else ""


def line_starts(text: str) -> tuple[int, ...]:
    """The offset at which each line of `text` begins."""
    return (0, *(match.end() for match in _LINE_BREAK.finditer(text)))


def scalars(node: Node | None) -> Iterator[Scalar]:
    """Every key and value at and below a node, in no order."""
    pending = [node]
    while pending:
        current = pending.pop()
        if isinstance(current, Scalar):
            yield current
        elif isinstance(current, SequenceNode):
            pending.extend(current.items)
        elif isinstance(current, MappingNode):
            pending.extend(part for entry in current.entries for part in (entry.key, entry.value))
