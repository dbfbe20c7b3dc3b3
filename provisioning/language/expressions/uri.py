"""`encodeURIComponent` and `decodeURIComponent`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from string import ascii_letters, digits
from urllib.parse import quote

from provisioning.language.expressions.budget import Budget, check_text_size
from provisioning.language.expressions.code_units import has_halves
from provisioning.language.expressions.conversion import to_text
from provisioning.language.expressions.errors import Failure
from provisioning.language.expressions.values import UNDEFINED, JSValue, NativeFunction

_MARKS = "-_.!~*'()"
_UNRESERVED = f"{_MARKS}{ascii_letters}{digits}".encode()
_ESCAPES = re.compile(r"(?:%[0-9a-fA-F]{2})+")
_STRAY = re.compile(r"%(?![0-9a-fA-F]{2})")


def encode(budget: Budget, value: JSValue = UNDEFINED) -> str:
    """`encodeURIComponent`."""
    text = to_text(budget, value)
    budget.charge_text(len(text))
    if has_halves(text):
        raise Failure("URIError", "half of a character cannot be encoded")
    encoded = text.encode()
    size = len(encoded) + 2 * len(encoded.translate(None, _UNRESERVED))
    check_text_size(size)
    budget.charge_text(size)
    return quote(encoded, safe=_MARKS)


def decode(budget: Budget, value: JSValue = UNDEFINED) -> str:
    """`decodeURIComponent`."""
    text = to_text(budget, value)
    budget.charge_text(len(text))
    if _STRAY.search(text):
        raise Failure("URIError", "a % is not followed by two hex digits")
    try:
        return _ESCAPES.sub(_decode_run, text)
    except UnicodeDecodeError as error:
        raise Failure("URIError", "the escapes are not UTF-8") from error


def _decode_run(found: re.Match[str]) -> str:
    return bytes.fromhex(found[0].replace("%", "")).decode()


FUNCTIONS: Mapping[str, NativeFunction] = {
    "decodeURIComponent": NativeFunction("decodeURIComponent", decode, 1),
    "encodeURIComponent": NativeFunction("encodeURIComponent", encode, 1),
}
