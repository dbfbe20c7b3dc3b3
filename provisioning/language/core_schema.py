"""Plain scalars by the core schema of YAML 1.2 (section 10.3.2): what `data`, `body`, `headers` and `tests` follow."""

from __future__ import annotations

import re
from typing import Final

from provisioning.language.document import Scalar

CoreValue = None | bool | int | float | str

_CONSTANTS: Final[dict[str, CoreValue]] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
    **{sign + word: float(sign + "inf") for sign in ("", "+", "-") for word in (".inf", ".Inf", ".INF")},
}
_INTEGER = re.compile(r"[-+]?[0-9]+")
_OCTAL = re.compile(r"0o[0-7]+")
_HEXADECIMAL = re.compile(r"0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
# Beyond this an integer is no longer exact as a double, so that its digits need not be.
_LONG = 400


def resolve(scalar: Scalar) -> CoreValue:
    """The value of a scalar; a quoted or block scalar is always text. May be NaN or infinite."""
    return resolve_plain(scalar.text) if scalar.style == "plain" else scalar.text


def resolve_plain(text: str) -> CoreValue:
    """The value of a plain scalar's text."""
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if text[0] not in "+-.0123456789":
        return text
    if _INTEGER.fullmatch(text):
        return int(text) if len(text) < _LONG else float(text)
    if _OCTAL.fullmatch(text):
        return _bounded(int(text[2:], 8))
    if _HEXADECIMAL.fullmatch(text):
        return _bounded(int(text[2:], 16))
    return float(text) if _FLOAT.fullmatch(text) else text


def _bounded(number: int) -> int | float:
    return number if number.bit_length() < 1024 else float("inf")
