"""The values that the examples of expressions run with, and how a result is written on the page."""

from __future__ import annotations

import json
import math
from typing import Any

from provisioning.language.expressions import (
    UNDEFINED,
    EvaluationError,
    LazyObject,
    Scope,
    compile_expression,
    to_json_text,
)
from tests.docs.blocks import ROOT, blocks

PAGE = ROOT / "docs" / "expressions.md"
NOW = 1_798_761_600


def given(name: str) -> dict[str, Any]:
    """`profile` or `event` as the page shows them."""
    block = next(block for block in blocks(PAGE) if block.flags == {name})
    values: dict[str, Any] = json.loads(block.text)
    return values


def result(expression: str) -> str:
    """What the engine gives: JSON, or a word of JavaScript, or the name of an error."""
    scope = Scope(profile=LazyObject(given("profile")), event=LazyObject(given("event")), now=NOW)
    try:
        return written(compile_expression(expression).evaluate(scope))
    except EvaluationError as error:
        return error.kind


def written(value: Any) -> str:
    """A value as a reader would write it."""
    if value is UNDEFINED:
        return "undefined"
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, float) and value == 0 and math.copysign(1, value) < 0:
        return "-0"
    text = to_json_text(value)
    return "undefined" if text is None else json.dumps(json.loads(text), ensure_ascii=_has_half(value))


def _has_half(value: Any) -> bool:
    return isinstance(value, str) and any("\ud800" <= character <= "\udfff" for character in value)
