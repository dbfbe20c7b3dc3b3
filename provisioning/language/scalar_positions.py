"""Where a character of a scalar's value stands in the document: past quotes, escapes, folds and indentation."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator

from provisioning.language.document import Scalar

_BREAK = r"(?:\r\n|[\n\r\x85\u2028\u2029])"
# A fold: the blanks around one or more line breaks; between double quotes the first may be escaped.
_FOLD = rf"(?P<fold>[ \t]*{_BREAK}(?:[ \t]*{_BREAK})*[ \t]*)"
_JOINED = rf"(?P<joined>\\{_BREAK}(?:[ \t]*{_BREAK})*[ \t]*)"
_SINGLE_UNIT = re.compile(rf"{_FOLD}|''|.", re.DOTALL)
_DOUBLE_UNIT = re.compile(
    rf"{_FOLD}|{_JOINED}|\\(?:x[0-9a-fA-F]{{2}}|u[0-9a-fA-F]{{4}}|U[0-9a-fA-F]{{8}}|.)|.", re.DOTALL
)
_BREAKS = re.compile(_BREAK)
_LINE = re.compile(r"[^\r\n]+")


def source_offset(text: str, scalar: Scalar, offset: int) -> int:
    """The offset into the document's `text` of the character at `offset` in the scalar's value.

    What line breaks were folded into stands where the fold begins.
    """
    raw = text[scalar.start : scalar.end]
    if scalar.style in ("single", "double"):
        return scalar.start + _in_quotes(raw, scalar, offset)
    if scalar.style == "plain" and "\n" not in raw and "\r" not in raw:
        return scalar.start + min(offset, len(raw))
    return scalar.start + _in_lines(raw, scalar, offset)


def _in_quotes(raw: str, scalar: Scalar, offset: int) -> int:
    """Each escape is one character of the value, each fold as many as YAML makes of it."""
    unit, count = _SINGLE_UNIT if scalar.style == "single" else _DOUBLE_UNIT, 0
    for match in unit.finditer(raw, 1, len(raw) - 1):
        count += _length(match)
        if count > offset:
            return match.start()
    return max(len(raw) - 1, 0)


def _length(match: re.Match[str]) -> int:
    """How many characters of the value this piece of the source is (YAML 1.1, as libyaml reads it)."""
    kind = match.lastgroup
    if kind is None:
        return 1
    breaks = _BREAKS.findall(match[0])
    if kind == "joined":
        return len(breaks) - 1
    return len(breaks) if breaks[0] in "\u2028\u2029" else max(len(breaks) - 1, 1)


def _in_lines(raw: str, scalar: Scalar, offset: int) -> int:
    """By the last line that begins in the value at or before the offset."""
    found = list(_line_beginnings(raw, scalar))
    if not found:
        return 0
    at = bisect_right([value_start for value_start, _ in found], offset) - 1
    value_start, raw_start = found[max(at, 0)]
    return min(raw_start + max(offset - value_start, 0), len(raw))


def _line_beginnings(raw: str, scalar: Scalar) -> Iterator[tuple[int, int]]:
    """Where each line's text begins, in the value and in the source."""
    cursor, body = 0, _body(raw, scalar)
    for match in _LINE.finditer(raw, body):
        content = match[0].lstrip(" \t")
        start = match.end() - len(content)
        sought = content.rstrip()
        if not sought:
            continue
        at = scalar.text.find(sought, cursor)
        if at >= 0:
            yield at, start
            cursor = at + len(sought)


def _body(raw: str, scalar: Scalar) -> int:
    """Where the content begins: behind the line of `|` or `>`."""
    return 0 if scalar.style == "plain" else raw.find("\n") + 1 or len(raw)
