"""Values as short texts for people: JSON, but for undefined and what JSON does not know."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from provisioning.language.expressions.dates import iso_text
from provisioning.language.expressions.numbers import number_text
from provisioning.language.expressions.properties import ordered_keys
from provisioning.language.expressions.values import UNDEFINED, DateValue, JSValue, is_function

MAX_SHORT = 200
_SURROGATE = re.compile("[\ud800-\udfff]")


def short_text(value: JSValue, limit: int = MAX_SHORT) -> str:
    """At most `limit` characters of the value's JSON text; `…` at the end says that there is more.

    Undefined is `undefined`, NaN is `NaN`, a function is `function`, and half of a character an escape.
    """
    text = ""
    for piece in _pieces(value, limit):
        text += piece
        if len(text) > limit:
            return text[: limit - 1] + "…"
    return text


def _pieces(value: JSValue, limit: int) -> Iterator[str]:
    if isinstance(value, str):
        yield _quoted(value, limit)
    elif isinstance(value, dict):
        for opening, key in zip(_openings("{"), ordered_keys(value), strict=False):
            yield f"{opening}{_quoted(key, limit)}: "
            yield from _pieces(value[key], limit)
        yield "}" if value else "{}"
    elif isinstance(value, list):
        for opening, item in zip(_openings("["), value, strict=False):
            yield opening
            yield from _pieces(item, limit)
        yield "]" if value else "[]"
    else:
        yield _scalar(value)


def _openings(first: str) -> Iterator[str]:
    yield first
    while True:
        yield ", "


def _quoted(text: str, limit: int) -> str:
    shown = text[: limit + 1]
    return json.dumps(shown, ensure_ascii=_SURROGATE.search(shown) is not None)


def _scalar(value: JSValue) -> str:
    if value is None or value is UNDEFINED or isinstance(value, bool):
        return {None: "null", UNDEFINED: "undefined", True: "true", False: "false"}[value]
    if isinstance(value, DateValue):
        return f'"{iso_text(value.time)}"' if value.time == value.time else "Invalid Date"
    return "function" if is_function(value) else number_text(value)
