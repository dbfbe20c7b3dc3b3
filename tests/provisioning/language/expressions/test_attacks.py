"""Each attack ends as a refusal or as an error, soon and in little memory."""

from __future__ import annotations

import time
import tracemalloc
from typing import Any

import pytest

from provisioning.language.expressions import (
    UNDEFINED,
    EvaluationError,
    ExpressionErrors,
    Scope,
    compile_expression,
    compile_text,
)
from provisioning.language.expressions import expression as engine
from tests.provisioning.language.expressions.attacks import (
    FINE_OR_FAILING,
    NOT_READABLE,
    REACHING_OUT,
    TOO_MUCH_WORK,
)

PROFILE: dict[str, Any] = {"text": "abc", "list": [1, 2], "object": {"a": 1}}
EVENT: dict[str, Any] = {"text": "x", "long": "a" * 200_000}
YARDSTICK_ROUNDS = 250_000  # about 5 ms where nothing else runs
MOST_YARDSTICKS = 20
MOST_BYTES = 10_000_000
ALL = [*TOO_MUCH_WORK, *FINE_OR_FAILING, *REACHING_OUT, *NOT_READABLE]


def attempt(source: str) -> str:
    """How it ends: `refused`, the kind of an error, or `value`."""
    try:
        expression = compile_expression(source)
    except ExpressionErrors:
        return "refused"
    try:
        expression.evaluate(Scope(profile=PROFILE, event=EVENT))
    except EvaluationError as error:
        return error.kind
    return "value"


def seconds(source: str) -> float:
    """The processor time of one attempt."""
    engine._compiled_expression.cache_clear()
    start = time.process_time()
    attempt(source)
    return time.process_time() - start


def yardstick() -> float:
    """The processor time of a fixed piece of work: how fast this machine is at the moment."""
    start = time.process_time()
    for _ in range(YARDSTICK_ROUNDS):
        start * start
    return time.process_time() - start


def test_corpus__counted__is_no_small_one() -> None:
    assert len(ALL) >= 200


@pytest.mark.parametrize("source", TOO_MUCH_WORK)
def test_bomb__evaluated__ends_as_an_error(source: str) -> None:
    assert attempt(source) in ("BudgetError", "RangeError", "SyntaxError", "refused")


@pytest.mark.parametrize("source", NOT_READABLE)
def test_monster__compiled__is_refused_or_harmless(source: str) -> None:
    assert attempt(source) in ("refused", "value", "TypeError")


@pytest.mark.parametrize("source", NOT_READABLE)
def test_monster__in_a_text__is_refused_or_harmless(source: str) -> None:
    try:
        expression = compile_text(f"a ${{{source}}} b ${{{source}")
    except ExpressionErrors:
        return
    assert isinstance(expression.evaluate(Scope()), str)


@pytest.mark.parametrize("source", ALL, ids=range(len(ALL)))
def test_attack__whatever_it_is__takes_little_time(source: str) -> None:
    assert min(seconds(source) / yardstick() for _ in range(3)) < MOST_YARDSTICKS


@pytest.mark.parametrize("source", ALL, ids=range(len(ALL)))
def test_attack__whatever_it_is__takes_little_memory(source: str) -> None:
    attempt(source)
    tracemalloc.start()
    try:
        attempt(source)
        assert tracemalloc.get_traced_memory()[1] < MOST_BYTES
    finally:
        tracemalloc.stop()


HARMLESS_VALUES = {
    "({constructor: 1}).constructor": 1,
    "`${PROFILE.constructor}`": "undefined",
}


@pytest.mark.parametrize("source", REACHING_OUT)
def test_reaching_out__by_any_syntax__finds_nothing(source: str) -> None:
    assert attempt(source) in ("refused", "TypeError", "value")
    if attempt(source) == "value":
        value = compile_expression(source).evaluate(Scope(profile=PROFILE, event=EVENT))
        assert value == HARMLESS_VALUES.get(source, UNDEFINED)
