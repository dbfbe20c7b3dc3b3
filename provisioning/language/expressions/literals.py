"""Numbers and texts as they are written in an expression."""

from __future__ import annotations

import re

from provisioning.language.expressions.code_units import join_pairs
from provisioning.language.expressions.values import double

_DIGITS = r"\d(?:_?\d)*"
_DECIMAL = re.compile(rf"(?:(?:0|[1-9](?:_?\d)*)(?:\.(?:{_DIGITS})?)?|\.{_DIGITS})(?:[eE][+-]?{_DIGITS})?", re.ASCII)
_BASED = re.compile(r"0(?:[xX][0-9a-fA-F](?:_?[0-9a-fA-F])*|[oO][0-7](?:_?[0-7])*|[bB][01](?:_?[01])*)")
_ESCAPE = re.compile(
    r"\\(?:x(?P<byte>[0-9a-fA-F]{2})|u(?P<unit>[0-9a-fA-F]{4})|u\{(?P<point>[0-9a-fA-F]+)\}"
    r"|(?P<zero>0(?![0-9]))|(?P<line>\r\n|[\n\r\u2028\u2029])|(?P<single>[^ux0-9]))",
    re.DOTALL,
)
_SINGLE = {"b": "\b", "t": "\t", "n": "\n", "v": "\v", "f": "\f", "r": "\r"}
_LINE_END = re.compile("[\n\r]")


class LiteralError(ValueError):
    """A literal that ECMAScript's strict mode refuses; `offset` counts from its first character."""

    def __init__(self, message: str, offset: int = 0) -> None:
        super().__init__(message)
        self.offset = offset


def read_number(text: str) -> float:
    """The value of a number literal. Raises LiteralError."""
    if text.endswith("n") and not text.startswith(("0x", "0X")):
        raise LiteralError("big integers (`1n`) are not supported")
    if _DECIMAL.fullmatch(text):
        return float(text.replace("_", ""))
    if _BASED.fullmatch(text):
        return double(int(text.replace("_", ""), 0))
    raise LiteralError(f"`{text}` is not a number that JavaScript's strict mode accepts")


def read_string(quoted: str) -> str:
    """The value of a string literal with its quotes. Raises LiteralError."""
    inner = quoted[1:-1]
    if _LINE_END.search(_ESCAPE.sub("", inner)):
        raise LiteralError("a text in quotes cannot go over the end of the line")
    return _decode_escapes(inner, 1) if "\\" in inner else inner


def read_template_text(text: str) -> str:
    """The value of the text between the substitutions of a template. Raises LiteralError."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _decode_escapes(text, 0) if "\\" in text else text


def _decode_escapes(text: str, start: int) -> str:
    pieces: list[str] = []
    position = 0
    while (backslash := text.find("\\", position)) >= 0:
        pieces.append(text[position:backslash])
        escape = _ESCAPE.match(text, backslash)
        if escape is None:
            raise LiteralError("this escape is not valid in JavaScript's strict mode", backslash + start)
        pieces.append(_decode(escape, backslash + start))
        position = escape.end()
    return join_pairs("".join(pieces) + text[position:])


def _decode(escape: re.Match[str], offset: int) -> str:
    kind = escape.lastgroup
    if kind == "single":
        return _SINGLE.get(escape["single"], escape["single"])
    if kind == "zero":
        return "\0"
    if kind == "line":
        return ""
    code = int(escape[kind or ""], 16)
    if code > 0x10FFFF:
        raise LiteralError("this code point is above 10FFFF", offset)
    return chr(code)
