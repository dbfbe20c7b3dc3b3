"""JSON: `JSON.stringify`, `JSON.parse`, and values on their way in and out."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable, Mapping

from provisioning.language.expressions.budget import MAX_TEXT, MAX_VALUE_DEPTH, Budget, check_depth, check_items
from provisioning.language.expressions.calls import call
from provisioning.language.expressions.code_units import join_pairs
from provisioning.language.expressions.conversion import to_number, to_text
from provisioning.language.expressions.dates import iso_text
from provisioning.language.expressions.errors import EvaluationError, Failure, budget_error
from provisioning.language.expressions.numbers import number_text, to_integer
from provisioning.language.expressions.properties import ordered_keys, own_entries, own_value
from provisioning.language.expressions.values import (
    MAX_SAFE_INTEGER,
    UNDEFINED,
    DateValue,
    JSValue,
    NativeFunction,
    double,
    is_function,
    is_primitive,
)

_SURROGATE = re.compile("[\ud800-\udfff]")
_quote_ascii = json.encoder.encode_basestring_ascii
_quote_plain = json.encoder.encode_basestring


class _Writer:
    """Writes one value; pieces are gathered, sizes and steps checked as they come."""

    def __init__(self, budget: Budget, indent: str, quote: Callable[[str], str], replacer: JSValue = UNDEFINED) -> None:
        self.budget = budget
        self.replacer = replacer if is_function(replacer) else None
        self.keys = _chosen_keys(budget, replacer) if isinstance(replacer, list) else None
        self.indent = indent
        self.quote = quote
        self.pieces: list[str] = []
        self.size = 0

    def add(self, piece: str) -> None:
        self.size += len(piece)
        if self.size > MAX_TEXT:
            raise budget_error(f"a text would be longer than {MAX_TEXT:,} characters")
        self.pieces.append(piece)

    def value(self, value: JSValue, depth: int) -> None:
        """Write a value that is not undefined nor a function."""
        check_depth(depth)
        kind = type(value)
        if kind is str:
            self.budget.charge_text(len(value))
            self.add(self.quote(value))
        elif value is None:
            self.add("null")
        elif kind is bool:
            self.add("true" if value else "false")
        elif kind is float or kind is int:
            self.add(number_text(value) if math.isfinite(double(value)) else "null")
        elif isinstance(value, list):
            self.budget.charge(len(value) + 1)
            self.items(value, depth)
        else:
            self.budget.charge(1)
            self.properties(value, depth)

    def replaced(self, value: JSValue, key: str) -> JSValue:
        value = replaced(self.budget, value, key)
        return value if self.replacer is None else call(self.budget, self.replacer, key, value)

    def entries(self, value: JSValue) -> Iterable[tuple[str, JSValue]]:
        if self.keys is None:
            return own_entries(self.budget, value)
        return [(key, own_value(value, key)) for key in self.keys]

    def items(self, items: list[JSValue], depth: int) -> None:
        opening = "["
        for index, item in enumerate(items):
            item = self.replaced(item, str(index))
            self.add(opening + self.line(depth + 1))
            self.value(None if _is_left_out(item) else item, depth + 1)
            opening = ","
        self.add(f"{self.line(depth)}]" if items else "[]")

    def properties(self, value: JSValue, depth: int) -> None:
        opening = "{"
        colon = ": " if self.indent else ":"
        for key, item in self.entries(value):
            item = self.replaced(item, key)
            if not _is_left_out(item):
                self.add(opening + self.line(depth + 1) + self.quote(key) + colon)
                self.value(item, depth + 1)
                opening = ","
        self.add(f"{self.line(depth)}}}" if opening == "," else "{}")

    def line(self, depth: int) -> str:
        return f"\n{self.indent * depth}" if self.indent else ""


def _chosen_keys(budget: Budget, names: list[JSValue]) -> list[str]:
    """The keys that a replacer list leaves, each once."""
    budget.charge(len(names))
    chosen = (
        to_text(budget, name) for name in names if isinstance(name, str | float | int) and not isinstance(name, bool)
    )
    return list(dict.fromkeys(chosen))


def _is_left_out(value: JSValue) -> bool:
    return value is UNDEFINED or is_function(value)


def replaced(budget: Budget, value: JSValue, key: str) -> JSValue:
    """The value itself, or what its own `toJSON` gives; of a date its ISO text."""
    if isinstance(value, DateValue):
        return iso_text(value.time) if value.time == value.time else None
    if isinstance(value, dict) and is_function(value.get("toJSON")):
        return call(budget, value["toJSON"], key)
    return value


def _quote_well_formed(text: str) -> str:
    quoted = _quote_plain(text)
    if text.isascii() or not _SURROGATE.search(text):
        return quoted
    return _SURROGATE.sub(lambda half: f"\\u{ord(half[0]):04x}", quoted)


def _write(writer: _Writer, value: JSValue) -> str | None:
    value = writer.replaced(value, "")
    if _is_left_out(value):
        return None
    writer.value(value, 0)
    writer.budget.charge_text(writer.size)
    return "".join(writer.pieces)


def stringify(
    budget: Budget, value: JSValue = UNDEFINED, replacer: JSValue = UNDEFINED, space: JSValue = UNDEFINED
) -> JSValue:
    """`JSON.stringify`."""
    text = _write(_Writer(budget, _indent(budget, space), _quote_well_formed, replacer), value)
    return UNDEFINED if text is None else text


def _indent(budget: Budget, space: JSValue) -> str:
    if isinstance(space, str):
        return space[:10]
    if is_primitive(space) and isinstance(space, float | int) and not isinstance(space, bool):
        return " " * int(min(10.0, max(0.0, to_integer(to_number(budget, space)))))
    return ""


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is no JSON")


_parser = json.JSONDecoder(parse_int=float, parse_constant=_refuse_constant)


def parse(budget: Budget, value: JSValue = UNDEFINED, reviver: JSValue = UNDEFINED) -> JSValue:
    """`JSON.parse`."""
    text = to_text(budget, value)
    parsed = _parse(budget, text)
    return _revived(budget, reviver, "", parsed) if is_function(reviver) else parsed


def _revived(budget: Budget, reviver: JSValue, key: str, value: JSValue) -> JSValue:
    """What the reviver makes of a value that was just parsed, the inner ones first."""
    if isinstance(value, list):
        value = [_revived(budget, reviver, str(index), item) for index, item in enumerate(value)]
    elif isinstance(value, dict):
        revived = ((name, _revived(budget, reviver, name, value[name])) for name in ordered_keys(value))
        value = {name: item for name, item in revived if item is not UNDEFINED}
    budget.charge(1)
    return call(budget, reviver, key, value)


def _parse(budget: Budget, text: str) -> JSValue:
    budget.charge_text(len(text))
    openings = text.count("[") + text.count("{")
    budget.charge(text.count(",") + openings)
    try:
        value = _parser.decode(text)
    except RecursionError:
        raise budget_error("the JSON is nested too deep") from None
    except ValueError as error:
        raise Failure("SyntaxError", "this is no JSON") from error
    if openings > MAX_VALUE_DEPTH:
        _check_nesting(value)
    return _joined(value) if max(text, default="") >= "\ud800" else value


def _check_nesting(value: JSValue) -> None:
    """Refuse what is nested too deep, level by level: how deep Python itself would go differs by its release."""
    level, depth = [value], 0
    while level:
        check_depth(depth)
        inside = (each.values() if isinstance(each, dict) else each for each in level if isinstance(each, dict | list))
        level, depth = [item for items in inside for item in items if isinstance(item, dict | list)], depth + 1


def _joined(value: JSValue) -> JSValue:
    """The value with halves of characters that met put together."""
    if isinstance(value, str):
        return join_pairs(value)
    if isinstance(value, list):
        return [_joined(item) for item in value]
    if isinstance(value, dict):
        return {join_pairs(key): _joined(item) for key, item in value.items()}
    return value


def to_json_text(value: JSValue) -> str | None:
    """The text that `JSON.stringify` gives, in ASCII; None for undefined. Raises EvaluationError."""
    try:
        return _write(_Writer(Budget(), "", _quote_ascii), value)
    except Failure as failure:
        raise EvaluationError(failure.kind, failure.message, 0) from None


def from_json(value: JSValue) -> JSValue:
    """A value that a JSON parser gave, as expressions take it: as it is. Integers mean doubles."""
    return value


def plain(value: JSValue) -> JSValue:
    """A value ready for a JSON encoder, by the rules of `JSON.stringify`; undefined and functions give None.

    Whole numbers up to 2**53 are int, NaN and infinities None. Raises EvaluationError when the value is too
    large or nested too deep.
    """
    budget = Budget()
    try:
        return _plain(budget, replaced(budget, value, ""), 0)
    except Failure as failure:
        raise EvaluationError(failure.kind, failure.message, 0) from None


def _plain(budget: Budget, value: JSValue, depth: int) -> JSValue:
    kind = type(value)
    if kind is str or kind is bool or value is None:
        return value
    if kind is float or kind is int:
        return _plain_number(value)
    if _is_left_out(value):
        return None
    check_depth(depth)
    budget.charge(1)
    if isinstance(value, list):
        budget.charge(len(value))
        check_items(len(value))
        return [_plain(budget, replaced(budget, item, str(index)), depth + 1) for index, item in enumerate(value)]
    entries = ((key, replaced(budget, item, key)) for key, item in own_entries(budget, value))
    return {key: _plain(budget, item, depth + 1) for key, item in entries if not _is_left_out(item)}


def _plain_number(value: float) -> float | None:
    if type(value) is int and -MAX_SAFE_INTEGER <= value <= MAX_SAFE_INTEGER:
        return value
    number = double(value)
    if not math.isfinite(number):
        return None
    return int(number) if number.is_integer() and abs(number) <= MAX_SAFE_INTEGER else number


FUNCTIONS: Mapping[str, NativeFunction] = {
    "JSON.parse": NativeFunction("parse", parse, 2),
    "JSON.stringify": NativeFunction("stringify", stringify, 3),
}
