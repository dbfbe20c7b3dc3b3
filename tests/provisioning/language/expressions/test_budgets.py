"""Steps, sizes and depth: what they cost, and that they are shared by the expressions of one event."""

from __future__ import annotations

import pytest

from provisioning.language.expressions import Budget, EvaluationError, Scope, compile_expression

LONG = [0] * 9_000


def spent(source: str, **event: object) -> int:
    scope = Scope(event=event)
    compile_expression(source).evaluate(scope)
    return scope.budget.spent


def fails(source: str, scope: Scope) -> str:
    with pytest.raises(EvaluationError) as raised:
        compile_expression(source).evaluate(scope)
    assert raised.value.kind == "BudgetError"
    return raised.value.message


def test_steps__of_a_simple_expression__are_its_parts() -> None:
    assert spent("EVENT.a") == 1
    assert spent("EVENT.a > 1") <= 4


def test_steps__of_a_native__grow_by_one_for_each_item() -> None:
    assert spent("EVENT.list.map(String)", list=[0] * 500) - spent("EVENT.list.map(String)", list=[0] * 100) == 400


def test_steps__of_a_native__grow_by_one_for_64_characters() -> None:
    long, short = spent("EVENT.text.trim()", text="a" * 6400), spent("EVENT.text.trim()", text="a" * 640)
    assert long - short == 90


def test_steps__of_an_arrow_function__count_for_each_call() -> None:
    assert spent("EVENT.list.map(x => x + 1)", list=[0] * 1000) > 2 * 1000


def test_expression__of_too_many_steps__fails() -> None:
    message = fails("EVENT.list.map(x => x + 1)", Scope(event={"list": LONG}))
    assert message == "the expression takes more than 10,000 steps"


def test_event__of_too_many_steps__fails_all_later_expressions() -> None:
    scope = Scope(event={"list": LONG})
    cheap = compile_expression("EVENT.list.includes(1)")
    for _ in range(11):
        cheap.evaluate(scope)
    assert "100,000" in fails("EVENT.list.includes(1)", scope)
    assert "100,000" in fails("1 + 1", scope)


def test_expression__that_failed__costs_the_event_no_more_than_its_own_limit() -> None:
    scope = Scope(event={"list": LONG})
    for _ in range(9):
        fails("EVENT.list.map(x => x + 1)", scope)
    assert scope.budget.spent == 90_000
    assert compile_expression("1 + 1").evaluate(scope) == 2


def test_budget__of_its_own_sizes__is_kept() -> None:
    scope = Scope(budget=Budget(expression=5, event=8))
    compile_expression("1 + 1").evaluate(scope)
    assert fails("1 + 1 + 1 + 1", scope) == "the expressions of this event take more than 8 steps"
    assert fails("1 + 1 + 1 + 1", Scope(budget=Budget(expression=5))) == "the expression takes more than 5 steps"


@pytest.mark.parametrize(
    ("source", "fits"),
    [
        ("'a'.repeat(262144).length", True),
        ("'a'.repeat(262145).length", False),
        ("('a'.repeat(131072) + 'b'.repeat(131072)).length", True),
        ("('a'.repeat(131072) + 'b'.repeat(131073)).length", False),
        ("('😀'.repeat(65536) + '😀'.repeat(65536)).length", True),
        ("('😀'.repeat(65536) + '😀'.repeat(65537)).length", False),
        ("`${'a'.repeat(131072)}${'b'.repeat(131073)}`.length", False),
        ("EVENT.list.concat(EVENT.list.slice(0, 500)).length", True),
        ("[...EVENT.list, ...EVENT.list].length", False),
        ("EVENT.list.concat(EVENT.list).length", False),
    ],
)
def test_size__at_its_limit__fits_and_beyond_it_does_not(source: str, fits: bool) -> None:
    scope = Scope(event={"list": [0] * 5_001 if "..." in source else [0] * 9_400}, budget=Budget(expression=30_000))
    if fits:
        assert compile_expression(source).evaluate(scope) > 5_000
    else:
        assert "would" in fails(source, scope)


def test_calls__64_deep__are_allowed_and_65_are_not() -> None:
    source = "((f, n) => f(f, n))((f, n) => n <= 0 ? 'done' : f(f, n - 1), {})"
    assert compile_expression(source.format(62)).evaluate(Scope()) == "done"
    assert "64 deep" in fails(source.format(63), Scope())


def test_depth__after_an_error__starts_again() -> None:
    scope = Scope()
    fails("(f => f(f))(f => f(f))", scope)
    assert compile_expression("[1].map(x => [x].map(y => y))").evaluate(scope) == [[1.0]]


def test_value__nested_too_deep__is_not_walked() -> None:
    nested = "Array.from('a'.repeat(200)).reduce(all => [all], [])"
    for source in (f"JSON.stringify({nested})", f"String({nested})", f"{nested}.flat(Infinity)"):
        assert "deep" in fails(source, Scope())
