"""Finding the expressions in a text: each `${` and the `}` that closes it by JavaScript's tokens."""

from __future__ import annotations

import re
from dataclasses import dataclass

from provisioning.language.expressions.scanner import Scanner
from provisioning.language.expressions.source import MAX_SOURCE_BYTES, refusal, too_long

_PAIRED = "'\"/"
# Most expressions hold no braces, slashes, templates or escapes, and quotes only at the start or behind an operator:
# then the first `}` outside of quotes closes them, and there is nothing that the scanner would refuse.
_TEXT = r"""\s*+(?:'[^'\\\n]*+'|"[^"\\\n]*+")?"""
# No character begins two of the alternatives, so there is nothing to try again. (A possessive quantifier around them
# would say so, but Python 3.11 before 3.11.5 gets those wrong: gh-106052.)
_OPERATOR = rf"""(?:[(\[,=<>!&|?:*%]|(?<![eE])[-+]){_TEXT}"""
_PLAIN = re.compile(rf"""{_TEXT}(?:{_OPERATOR}|(?<=[eE])[-+]|[^{{}}`/\\'"(\[,=<>!&|?:*%+-])*\}}""")


@dataclass(frozen=True, slots=True)
class Piece:
    """The text of one expression and where it begins."""

    text: str
    offset: int


def split_text(source: str) -> list[str | Piece]:
    """The literal texts and the expressions of a text, in order. Raises ExpressionErrors."""
    pieces: list[str | Piece] = []
    position = 0
    while (start := source.find("${", position)) >= 0:
        if start > position and source[start - 1] == "$":
            pieces.append(source[position : start - 1] + "${")
            position = start + 2
            continue
        if start > position:
            pieces.append(source[position:start])
        end = _closing_brace(source, start + 2)
        pieces.append(Piece(source[start + 2 : end], start + 2))
        position = end + 1
    if position < len(source) or not pieces:
        pieces.append(source[position:])
    return pieces


def _closing_brace(source: str, start: int) -> int:
    """Where the `}` stands that closes the `${` before `start`."""
    plain = _PLAIN.match(source, start, start + MAX_SOURCE_BYTES + 1)
    if plain is not None:
        return plain.end() - 1
    scanner = Scanner(source[start : start + MAX_SOURCE_BYTES + 1])
    while scanner.position < len(scanner.source):
        if scanner.step():
            return start + scanner.position
        if scanner.misfit is not None and scanner.source[scanner.misfit] in _PAIRED:
            mark = scanner.source[scanner.misfit]
            raise refusal("expression-syntax", f"a {mark} has no partner", "", start + scanner.misfit, 1)
    if len(scanner.source) > MAX_SOURCE_BYTES:
        raise too_long(start - 2, len(scanner.source))
    raise refusal("expression-syntax", "`${` is not closed", "add `}`", start - 2, 2)
