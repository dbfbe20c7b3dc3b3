"""JSON as it is kept and sent: ASCII-escaped text for stores, UTF-8 for callers.

Half of a surrogate pair is a legal value of an expression. orjson refuses it both ways, so such values take
the standard library's way.
"""

from __future__ import annotations

import json
import re
from typing import Any

import orjson

_NOT_ASCII = re.compile(r"[^\x00-\x7f]")


def load(text: str | bytes) -> Any:
    """The value of a JSON text that this project wrote."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return json.loads(text)


def dump(value: Any) -> str:
    """Compact ASCII-escaped JSON text of a JSON value."""
    try:
        raw = orjson.dumps(value)
    except TypeError:
        return _escaped(value)
    return raw.decode("ascii") if raw.isascii() else _escaped(value)


def dump_sorted(value: Any) -> str:
    """The same text for equal values, whatever the order of their keys; for comparison only."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def dump_answer(value: Any) -> bytes:
    """Compact JSON for a response: UTF-8, escaped only where UTF-8 has no form for it."""
    try:
        return orjson.dumps(value)
    except TypeError:
        return _escaped(value).encode("ascii")


def escape(text: str) -> str:
    """The same JSON text with every character outside ASCII escaped; numbers and spaces stay as they came."""
    return text if text.isascii() else _NOT_ASCII.sub(_escape_character, text)


def _escaped(value: Any) -> str:
    return json.dumps(value, ensure_ascii=True, separators=(",", ":"))


def _escape_character(match: re.Match[str]) -> str:
    return json.dumps(match[0])[1:-1]
