"""Texts as JavaScript counts them: in UTF-16 code units.

A text is kept as a Python string in which a surrogate pair is always one character and half a pair stands alone,
which is what a JSON parser gives. Where a length or a position matters and the text is not plain ASCII, it is
taken apart with `split_pairs` into one character for each code unit, and put together again with `join_pairs`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_SURROGATE = re.compile("[\ud800-\udfff]")
_ASTRAL = re.compile("[\U00010000-\U0010ffff]")


def split_pairs(text: str) -> str:
    """The text with one character for each UTF-16 code unit."""
    if text.isascii() or _ASTRAL.search(text) is None:
        return text
    encoded = text.encode("utf-16-le", "surrogatepass")
    return "".join(map(chr, memoryview(encoded).cast("H")))


def join_pairs(text: str) -> str:
    """The text with each surrogate pair as one character."""
    if text.isascii() or _SURROGATE.search(text) is None:
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


def has_halves(text: str) -> bool:
    """Whether half of a surrogate pair stands in the text as a character of its own."""
    return not text.isascii() and _SURROGATE.search(text) is not None


def unit_length(text: str) -> int:
    """How many UTF-16 code units the text has: an emoji has two."""
    if text.isascii():
        return len(text)
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def concatenate(parts: Iterable[str]) -> str:
    """The parts one after the other; halves that meet become a pair."""
    return join_pairs("".join(parts))


def comes_before(left: str, right: str) -> bool:
    """Whether `left` sorts before `right` by code units, as JavaScript compares texts."""
    if left.isascii() or right.isascii():
        return left < right
    return split_pairs(left) < split_pairs(right)
