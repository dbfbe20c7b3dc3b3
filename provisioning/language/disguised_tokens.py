"""Issued tokens that stand in a text in pieces or with their digits written as escapes, whatever the text is.

Only what is known to be issued gives way, so the search may be generous: no other text has these digits.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Final, NamedTuple

from provisioning.language.token_text import DIGEST_PREFIX
from tokens.header import digest

_DIGITS: Final = 32
_BATCH: Final = 5000
# The character codes of 0-9, A-F and a-f, in hex digits and in decimal ones.
_CODE: Final = "(?:3[0-9]|[46][1-6])"
_DECIMAL: Final = "(?:4[89]|5[0-7]|6[5-9]|70|9[7-9]|10[0-2])"
# A digit in YAML and JSON; in JavaScript's braces; in URLs; in HTML.
_ESCAPED: Final = (
    rf"\\x{_CODE}|\\u00{_CODE}|\\U000000{_CODE}|\\u\{{0{{0,6}}{_CODE}\}}|%{_CODE}"
    rf"|&#[xX]0{{0,6}}{_CODE};|&#0{{0,6}}{_DECIMAL};"
)
_OTHER_ESCAPE: Final = (
    r"\\x[0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\U[0-9a-fA-F]{8}|\\[nrtv0abefNLP_]|%[0-9a-fA-F]{2}|&#?[0-9A-Za-z]{1,8};"
)


# The digits at the end of an escape: read as they stand, when it is none.
_TAIL: Final = re.compile(r"([0-9a-fA-F]+)[;}]?\Z")


class _Reading:
    """A way to read digits: what one is, what may stand between two of them, and a sign that a run must hold.

    Escapes do not overlap, so a run has one reading, but for where in an escape it begins.
    """

    def __init__(self, digit: str, between: str, sign: str = "") -> None:
        self.run = re.compile(f"{digit}(?:{digit}|{between})*")
        self.sign = re.compile(sign)
        self.unit = re.compile(f"({digit})|{between}")


# Between two digits may stand whatever is no ASCII letter or digit: dashes, line ends, quotes, a `#`, a `+`.
_READINGS: Final = (
    _Reading(f"(?:{_ESCAPED}|[0-9a-fA-F])", f"(?!{_ESCAPED})(?:{_OTHER_ESCAPE}|[^0-9A-Za-z])"),
    # A sign before a digit may also be no escape; without one the first reading has seen the same digits.
    _Reading("[0-9a-fA-F]", "[^0-9A-Za-z]", r"[\\%&]"),
)


class _Candidate(NamedTuple):
    """What could be a token: its digest, and from where to where it is written."""

    digest: str
    start: int
    end: int


def redact_disguised(text: str, issued: Callable[[frozenset[str]], frozenset[str]]) -> str:
    """`text` with each issued token that is written in pieces or with escapes replaced by `sha256:` and its digest.

    `issued` tells which of up to 5,000 SHA-256 digests belong to issued tokens.
    """
    for reading in _READINGS:
        text = _replaced(text, _issued(_candidates(text, reading), issued))
    return text


def first_disguised(text: str, issued: Callable[[frozenset[str]], frozenset[str]]) -> int | None:
    """The offset at which the first of these tokens begins; None when there is none."""
    found = (_issued(_candidates(text, reading), issued) for reading in _READINGS)
    return min((each.start for candidates in found for each in candidates), default=None)


def _candidates(text: str, reading: _Reading) -> Iterator[_Candidate]:
    for run in reading.run.finditer(text):
        if run.end() - run.start() >= _DIGITS and reading.sign.search(run[0]):
            yield from _in_run(list(reading.unit.finditer(text, run.start(), run.end())))


def _in_run(units: Sequence[re.Match[str]]) -> Iterator[_Candidate]:
    """The candidates that begin with each digit, then those that begin within an escape."""
    digits = [unit for unit in units if unit[1]]
    values = "".join(_value(unit[1]) for unit in digits)
    for first in range(len(digits) - _DIGITS + 1):
        last = digits[first + _DIGITS - 1]
        yield _Candidate(digest(values[first : first + _DIGITS]), digits[first].start(), last.end())
    following = 0
    for unit in units:
        following += bool(unit[1])
        tail = _TAIL.search(unit[0]) if len(unit[0]) > 1 else None
        if tail is None:
            continue
        for start in range(*tail.span(1)):
            written = unit[0][start : tail.end(1)]
            until = following + _DIGITS - len(written)
            if until <= len(digits):
                value = f"{written.lower()}{values[following:until]}"
                yield _Candidate(digest(value), unit.start() + start, digits[until - 1].end())


def _value(written: str) -> str:
    """One hex digit, in lower case."""
    if len(written) == 1:
        return written.lower()
    decimal = written.startswith("&#") and written[2] not in "xX"
    code = written.lstrip("\\xXuU{%&#").rstrip(";}")
    return chr(int(code, 10 if decimal else 16)).lower()


def _issued(
    candidates: Iterator[_Candidate], issued: Callable[[frozenset[str]], frozenset[str]]
) -> Iterator[_Candidate]:
    while batch := list(islice(candidates, _BATCH)):
        known = issued(frozenset(each.digest for each in batch))
        yield from (each for each in batch if each.digest in known)


def _replaced(text: str, found: Iterable[_Candidate]) -> str:
    parts, end = [], 0
    for each in sorted(found, key=lambda candidate: candidate.start):
        if each.start >= end:
            parts += [text[end : each.start], DIGEST_PREFIX, each.digest]
            end = each.end
    return "".join((*parts, text[end:]))
