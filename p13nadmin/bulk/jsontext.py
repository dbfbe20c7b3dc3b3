"""JSON lists of objects, and JSON Lines, with the line of every entry."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, NoReturn

from p13nadmin.bulk.rows import BadRow, BrokenFile, Row, Rows

_BLANK = " \t\r\n"


def read_json(lines: Iterable[str]) -> Rows:
    """The objects of one JSON list. Raises BrokenFile when it is not one."""
    for line, value in _elements("".join(lines)):
        yield _row(line, value)


def read_json_lines(lines: Iterable[str]) -> Rows:
    """One object a line; blank lines are skipped."""
    for number, line in enumerate(lines, start=1):
        if line.strip(_BLANK):
            try:
                yield _row(number, _DECODER.decode(line))
            except (ValueError, RecursionError) as error:
                yield BadRow(number, (_in_words(error),))


def _row(line: int, value: Any) -> Row | BadRow:
    return Row(line, value) if isinstance(value, dict) else BadRow(line, ("an object is expected",))


def _elements(text: str) -> Iterator[tuple[int, Any]]:
    place = _Place(text)
    place.expect("[", 'a list of objects is expected: [{"account": 1, …}, …]; for one object a line use --format jsonl')
    if not place.take("]"):
        yield place.value()
        while not place.take("]"):
            place.expect(",", "“,” or “]” is expected after an entry")
            yield place.value()
    if place.next():
        place.fail("nothing may follow the list")


class _Place:
    """Where reading has come to, and on which line."""

    def __init__(self, text: str) -> None:
        self._text, self._at, self._line = text, 0, 1

    def next(self) -> str:
        start = self._at
        while self._text[self._at : self._at + 1] in tuple(_BLANK):
            self._at += 1
        self._line += self._text.count("\n", start, self._at)
        return self._text[self._at : self._at + 1]

    def take(self, char: str) -> bool:
        found = self.next() == char
        self._at += found
        return found

    def expect(self, char: str, reason: str) -> None:
        if not self.take(char):
            self.fail(reason)

    def value(self) -> tuple[int, Any]:
        self.next()
        line = self._line
        try:
            value, end = _DECODER.raw_decode(self._text, self._at)
        except json.JSONDecodeError as error:
            raise BrokenFile(error.lineno, _in_words(error)) from None
        except (ValueError, RecursionError) as error:
            raise BrokenFile(line, _in_words(error)) from None
        self._line += self._text.count("\n", self._at, end)
        self._at = end
        return line, value

    def fail(self, reason: str) -> NoReturn:
        raise BrokenFile(self._line, reason)


def _in_words(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "nested too deeply"
    if isinstance(error, json.JSONDecodeError):
        return f"this is not JSON, column {error.colno}: {error.msg}"
    return f"this is not JSON: {error}"


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key appears twice in one object")
    return found


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON value")


def _integer(digits: str) -> int:
    if len(digits) > 20:
        raise ValueError("a number has more than 20 digits")
    return int(digits)


_DECODER = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_no_constant, parse_int=_integer)
