"""Conditions and texts with `${…}`, compiled, each remembered with the scalar it stands in."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from provisioning.language.core_schema import resolve
from provisioning.language.document import MappingNode, Node, Scalar, SequenceNode
from provisioning.language.expression_slips import (
    compile_slip,
    followed_by_glued_comment,
    interpolated_line,
    looks_like_expression,
    spoken_braces,
)
from provisioning.language.expressions import (
    Expression,
    ExpressionErrors,
    Read,
    compile_expression,
    compile_text,
)
from provisioning.language.field_values import single_value
from provisioning.language.findings import Findings
from provisioning.language.schema import EXPRESSION_BYTES, WHOLE_INTERPOLATION, Field
from provisioning.language.syntax_slips import leading_collection
from provisioning.language.templates import Constant, Template, Text

# Configurations of one account repeat their expressions, from offer to offer and from version to version.
_CACHED: Final = 4096
_EVENT_ONLY: Final = "which row an event is depends on EVENT and NOW alone; put the rest into the `if` that uses it"


@dataclass(frozen=True, slots=True)
class Formula:
    """An expression and where it stands: `shift` is where its source begins in the scalar's value."""

    scalar: Scalar
    expression: Expression
    shift: int = 0

    def at(self, read: Read) -> int:
        """The offset of a read in the scalar's value."""
        return self.shift + read.offset


@dataclass(frozen=True, slots=True)
class Compiled:
    """A template and the expressions in it."""

    template: Template
    formulas: tuple[Formula, ...] = ()


@lru_cache(maxsize=_CACHED)
def _expression(source: str, roots: tuple[str, ...]) -> Expression:
    return compile_expression(source, names=frozenset(roots))


@lru_cache(maxsize=_CACHED)
def _text(source: str, roots: tuple[str, ...]) -> Expression:
    return compile_text(source, names=frozenset(roots))


def read_condition(findings: Findings, field: Field, node: Node) -> Formula | None:
    """The expression of an `if`, bare or as one `${…}`; None after a problem was reported."""
    scalar = _expression_scalar(findings, field, node)
    if scalar is None or _too_long(findings, scalar):
        return None
    whole = WHOLE_INTERPOLATION.fullmatch(scalar.text)
    source, shift = (whole[1], whole.start(1)) if whole else (scalar.text, 0)
    try:
        return Formula(scalar, _expression(source, field.roots), shift)
    except ExpressionErrors as errors:
        _report(findings, scalar, errors, shift, field)
        return None


def read_value(findings: Findings, field: Field, node: Node) -> Compiled | None:
    """A `value`: one text with or without `${…}`; None after a problem was reported."""
    scalar = _expression_scalar(findings, field, node)
    if scalar is None:
        return None
    if scalar.style == "plain" and "${" not in scalar.text and not isinstance(resolve(scalar), str):
        findings.warning(
            scalar,
            "constant-text",
            f"`{field.name}` is the text “{scalar.text}” here",
            hint=f"write `${{{scalar.text}}}` for the value itself, or put the text in quotes",
        )
        return Compiled(Constant(scalar.text))
    return compile_scalar(findings, field, scalar)


def read_increment(findings: Findings, field: Field, node: Node) -> Compiled | None:
    """An `increment`: a number or one `${…}`; None after a problem was reported."""
    scalar = _expression_scalar(findings, field, node)
    if scalar is None:
        return None
    number = resolve(scalar)
    if isinstance(number, int | float) and not isinstance(number, bool) and abs(number) < float("inf"):
        return Compiled(Constant(number))
    if WHOLE_INTERPOLATION.fullmatch(scalar.text):
        return compile_scalar(findings, field, scalar)
    looks = looks_like_expression(scalar.text)
    findings.error(
        scalar,
        "wrong-type",
        f"`{field.name}` is a number or one `${{…}}`",
        hint=f"did you mean `${{{scalar.text}}}`?" if looks else "",
        mended=interpolated_line(findings.document, scalar) if looks else "",
    )
    return None


def compile_scalar(findings: Findings, field: Field, scalar: Scalar) -> Compiled | None:
    """A text that interpolates; None after a problem was reported."""
    if "${" not in scalar.text:
        _warn_of_literal(findings, scalar)
        return Compiled(Constant(scalar.text))
    if _too_long(findings, scalar):
        return None
    try:
        expression = _text(scalar.text, field.roots)
    except ExpressionErrors as errors:
        _report(findings, scalar, errors, 0, field)
        return None
    return Compiled(Text(expression), (Formula(scalar, expression),))


def _expression_scalar(findings: Findings, field: Field, node: Node) -> Scalar | None:
    if isinstance(node, MappingNode | SequenceNode) and node.flow:
        line = findings.document.short_line(node.start)
        slip = leading_collection(line, "[" if isinstance(node, SequenceNode) else "{")
        findings.error(node, slip.code, slip.message, hint=slip.hint, mended=slip.mended)
        return None
    if isinstance(node, Scalar) and node.absent and followed_by_glued_comment(findings.document, node):
        message = "nothing is left of the value: in YAML ` #` begins a comment"
        findings.error(node, "cut-by-comment", message, hint="put the whole value in single quotes")
        return None
    return single_value(findings, field, node)


def _too_long(findings: Findings, scalar: Scalar) -> bool:
    size = len(scalar.text.encode("utf-8", "surrogatepass"))
    if size <= EXPRESSION_BYTES:
        return findings.full
    findings.error(scalar, "limit", f"the expression has {size:,} bytes; at most {EXPRESSION_BYTES:,} are allowed")
    return True


def _report(findings: Findings, scalar: Scalar, errors: ExpressionErrors, shift: int, field: Field) -> None:
    slip = compile_slip(findings.document, scalar, field)
    if slip is not None:
        findings.error(scalar, slip.code, slip.message, hint=slip.hint, mended=slip.mended)
        return
    for error in errors.errors:
        hint = error.hint or ("" if "PROFILE" in field.roots else _EVENT_ONLY)
        findings.error(scalar, error.code, error.message, hint=hint, at=shift + error.offset)


def _warn_of_literal(findings: Findings, scalar: Scalar) -> None:
    braces = spoken_braces(findings.document, scalar)
    if looks_like_expression(scalar.text):
        findings.warning(
            scalar,
            "literal-text",
            f"literal text; did you mean `${{{scalar.text.strip('${} ')}}}`?",
            mended=braces.mended if braces is not None else interpolated_line(findings.document, scalar),
        )
    elif braces is not None:
        message = "literal text; `{{…}}` is not known here"
        findings.warning(scalar, "literal-text", message, hint=braces.hint, mended=braces.mended)
