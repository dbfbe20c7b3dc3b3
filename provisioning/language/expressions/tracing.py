"""Evaluating an expression and noting the value of each of its parts, for people who ask why.

The function is generated a second time, with a note of each value; the one that events run stays as it is.
Steps, sizes and depth are counted as without notes.
"""

from __future__ import annotations

import ast
from collections import deque
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from types import FunctionType

from provisioning.language.expressions import syntax
from provisioning.language.expressions.deferred_code import DeferredCode
from provisioning.language.expressions.errors import EvaluationError
from provisioning.language.expressions.expression import Expression
from provisioning.language.expressions.generation import Generation
from provisioning.language.expressions.generator import WRITERS, function_of
from provisioning.language.expressions.python_code import Builder
from provisioning.language.expressions.scope import Scope
from provisioning.language.expressions.short_text import short_text
from provisioning.language.expressions.spans import Span, Spans, tree_with_spans
from provisioning.language.expressions.values import UNDEFINED, JSValue, is_function

MAX_PARTS = 200
MAX_VALUES = 3
_REMEMBERED = 256
_UNTOLD = syntax.Constant | syntax.Arrow | syntax.Native | syntax.RegexLiteral


@dataclass(frozen=True, slots=True)
class Part:
    """A part of an expression that was evaluated: `offset` and `length` count characters of the whole source.

    `values` are JSON texts, shortened: the last three at most of the `count` that it had, as inside a function
    that is called for each item. `in_function`: it may hold what the function is called with. `sensitive` is said
    by who knows the configuration.
    """

    source: str
    offset: int
    length: int
    values: tuple[str, ...]
    count: int
    in_function: bool = False
    sensitive: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """Where a part stands, and whether that is inside a function of the expression."""

    span: Span
    in_function: bool


@dataclass(frozen=True, slots=True)
class Traced:
    """What became of an expression. `value` is UNDEFINED where there is an `error`.

    `parts` are in the order of the source, a part before those inside of it, at most 200; the whole
    expression is not among them.
    """

    expression: Expression
    value: JSValue
    error: EvaluationError | None
    parts: tuple[Part, ...]


class _Notes:
    """The values of each part so far."""

    def __init__(self) -> None:
        self.values: dict[int, deque[JSValue]] = {}
        self.counts: dict[int, int] = {}

    def note(self, number: int, value: JSValue) -> JSValue:
        if not is_function(value):
            self.values.setdefault(number, deque(maxlen=MAX_VALUES)).append(value)
            self.counts[number] = self.counts.get(number, 0) + 1
        return value


class _NotingGeneration(Generation):
    """Writes the same code with a note around each value whose place is known."""

    def __init__(self, spans: Spans) -> None:
        super().__init__(WRITERS)
        self.spans = spans
        self.places: list[Place] = []

    def value(self, node: syntax.Node) -> ast.expr:
        code = super().value(node)
        return code if _is_plain(node) else self._noted(node, code)

    def part(self, part: syntax.Link | syntax.Operation, code: ast.expr) -> ast.expr:
        return self._noted(part, code)

    def condition(self, node: syntax.Node) -> ast.expr:
        code = super().condition(node)
        told = isinstance(node, syntax.Logical) and node.operator != "??"
        return self._noted(node, code) if told else code

    def _noted(self, node: syntax.Node | syntax.Link | syntax.Operation, code: ast.expr) -> ast.expr:
        span = self.spans.of(node)
        if span is None:
            return code
        self.places.append(Place(span, len(self.frames) > 1))
        build = Builder(node.offset)
        return build.call("note", build.constant(len(self.places) - 1), code)


def _is_plain(node: syntax.Node) -> bool:
    """Whether the value is what stands there."""
    return isinstance(node.operand if isinstance(node, syntax.Unary) else node, _UNTOLD)


@dataclass(frozen=True, slots=True)
class _Noting:
    """The function that notes: it takes `note` after the parameters of the other."""

    function: FunctionType
    places: tuple[Place, ...]


def trace(expression: Expression, scope: Scope) -> Traced:
    """Evaluate an expression as `evaluate` does, and say what each part of it gave. Raises nothing for its errors."""
    noting = None if expression.constant else _noting(expression)
    if noting is None:
        return Traced(expression, *_outcome(expression, scope), ())
    notes = _Notes()
    _, steps = expression.code.made or expression.code.make()
    watched = replace(expression, code=DeferredCode((partial(_run, noting.function, notes), steps)))
    return Traced(expression, *_outcome(watched, scope), _parts(expression, noting, notes))


def _run(function: FunctionType, notes: _Notes, *scope: object) -> JSValue:
    return function(*scope, notes.note)


def _outcome(expression: Expression, scope: Scope) -> tuple[JSValue, EvaluationError | None]:
    try:
        return expression.evaluate(scope), None
    except EvaluationError as error:
        return UNDEFINED, error


@lru_cache(maxsize=_REMEMBERED)
def _noting(expression: Expression) -> _Noting | None:
    """None for an expression nested so deep that there is no room for notes."""
    node, spans = tree_with_spans(expression)
    generation = _NotingGeneration(spans)
    try:
        function, _ = function_of(generation, node, "note")
    except RecursionError:
        return None
    return _Noting(function, tuple(generation.places))


def _parts(expression: Expression, noting: _Noting, notes: _Notes) -> tuple[Part, ...]:
    parts = (_part(expression.source, noting.places[number], number, notes) for number in notes.values)
    return tuple(sorted(parts, key=_outermost_first)[:MAX_PARTS])


def _outermost_first(part: Part) -> tuple[int, int]:
    return part.offset, -part.length


def _part(source: str, place: Place, number: int, notes: _Notes) -> Part:
    start, end = place.span.start, place.span.end
    values = tuple(short_text(value) for value in notes.values[number])
    return Part(source[start:end], start, end - start, values, notes.counts[number], place.in_function)
