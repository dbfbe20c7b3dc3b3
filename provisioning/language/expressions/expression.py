"""A compiled expression, and how it is made from text."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache, partial
from types import TracebackType

from provisioning.language.expressions import syntax
from provisioning.language.expressions.deferred_code import DeferredCode
from provisioning.language.expressions.errors import EvaluationError, ExpressionErrors, Failure
from provisioning.language.expressions.grammar import READERS
from provisioning.language.expressions.interpolation import Piece, split_text
from provisioning.language.expressions.python_code import FILE_NAME
from provisioning.language.expressions.reading import Read, Reading
from provisioning.language.expressions.scope import EVENT_SCOPE, Names, Scope
from provisioning.language.expressions.source import parse, refusal
from provisioning.language.expressions.values import JSValue

# Configurations repeat themselves, and are checked again and again while they are edited.
_REMEMBERED = 1024
# Python generates each part within five calls of its own, of the thousand that may be open at once.
_MOST_FLAT = 100


@dataclass(frozen=True, slots=True)
class Expression:
    """An expression, or a text with expressions in it, ready to be evaluated.

    `reads` lists every use of PROFILE, EVENT, NOW and SECRET; `constant` says that there is none.
    """

    source: str
    reads: tuple[Read, ...]
    constant: bool
    whole_profile: bool
    code: DeferredCode = field(repr=False, compare=False)
    is_text: bool = field(default=False, repr=False)  # whether `source` is a text with `${…}` in it

    def evaluate(self, scope: Scope) -> JSValue:
        """The value for one event. Raises EvaluationError. What it gives must not be changed."""
        budget = scope.budget
        try:
            run, steps = self.code.made or self.code.make()
            # Written out here because a call would cost a quarter of a simple expression.
            budget.depth = 0
            spent = budget.spent
            stop = spent + budget.expression
            budget.stop = stop if stop < budget.event else budget.event
            budget.spent = spent + steps
            if budget.spent > budget.stop:
                budget.charge(0)
            return run(scope.profile, scope.event, scope.now, scope.secret, budget)
        except Failure as failure:
            offset = _offset(failure.__traceback__)
            raise EvaluationError(failure.kind, failure.message, offset) from None
        except RecursionError as error:
            offset = _offset(error.__traceback__)
            raise EvaluationError("BudgetError", "the expression is nested too deep", offset) from None

    def prepare(self) -> None:
        """Do now what the first evaluation would do besides, so that no event waits for it."""
        self.code.make()


def _offset(traceback: TracebackType | None) -> int:
    """Where in the source the innermost generated function was: its lines are offsets plus one."""
    line = 1
    while traceback is not None:
        if traceback.tb_frame.f_code.co_filename == FILE_NAME:
            line = traceback.tb_lineno
        traceback = traceback.tb_next
    return line - 1


def compile_expression(source: str, *, names: Names = EVENT_SCOPE) -> Expression:
    """Compile one expression. Raises ExpressionErrors with all that is wrong, offsets into `source`."""
    return _compiled_expression(source, names)


@lru_cache(maxsize=_REMEMBERED)
def _compiled_expression(source: str, names: Names) -> Expression:
    node, reading = _read(Piece(source, 0), names)
    return _expression(source, node, [reading])


def compile_text(source: str, *, names: Names = EVENT_SCOPE) -> Expression:
    """Compile a text with `${…}` in it. Raises ExpressionErrors, offsets into `source`.

    A text that is exactly one `${…}` has its value; with text around it is a template; without any it is a
    constant. `$${` stands for `${` itself.
    """
    return _compiled_text(source, names)


@lru_cache(maxsize=_REMEMBERED)
def _compiled_text(source: str, names: Names) -> Expression:
    pieces = split_text(source)
    if all(isinstance(piece, str) for piece in pieces):
        text = "".join(map(str, pieces))
        return Expression(source, (), True, False, DeferredCode((partial(_constant, text), 1)))
    parts: list[str | syntax.Node] = []
    readings: list[Reading] = []
    errors: list[ExpressionErrors] = []
    for piece in pieces:
        try:
            parts.append(piece if isinstance(piece, str) else _read_value(piece, names, readings))
        except ExpressionErrors as refused:
            errors.append(refused)
    if errors:
        raise ExpressionErrors(tuple(error for refused in errors for error in refused.errors))
    if len(parts) == 1 and not isinstance(parts[0], str):
        return _expression(source, parts[0], readings, is_text=True)
    return _expression(source, syntax.Template(0, tuple(parts)), readings, is_text=True)


def _constant(value: str, *scope: object) -> str:
    return value


def _read_value(piece: Piece, names: Names, readings: list[Reading]) -> syntax.Node:
    node, reading = _read(piece, names, is_value=True)
    readings.append(reading)
    return node


def _read(piece: Piece, names: Names, *, is_value: bool = False) -> tuple[syntax.Node, Reading]:
    source = parse(piece.text, piece.offset)
    reading = Reading(source, names, READERS)
    node = reading.node(source.root)
    if is_value:
        reading.check_text(node)
    reading.check()
    for read in reading.reads:
        if read.root == "SECRET" and not isinstance(node, syntax.RootMember):
            message = "a secret can only be used as `${SECRET.name}`"
            raise refusal("expression-secret", message, "write text around it, not in it", read.offset, len("SECRET"))
    return node, reading


def _expression(source: str, node: syntax.Node, readings: list[Reading], *, is_text: bool = False) -> Expression:
    code = DeferredCode(node)
    if sum(reading.parts for reading in readings) > _MOST_FLAT:
        _make_deep(code, source)
    reads = tuple(sorted((read for reading in readings for read in reading.reads), key=_offset_of))
    whole = any(read.root == "PROFILE" and read.name is None for read in reads)
    return Expression(source, reads, not reads, whole, code, is_text)


def _make_deep(code: DeferredCode, source: str) -> None:
    try:
        code.make()
    except RecursionError:
        hint = "compute a part of it in an attribute"
        raise refusal("expression-too-deep", "the expression is nested too deep", hint, 0, len(source)) from None


def _offset_of(read: Read) -> int:
    return read.offset
