"""The methods of texts that take no regular expression. Positions count UTF-16 code units."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping

from provisioning.language.expressions.arrays import place
from provisioning.language.expressions.budget import Budget, check_items, check_text_size
from provisioning.language.expressions.code_units import concatenate, join_pairs, split_pairs, unit_length
from provisioning.language.expressions.conversion import to_number, to_text
from provisioning.language.expressions.errors import range_error, type_error
from provisioning.language.expressions.numbers import INFINITY, NAN, SPACE, to_integer
from provisioning.language.expressions.regexp import RegexValue
from provisioning.language.expressions.values import UNDEFINED, JSValue

_FORMS = ("NFC", "NFD", "NFKC", "NFKD")
# Putting combining marks in order takes the square of their number in CPython.
_MARKS_AT_ONCE = 64
_PIECE = 4096


def _integer(budget: Budget, value: JSValue) -> float:
    return to_integer(to_number(budget, value))


def at(budget: Budget, text: str, index: JSValue = UNDEFINED) -> JSValue:
    """`at`."""
    units = split_pairs(text)
    number = _integer(budget, index)
    number = number + len(units) if number < 0 else number
    return units[int(number)] if 0 <= number < len(units) else UNDEFINED


def char_at(budget: Budget, text: str, index: JSValue = UNDEFINED) -> str:
    """`charAt`."""
    units = split_pairs(text)
    number = _integer(budget, index)
    return units[int(number)] if 0 <= number < len(units) else ""


def char_code_at(budget: Budget, text: str, index: JSValue = UNDEFINED) -> float:
    """`charCodeAt`."""
    unit = char_at(budget, text, index)
    return float(ord(unit)) if unit else NAN


def code_point_at(budget: Budget, text: str, index: JSValue = UNDEFINED) -> JSValue:
    """`codePointAt`."""
    units = split_pairs(text)
    number = _integer(budget, index)
    if not 0 <= number < len(units):
        return UNDEFINED
    return float(ord(join_pairs(units[int(number) : int(number) + 2])[0]))


def concat(budget: Budget, text: str, *others: JSValue) -> str:
    """`concat`."""
    parts = [text, *(to_text(budget, other) for other in others)]
    size = sum(map(unit_length, parts))
    check_text_size(size)
    budget.charge_text(size)
    return concatenate(parts)


def _wanted(budget: Budget, value: JSValue) -> str:
    if isinstance(value, RegexValue):
        raise type_error("this method takes a text, not a regular expression")
    return split_pairs(to_text(budget, value))


def ends_with(budget: Budget, text: str, wanted: JSValue = UNDEFINED, end: JSValue = UNDEFINED) -> bool:
    """`endsWith`."""
    units, part = split_pairs(text), _wanted(budget, wanted)
    last = len(units) if end is UNDEFINED else _clamped(budget, end, len(units))
    return units.endswith(part, 0, last)


def starts_with(budget: Budget, text: str, wanted: JSValue = UNDEFINED, start: JSValue = UNDEFINED) -> bool:
    """`startsWith`."""
    units, part = split_pairs(text), _wanted(budget, wanted)
    return units.startswith(part, _clamped(budget, start, len(units)))


def includes(budget: Budget, text: str, wanted: JSValue = UNDEFINED, start: JSValue = UNDEFINED) -> bool:
    """`includes`."""
    units, part = split_pairs(text), _wanted(budget, wanted)
    budget.charge_text(len(units))
    return units.find(part, _clamped(budget, start, len(units))) >= 0


def index_of(budget: Budget, text: str, wanted: JSValue = UNDEFINED, start: JSValue = UNDEFINED) -> float:
    """`indexOf`."""
    units, part = split_pairs(text), split_pairs(to_text(budget, wanted))
    budget.charge_text(len(units))
    return float(units.find(part, _clamped(budget, start, len(units))))


def last_index_of(budget: Budget, text: str, wanted: JSValue = UNDEFINED, start: JSValue = UNDEFINED) -> float:
    """`lastIndexOf`."""
    units, part = split_pairs(text), split_pairs(to_text(budget, wanted))
    number = to_number(budget, start)
    first = len(units) if number != number else int(min(max(to_integer(number), 0.0), len(units)))
    budget.charge_text(len(units))
    # Python searches backwards in quadratic time, forwards it does not.
    found = units[: first + len(part)][::-1].find(part[::-1])
    return -1.0 if found < 0 else float(min(first + len(part), len(units)) - found - len(part))


def _clamped(budget: Budget, value: JSValue, length: int) -> int:
    return int(min(max(_integer(budget, value), 0.0), length))


def normalize(budget: Budget, text: str, form: JSValue = UNDEFINED) -> str:
    """`normalize`, by Python's Unicode tables."""
    name = "NFC" if form is UNDEFINED else to_text(budget, form)
    if name not in _FORMS:
        raise range_error("normalize() takes NFC, NFD, NFKC or NFKD")
    budget.charge_text(len(text))
    if text.isascii():
        return text
    _charge_for_marks(budget, text)
    _check_normalized_size(budget, name, text)
    return unicodedata.normalize(name, text)  # type: ignore[arg-type]


