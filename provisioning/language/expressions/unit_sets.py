"""Sets of UTF-16 code units, which the classes of a regular expression are, and how RE2 writes them.

RE2 works on code points and knows no half characters, so each surrogate is moved to a code point of its own in the
last private area; see `regexp_text`, which moves those of the searched text.
"""

from __future__ import annotations

from collections.abc import Iterable

Ranges = tuple[tuple[int, int], ...]

SURROGATE_SHIFT = 0x100000
_LAST_UNIT = 0xFFFF
_SURROGATES = (0xD800, 0xDFFF)


def union(*sets: Iterable[tuple[int, int]]) -> Ranges:
    """All units of the sets, as ranges in order that do not touch."""
    merged: list[tuple[int, int]] = []
    for low, high in sorted(pair for units in sets for pair in units):
        if merged and low <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(high, merged[-1][1]))
        else:
            merged.append((low, high))
    return tuple(merged)


def complement(units: Ranges) -> Ranges:
    """All units that are not in the set."""
    result: list[tuple[int, int]] = []
    start = 0
    for low, high in units:
        if low > start:
            result.append((start, low - 1))
        start = high + 1
    if start <= _LAST_UNIT:
        result.append((start, _LAST_UNIT))
    return tuple(result)


def of_characters(characters: str) -> Ranges:
    """The set of the units given."""
    return union((ord(character), ord(character)) for character in characters)


def with_both_cases(units: Ranges) -> Ranges:
    """The set with the other case of each ASCII letter in it."""
    letters = [code for low, high in units for code in range(low, min(high, 0x7F) + 1) if chr(code).isalpha()]
    return union(units, ((code ^ 0x20, code ^ 0x20) for code in letters))


def contains_some_only(units: Ranges, characters: str) -> bool:
    """Whether the set tells the characters apart."""
    found = sum(any(low <= ord(character) <= high for low, high in units) for character in characters)
    return 0 < found < len(characters)


def re2_class(units: Ranges) -> str:
    """The set as RE2 writes it."""
    if not units:
        return r"[^\x{0}-\x{10ffff}]"
    return f"[{''.join(_range(low, high) for low, high in _moved(units))}]"


def _moved(units: Ranges) -> Iterable[tuple[int, int]]:
    first, last = _SURROGATES
    for low, high in units:
        if low < first:
            yield low, min(high, first - 1)
        if low <= last and high >= first:
            yield max(low, first) + SURROGATE_SHIFT, min(high, last) + SURROGATE_SHIFT
        if high > last:
            yield max(low, last + 1), high


def _range(low: int, high: int) -> str:
    return f"\\x{{{low:x}}}" if low == high else f"\\x{{{low:x}}}-\\x{{{high:x}}}"


DIGITS = of_characters("0123456789")
WORD = union(DIGITS, ((65, 90), (95, 95), (97, 122)))
LINE_ENDS = "\n\r\u2028\u2029"
EVERYTHING: Ranges = ((0, _LAST_UNIT),)
