"""What an evaluation error says is logged and shown to staff: it names the rule's own words, never a visitor's data."""

from __future__ import annotations

import pytest

from provisioning.language.expressions import Budget, EvaluationError, LazyObject, Scope, compile_expression

PLANTED = "anna@example.com"
EVENT = {"planted": PLANTED, "nothing": None, "object": {"m": 1, PLANTED: 1}, "number": 1, "list": []}


@pytest.mark.parametrize(
    "source",
    [
        "EVENT.object[EVENT.planted]()",
        "EVENT.object[EVENT.planted + 'x']()",
        "EVENT.list[EVENT.planted]()",
        "EVENT.planted[EVENT.planted]()",
        "EVENT.nothing[EVENT.planted]()",
        "EVENT.nothing[EVENT.planted]",
        "EVENT.object[EVENT.planted].x.y",
        "EVENT.planted.x.y",
        "JSON.parse(EVENT.planted)",
        "new Date(EVENT.planted).toISOString()",
        "decodeURIComponent('%' + EVENT.planted)",
        "EVENT.planted.normalize(EVENT.planted)",
        "EVENT.planted in EVENT.planted",
        "[...EVENT.number]",
        "Object.fromEntries([EVENT.planted])",
        "EVENT.list.map(EVENT.planted)",
        "(5).toString(EVENT.planted)",
    ],
)
def test_evaluation_error__quotes_nothing_of_the_event(source: str) -> None:
    scope = Scope(profile={}, event=LazyObject(EVENT), now=1, secret={}, budget=Budget())
    with pytest.raises(EvaluationError) as caught:
        compile_expression(source).evaluate(scope)
    assert PLANTED not in str(caught.value)
    assert PLANTED not in repr(caught.value)