def _check_normalized_size(budget: Budget, form: str, text: str) -> None:
    """Some characters become 18; so the size is found and paid piece by piece before the whole is made."""
    size = 0
    for start in range(0, len(text), _PIECE):
        written = len(unicodedata.normalize(form, text[start : start + _PIECE]))  # type: ignore[arg-type]
        size += written
        check_text_size(size)
        budget.charge_text(written)


def _charge_for_marks(budget: Budget, text: str) -> None:
    marks = 0
    for character in text:
        if unicodedata.combining(character):
            marks += 1
            if marks > _MARKS_AT_ONCE:
                budget.charge(marks // _MARKS_AT_ONCE)
        else:
            marks = 0


def _padding(budget: Budget, text: str, length: JSValue, filler: JSValue) -> str:
    wanted = to_integer(to_number(budget, length))
    missing = wanted - unit_length(text)
    if missing <= 0:
        return ""
    fill = " " if filler is UNDEFINED else split_pairs(to_text(budget, filler))
    if not fill:
        return ""
    if wanted >= 2**29:
        raise range_error("the text would be longer than any text can be")
    check_text_size(int(wanted))
    budget.charge_text(int(wanted))
    times, rest = divmod(int(missing), len(fill))
    return join_pairs(fill * times + fill[:rest])


def pad_end(budget: Budget, text: str, length: JSValue = UNDEFINED, filler: JSValue = UNDEFINED) -> str:
    """`padEnd`."""
    return concatenate((text, _padding(budget, text, length, filler)))


def pad_start(budget: Budget, text: str, length: JSValue = UNDEFINED, filler: JSValue = UNDEFINED) -> str:
    """`padStart`."""
    return concatenate((_padding(budget, text, length, filler), text))


def repeat(budget: Budget, text: str, count: JSValue = UNDEFINED) -> str:
    """`repeat`."""
    times = _integer(budget, count)
    if times < 0 or times == INFINITY:
        raise range_error("repeat() takes a number from 0")
    size = unit_length(text) * times
    if size >= 2**29:
        raise range_error("the text would be longer than any text can be")
    check_text_size(int(size))
    budget.charge_text(int(size))
    return join_pairs(text * int(times)) if text else ""


def cut(budget: Budget, text: str, start: JSValue = UNDEFINED, end: JSValue = UNDEFINED) -> str:
    """`slice`."""
    units = split_pairs(text)
    first = place(budget, start, len(units), 0)
    last = place(budget, end, len(units), len(units))
    budget.charge_text(max(0, last - first))
    return join_pairs(units[first:last])


def substring(budget: Budget, text: str, start: JSValue = UNDEFINED, end: JSValue = UNDEFINED) -> str:
    """`substring`."""
    units = split_pairs(text)
    first = _clamped(budget, start, len(units))
    last = len(units) if end is UNDEFINED else _clamped(budget, end, len(units))
    budget.charge_text(abs(last - first))
    return join_pairs(units[min(first, last) : max(first, last)])


def split_by_text(budget: Budget, text: str, separator: str, limit: int) -> list[JSValue]:
    """`split` by a text; without one, by code units."""
    units, between = split_pairs(text), split_pairs(separator)
    budget.charge_text(len(units))
    if not between:
        units = units[:limit]
        check_items(len(units))
        budget.charge(len(units))
        return list(units)
    count = min(units.count(between) + 1, limit)
    check_items(count)
    budget.charge(count)
    return [join_pairs(piece) for piece in units.split(between, count)[:count]]


def lower(budget: Budget, text: str) -> str:
    """`toLowerCase`."""
    budget.charge_text(len(text))
    result = text.lower()
    check_text_size(len(result))
    return result


def upper(budget: Budget, text: str) -> str:
    """`toUpperCase`."""
    budget.charge_text(len(text))
    result = text.upper()
    check_text_size(len(result))
    return result


def trim(budget: Budget, text: str) -> str:
    """`trim`."""
    budget.charge_text(len(text))
    return text.strip(SPACE)


def trim_end(budget: Budget, text: str) -> str:
    """`trimEnd`."""
    budget.charge_text(len(text))
    return text.rstrip(SPACE)


def trim_start(budget: Budget, text: str) -> str:
    """`trimStart`."""
    budget.charge_text(len(text))
    return text.lstrip(SPACE)


def as_text(budget: Budget, text: str) -> str:
    """`toString`."""
    return text


METHODS: Mapping[str, tuple[Callable[..., JSValue], int | None]] = {
    "at": (at, 1),
    "charAt": (char_at, 1),
    "charCodeAt": (char_code_at, 1),
    "codePointAt": (code_point_at, 1),
    "concat": (concat, None),
    "endsWith": (ends_with, 2),
    "includes": (includes, 2),
    "indexOf": (index_of, 2),
    "lastIndexOf": (last_index_of, 2),
    "normalize": (normalize, 1),
    "padEnd": (pad_end, 2),
    "padStart": (pad_start, 2),
    "repeat": (repeat, 1),
    "slice": (cut, 2),
    "startsWith": (starts_with, 2),
    "substring": (substring, 2),
    "toLowerCase": (lower, 0),
    "toString": (as_text, 0),
    "toUpperCase": (upper, 0),
    "trim": (trim, 0),
    "trimEnd": (trim_end, 0),
    "trimStart": (trim_start, 0),
}
