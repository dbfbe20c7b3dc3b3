"""Where each part of an expression begins and ends: the tree is read once more, with its places."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import tree_sitter

from provisioning.language.expressions import syntax
from provisioning.language.expressions.chains import LINKS, receiver_of
from provisioning.language.expressions.expression import Expression
from provisioning.language.expressions.grammar import READERS
from provisioning.language.expressions.interpolation import Piece, split_text
from provisioning.language.expressions.reading import Reading, child_of, without_parentheses
from provisioning.language.expressions.scope import WEBHOOK_SCOPE
from provisioning.language.expressions.source import Source, parse


class Span(NamedTuple):
    """From the first character to the one after the last, counted in the whole source."""

    start: int
    end: int


class Spans:
    """The places of the parts of one tree: equal parts stand in different places, so each is known by itself."""

    def __init__(self) -> None:
        self._found: dict[int, tuple[object, Span]] = {}  # with the part, so that no other gets its id

    def of(self, part: object) -> Span | None:
        """Where the part stands; None for the whole expression, and for what is not written in it."""
        found = self._found.get(id(part))
        return found[1] if found else None

    def add(self, part: object, start: int, end: int) -> None:
        """Note where a part stands."""
        self._found[id(part)] = (part, Span(start, end))

    def remove(self, part: object) -> None:
        """Forget a part."""
        self._found.pop(id(part), None)


class _PlacedReading(Reading):
    """Reads as usual, and notes where each part stands."""

    def __init__(self, source: Source, spans: Spans) -> None:
        super().__init__(source, WEBHOOK_SCOPE, READERS)
        self.spans = spans

    def node(self, node: tree_sitter.Node) -> syntax.Node:
        node = without_parentheses(node)
        result = super().node(node)
        self._note(node, result)
        return result

    def _note(self, node: tree_sitter.Node, result: syntax.Node) -> None:
        parts: tuple[syntax.Link | syntax.Operation, ...] = ()
        if isinstance(result, syntax.Binary):
            parts = result.rest
        elif isinstance(result, syntax.Chain):
            parts = result.links
        inner = list(_inner_nodes(node))
        for part, place in zip(reversed(parts), inner, strict=False):
            self._place(part, place)
        if isinstance(result, syntax.Chain) and self.spans.of(result.base) is None:
            self._place(result.base, inner[len(parts)])
        for last in parts[-1:]:  # it ends where the whole does
            self.spans.remove(last)
        self._place(result, node)

    def _place(self, part: object, node: tree_sitter.Node) -> None:
        self.spans.add(part, self.offset(node), self.source.offset(node.end_byte))


def _inner_nodes(node: tree_sitter.Node) -> Iterator[tree_sitter.Node]:
    """The node and the ones that it grew from to the right: of `a.b.c` itself, `a.b` and `a`."""
    while node.type in LINKS or node.type == "binary_expression":
        yield node
        node = receiver_of(node) if node.type in LINKS else child_of(node, "left")
    yield without_parentheses(node)


def tree_with_spans(expression: Expression) -> tuple[syntax.Node, Spans]:
    """The tree of an expression, and where its parts stand."""
    spans = Spans()
    pieces = split_text(expression.source) if expression.is_text else [Piece(expression.source, 0)]
    parts = tuple(piece if isinstance(piece, str) else _read(piece, spans) for piece in pieces)
    if len(parts) > 1 or isinstance(parts[0], str):
        return syntax.Template(0, parts), spans
    spans.remove(parts[0])
    return parts[0], spans


def _read(piece: Piece, spans: Spans) -> syntax.Node:
    source = parse(piece.text, piece.offset)
    return _PlacedReading(source, spans).node(source.root)
