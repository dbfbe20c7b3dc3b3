"""JavaScript text to a parse tree, or the reason why it is none."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

import tree_sitter_javascript
from tree_sitter import Language, Node, Parser

from provisioning.language.expressions.errors import ExpressionError, ExpressionErrors
from provisioning.language.expressions.scanner import find_misfit

MAX_SOURCE_BYTES = 4096

_LONG = 500
_LANGUAGE = Language(tree_sitter_javascript.language())
_SURROGATE = re.compile("[\ud800-\udfff]")
# Spaces to the grammar, but not to ECMAScript.
_FALSE_SPACE = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\u180e\u200b\u2060]")
_SPACE = re.compile("[\t\n\v\f\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff]*")
CURLY_QUOTE = re.compile("[\u2018\u2019\u201a\u201c\u201d\u201e\u00ab\u00bb\u2039\u203a]")
_ENTITY = re.compile(r"&(?:amp|lt|gt|quot|#39|nbsp);")
_WORD_OPERATOR = re.compile(r"\s(and|or|not|is|eq|ne|AND|OR|NOT|IS|EQ|NE)\s")
_TURNED_OPERATOR = re.compile(r"[.\]][\w$]*\s*(=>)|(=<)")  # no arrow function begins behind a property
_WORD_MEANS = {"=>": ">=", "=<": "<=", "and": "&&", "or": "||", "not": "!", "is": "===", "eq": "===", "ne": "!=="}
_COMMENT = re.compile(r"//|/\*|<!--|-->")
_OPEN = {"(": ")", "[": "]", "{": "}"}


@dataclass(frozen=True, slots=True)
class Source:
    """An expression's text and its parse tree; `start` is where it begins in a text around it.

    Offsets count characters, positions in the tree bytes.
    """

    text: str
    root: Node
    start: int
    _encoded: bytes

    def offset(self, position: int) -> int:
        """Where a byte of the tree is in the text around the expression."""
        if len(self._encoded) == len(self.text) + 3:
            return self.start + position - 1
        return self.start + len(self._encoded[1:position].decode("utf-8", "ignore"))

    def text_of(self, node: Node) -> str:
        """The text of one node."""
        return self._encoded[node.start_byte : node.end_byte].decode("utf-8")

    def following(self, node: Node) -> str:
        """The character after a node."""
        return self._encoded[node.end_byte : node.end_byte + 4].decode("utf-8", "ignore")[:1]

    def between(self, start: int, end: int) -> str:
        """The text between two bytes of the tree."""
        return self._encoded[start:end].decode("utf-8")


def parse(text: str, start: int = 0) -> Source:
    """Parse one expression. Raises ExpressionErrors, with a single error, when it is not one."""
    try:
        return _parse(text, start)
    except ExpressionErrors as refused:
        moved = tuple(replace(error, offset=error.offset + start) for error in refused.errors)
        raise ExpressionErrors(moved) from None


def _parse(text: str, start: int) -> Source:
    _check_characters(text)
    if len(text) > _LONG and (misfit := find_misfit(text)) is not None:
        # The parser takes its time to make sense of much nonsense.
        raise _syntax_error(text, misfit, 1)
    # In parentheses a `{` opens an object, and line ends separate nothing.
    encoded = f"({text}\n)".encode()
    program = Parser(_LANGUAGE).parse(encoded).root_node
    whole = Source(text, program, 0, encoded)
    if program.has_error:
        raise _syntax_error(text, *_first_error(whole))
    if _COMMENT.search(text):
        _check_comments(whole)
    inner = _inner(program, len(encoded))
    if inner is None:
        raise _syntax_error(text, 0, len(text))
    if not text.isascii() or _FALSE_SPACE.search(text):
        _check_gaps(whole)
    return Source(text, inner, start, encoded)


def refusal(code: str, message: str, hint: str, offset: int, length: int) -> ExpressionErrors:
    """A refusal for one reason."""
    return ExpressionErrors((ExpressionError(code, message, hint, offset, max(1, length)),))


def too_long(offset: int, length: int) -> ExpressionErrors:
    """The refusal of an expression that has too many bytes."""
    message = f"an expression can have at most {MAX_SOURCE_BYTES:,} bytes"
    return refusal("expression-too-long", message, "compute a part of it in an attribute", offset, length)


def _check_characters(text: str) -> None:
    lone = _SURROGATE.search(text)
    if lone:
        hint = f"write it as an escape: \\u{ord(lone[0]):04x}"
        raise refusal("expression-syntax", "half of a character stands in the expression", hint, lone.start(), 1)
    if len(text.encode()) > MAX_SOURCE_BYTES:
        raise too_long(0, len(text))
    if not text.strip():
        raise refusal("expression-syntax", "the expression is empty", "", 0, len(text))


def _inner(program: Node, size: int) -> Node | None:
    """What stands between our parentheses, when they belong together."""
    statement = program.children[0] if program.child_count == 1 else None
    if statement is None or statement.type != "expression_statement" or statement.child_count != 1:
        return None
    group = statement.children[0]
    if group.type != "parenthesized_expression" or group.end_byte != size or group.child_count != 3:
        return None
    return group.children[1]


def _check_comments(source: Source) -> None:
    """Refuse comments, which the grammar allows anywhere."""
    pending = [source.root]
    while pending:
        node = pending.pop()
        if node.type in ("comment", "html_comment"):
            offset, length = source.offset(node.start_byte), len(source.text_of(node))
            hint = "put it into the YAML, after ` #`"
            raise refusal("expression-unsupported", "not supported: a comment", hint, offset, length)
        pending.extend(reversed(node.children))


def _first_error(source: Source) -> tuple[int, int]:
    """Where the first thing that the grammar could not place begins, and its length."""
    pending = [source.root]
    while pending:
        node = pending.pop()
        if node.is_missing or (node.is_error and not any(child.has_error for child in node.children)):
            start = source.offset(max(1, node.start_byte))
            return start, source.offset(node.end_byte) - start
        pending.extend(child for child in reversed(node.children) if child.has_error or child.is_missing)
    return 0, len(source.text)


def _check_gaps(source: Source) -> None:
    """Refuse what the grammar takes for a space between two tokens and ECMAScript does not."""
    position = 1
    for start, end in _leaves(source.root):
        gap = source.between(position, start)
        if not _SPACE.fullmatch(gap):
            offset = source.offset(position)
            raise refusal("expression-syntax", "an invisible character stands in the expression", "", offset, len(gap))
        position = end


def _leaves(node: Node) -> Iterator[tuple[int, int]]:
    pending = [node]
    while pending:
        node = pending.pop()
        if node.child_count == 0 or node.type in ("string", "template_string", "regex"):
            yield node.start_byte, node.end_byte
        else:
            pending.extend(reversed(node.children))


def _syntax_error(text: str, offset: int, length: int) -> ExpressionErrors:
    for pattern, message, hint in _SLIPS:
        found = pattern.search(text)
        if found:
            word = found[found.lastindex or 0]
            hint = hint.format(_WORD_MEANS.get(word.lower(), ""))
            return refusal("expression-syntax", message, hint, found.start(found.lastindex or 0), len(word))
    bracket = _lonely_bracket(text)
    if bracket is not None:
        closing = _OPEN.get(text[bracket])
        message = f"`{text[bracket]}` is not closed" if closing else f"`{text[bracket]}` closes nothing"
        return refusal("expression-syntax", message, f"add `{closing}`" if closing else "", bracket, 1)
    offset = min(offset, len(text))
    shown = text[offset : offset + min(max(length, 1), 20)].strip()
    if not shown:
        return refusal("expression-syntax", "the expression ends too early", "", offset, 1)
    return refusal("expression-syntax", f"JavaScript does not understand this at `{shown}`", "", offset, length)


def _lonely_bracket(text: str) -> int | None:
    """The first bracket without its partner; where texts and patterns may hold some, nobody knows."""
    if re.search(r"[\"'`/]", text):
        return None
    pending: list[int] = []
    for offset, character in enumerate(text):
        if character in _OPEN:
            pending.append(offset)
        elif character in _OPEN.values() and (not pending or _OPEN[text[pending.pop()]] != character):
            return offset
    return pending[0] if pending else None


_SLIPS = (
    (CURLY_QUOTE, "a typographic quotation mark stands in the expression", "use \" or '"),
    (_ENTITY, "an HTML entity stands in the expression", "write the character itself"),
    (_WORD_OPERATOR, "JavaScript does not know this word as an operator", "write {}"),
    (_TURNED_OPERATOR, "the signs of this comparison stand the wrong way round", "write `{}`"),
)
