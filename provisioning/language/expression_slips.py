"""Slips in expressions that YAML itself lets pass: cut short by a comment, curly quotes, a missing `${…}`."""

from __future__ import annotations

import re

from provisioning.language.brace_slips import double_braces
from provisioning.language.document import Document, Scalar
from provisioning.language.schema import Field, Kind
from provisioning.language.slip import Slip
from provisioning.language.syntax_slips import quote_value, straight_quotes

_COMMENT = re.compile(r"[ \t]+#")
_GLUED_COMMENT = re.compile(r"[ \t]+#[^\s#]")
_OPERATORS = frozenset("=<>+-*/%&|^?:!~,.")
_SPOKEN_BRACES = re.compile(r"\{\{\s*(?:EVENT|PROFILE)\b")
_LITERAL = re.compile(r"\s*(?:\$|\{\{|#\{)?\s*[(!]*(?:EVENT|PROFILE)\s*(?:\?\.|\.|\[)\s*\S")


def looks_like_expression(text: str) -> bool:
    """Whether a constant text looks as if an expression was meant."""
    return _LITERAL.match(text) is not None


def spoken_braces(document: Document, scalar: Scalar) -> Slip | None:
    """The slip of a constant text in which `{{…}}` was meant to interpolate."""
    if not _SPOKEN_BRACES.search(scalar.text):
        return None
    return double_braces(document.short_line(scalar.start) or scalar.text)


def compile_slip(document: Document, scalar: Scalar, field: Field) -> Slip | None:
    """The usual slip behind an expression that does not compile, if it is one."""
    line = document.short_line(scalar.start)
    if followed_by_comment(document, scalar) and (_is_unfinished(scalar.text) or _is_glued(document, scalar)):
        return Slip(
            "cut-by-comment",
            "the expression is cut short: in YAML ` #` begins a comment",
            "put the whole value in single quotes",
            quote_value(line, keep_comment=False),
        )
    if straight_quotes(scalar.text) != scalar.text:
        return Slip(
            "curly-quotes",
            "the expression holds curly quotes (from a mail or a word processor); JavaScript knows only straight ones",
            "use \" or '",
            straight_quotes(line),
        )
    if "{{" in scalar.text and (slip := double_braces(line or scalar.text)) is not None:
        return slip
    if field.kind is Kind.CONDITION and "${" in scalar.text and "`" not in scalar.text:
        return Slip(
            "mixed-condition",
            "an `if` is one expression: bare, or all of it in one `${…}`",
            "write it without `${` and `}`",
        )
    return None


def followed_by_comment(document: Document, scalar: Scalar) -> bool:
    """Whether a comment follows a plain scalar in its line."""
    return scalar.style == "plain" and _COMMENT.match(document.text, scalar.end) is not None


def followed_by_glued_comment(document: Document, scalar: Scalar) -> bool:
    """Whether what follows a plain scalar is a comment only to YAML: `#` and no space (`Offer #1`, `#fff`)."""
    return scalar.style == "plain" and _is_glued(document, scalar)


def _is_glued(document: Document, scalar: Scalar) -> bool:
    return _GLUED_COMMENT.match(document.text, scalar.end) is not None


def _is_unfinished(source: str) -> bool:
    """Whether an expression stops in the middle: inside quotes or brackets, or behind an operator."""
    inside_quotes = any(source.count(quote) % 2 for quote in "\"'`")
    inside_brackets = any(source.count(opening) > source.count(closing) for opening, closing in ("()", "[]", "{}"))
    return inside_quotes or inside_brackets or source.rstrip()[-1:] in _OPERATORS


def interpolated_line(document: Document, scalar: Scalar) -> str:
    """The scalar's line with `${…}` around the value; empty when it is not plain, or not of one line to show."""
    line = document.short_line(scalar.start)
    start = document.position(scalar.start).column - 1
    end = start + scalar.end - scalar.start
    inner = scalar.text.strip("${} ")
    if scalar.style != "plain" or line[start:end] != scalar.text or any(sign in line[:start] for sign in "{["):
        return ""
    return f"{line[:start]}${{{inner}}}{line[end:]}"
