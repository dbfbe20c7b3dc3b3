"""Values as JSON on one line, which is YAML too, but for characters that YAML wants escaped."""

from __future__ import annotations

import json
import re
from typing import Any

# What YAML takes for a line's end, a mark or nothing printable; JSON leaves it as it is.
_ESCAPED = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
_HALF = re.compile("[\ud800-\udfff]")


class CannotWrite(ValueError):
    """A value that YAML cannot hold; the text says why."""


def flow_text(value: Any) -> str:
    """The value on one line. Raises CannotWrite."""
    text = json.dumps(value, ensure_ascii=False)
    if _HALF.search(text):
        raise CannotWrite("a text in it holds half of a character, which YAML cannot")
    return _ESCAPED.sub(lambda match: f"\\u{ord(match[0]):04x}", text)
