"""Traces: the value of every part of an expression, and the same outcome as without one."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from provisioning.language.expressions import (
    UNDEFINED,
    Budget,
    EvaluationError,
    Expression,
    ExpressionErrors,
    Scope,
    compile_expression,
    compile_text,
)
from provisioning.language.expressions.tracing import MAX_PARTS, Traced, trace
from tests.provisioning.language.expressions.random_expressions import Expressions, random_data

PROFILE = {"pets": [{"value": "dogs", "time": 1}], "spend": 3.5, "empty": []}
EVENT = {"a": 1, "items": [1, 2, 3, 4, 5], "inner": {"b": None}, "städte": "Köln"}


def traced(expression: Expression) -> Traced:
    return trace(expression, Scope(profile=PROFILE, event=EVENT, now=100))


def parts(expression: Expression) -> dict[str, Any]:
    return {part.source: part.values[0] if part.count == 1 else part.values for part in traced(expression).parts}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("PROFILE.spend", {}),
        ("1 + 1 > 2", {}),
        ("PROFILE.spend > 3", {"PROFILE.spend": "3.5"}),
        ("(PROFILE.spend) > ((3))", {"PROFILE.spend": "3.5"}),
        ("PROFILE.pets.length > 0", {"PROFILE.pets.length": "1", "PROFILE.pets": '[{"value": "dogs", "time": 1}]'}),
        ("EVENT.a + NOW - 1 > 5", {"EVENT.a + NOW - 1": "100", "EVENT.a + NOW": "101", "EVENT.a": "1", "NOW": "100"}),
        ("EVENT.a ** -2", {"EVENT.a": "1"}),
        ("EVENT.x ?? EVENT.a", {"EVENT.x": "undefined", "EVENT.a": "1"}),
        ("EVENT.x && EVENT.a", {"EVENT.x": "undefined"}),
        ("EVENT.a ? PROFILE.spend : EVENT.x", {"EVENT.a": "1", "PROFILE.spend": "3.5"}),
        ("!(EVENT.a && EVENT.x)", {"EVENT.a && EVENT.x": "false", "EVENT.a": "1", "EVENT.x": "undefined"}),
        ("EVENT.inner?.b?.c", {"EVENT.inner?.b": "null", "EVENT.inner": '{"b": null}'}),
        ("(EVENT.items).at(-1)", {"EVENT.items": "[1, 2, 3, 4, 5]"}),
        ('EVENT["städte"] + EVENT.a', {'EVENT["städte"]': '"Köln"', "EVENT.a": "1"}),
        ("Math.max(EVENT.a, 7).toFixed(1)", {"Math.max(EVENT.a, 7)": "7", "EVENT.a": "1"}),
        ("Date.now() > EVENT.a", {"Date.now()": "100000", "EVENT.a": "1"}),
        ("new Date(NOW) > 3", {"new Date(NOW)": '"1970-01-01T00:00:00.100Z"', "NOW": "100"}),
        ("[EVENT.a, 2]", {"EVENT.a": "1"}),
        ("({k: EVENT.a}).k", {"{k: EVENT.a}": '{"k": 1}', "EVENT.a": "1"}),
        ("`x${EVENT.a}`", {"EVENT.a": "1"}),
        ("EVENT.a / 0 - 1", {"EVENT.a / 0": "Infinity", "EVENT.a": "1"}),
    ],
)  # fmt: skip
def test_parts__of_an_expression__each_with_its_value(source: str, expected: dict[str, str]) -> None:
    assert parts(compile_expression(source)) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("nothing", {}),
        ("$${EVENT.a}", {}),
        ("${EVENT.a}", {}),
        ("${EVENT.a + 1}", {"EVENT.a": "1"}),
        ("a ${EVENT.a}, b ${EVENT.inner.b}", {"EVENT.a": "1", "EVENT.inner.b": "null", "EVENT.inner": '{"b": null}'}),
    ],
)
def test_parts__of_a_text__each_with_its_value(source: str, expected: dict[str, str]) -> None:
    assert parts(compile_text(source)) == expected


def test_parts__in_a_function__tell_the_last_calls_and_how_many() -> None:
    found = traced(compile_expression("EVENT.items.filter(x => x > 2).length")).parts
    assert [(part.source, part.values, part.count) for part in found] == [
        ("EVENT.items.filter(x => x > 2)", ("[3, 4, 5]",), 1),
        ("EVENT.items", ("[1, 2, 3, 4, 5]",), 1),
        ("x > 2", ("true", "true", "true"), 5),
        ("x", ("3", "4", "5"), 5),
    ]


def test_places__are_characters_of_the_source() -> None:
    source = "é😀 ${ EVENT.a } ${(PROFILE.pets)[0].value}"
    found = traced(compile_text(source)).parts
    assert [(part.offset, part.length) for part in found] == [(6, 7), (18, 23), (18, 17), (19, 12)]
    assert all(source[part.offset : part.offset + part.length] == part.source for part in found)


def test_error__is_told_with_the_values_before_it() -> None:
    found = traced(compile_text("${PROFILE.empty[0].value}"))
    assert found.value is UNDEFINED
    assert str(found.error) == "TypeError: undefined has no property value"
    assert [(part.source, part.values) for part in found.parts] == [
        ("PROFILE.empty[0]", ("undefined",)),
        ("PROFILE.empty", ("[]",)),
    ]


def test_value__long__is_cut() -> None:
    [part] = [part for part in traced(compile_expression('"ab".repeat(EVENT.a * 500) > EVENT.a')).parts if
              part.source.endswith("500)")]  # fmt: skip
    assert len(part.values[0]) == 200
    assert part.values[0].endswith("ab…")


def test_parts__very_many__are_cut() -> None:
    source = ",".join(f"EVENT.a+{number}" for number in range(250))
    assert len(traced(compile_expression(f"[{source}]")).parts) == MAX_PARTS


def test_budget__is_spent_as_without_a_trace() -> None:
    expression = compile_expression("EVENT.items.map(x => !(x && EVENT.a) ? 1 : `${x}`).join('')")
    assert _outcome(expression, traced_too=True) == _outcome(expression, traced_too=False)


def _outcome(expression: Expression, *, traced_too: bool, data: Any = (PROFILE, EVENT)) -> tuple[str, int]:
    scope = Scope(profile=data[0], event=data[1], now=100, budget=Budget())
    if traced_too:
        found = trace(expression, scope)
        return repr(found.error and (str(found.error), found.error.offset)) + repr(found.value), scope.budget.spent
    try:
        return "None" + repr(expression.evaluate(scope)), scope.budget.spent
    except EvaluationError as error:
        return repr((str(error), error.offset)) + "undefined", scope.budget.spent


@settings(max_examples=300, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_trace__of_any_expression__has_the_outcome_of_evaluating_it(seed: int) -> None:
    random = Random(seed)
    source = Expressions(random).source()
    try:
        expression = compile_expression(source)
    except ExpressionErrors:
        return
    data = (random_data(random), random_data(random))
    plain = _outcome(expression, traced_too=False, data=data)
    assert _outcome(expression, traced_too=True, data=data) == plain or " at 0x" in plain[0]
    for part in trace(expression, Scope(profile=data[0], event=data[1])).parts:
        assert source[part.offset : part.offset + part.length] == part.source
        assert all(len(value) <= 200 for value in part.values)
