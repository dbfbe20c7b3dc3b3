"""What a compiled expression tells about itself, and what it does with its scope."""

from __future__ import annotations

from typing import Any

import pytest

from provisioning.language.expressions import (
    EVENT_SCOPE,
    UNDEFINED,
    EvaluationError,
    LazyObject,
    Scope,
    compile_expression,
    compile_text,
    truthy,
)
from tests.provisioning.language.expressions.refusing import refusals

READS = [
    ("PROFILE.x", [("PROFILE", "x", 0, None)]),
    ("PROFILE.x.length > 0", [("PROFILE", "x", 0, "length")]),
    ("PROFILE.x.slice(-1)[0].value", [("PROFILE", "x", 0, "slice")]),
    ("PROFILE.x[0]", [("PROFILE", "x", 0, "0")]),
    ("PROFILE.x['a']", [("PROFILE", "x", 0, "a")]),
    ("PROFILE.x[EVENT.y]", [("PROFILE", "x", 0, None), ("EVENT", "y", 10, None)]),
    ("PROFILE['x']", [("PROFILE", "x", 0, None)]),
    ("PROFILE?.x?.y", [("PROFILE", "x", 0, "y")]),
    ("(PROFILE).x", [("PROFILE", "x", 1, None)]),
    ("(PROFILE.x).y", [("PROFILE", "x", 1, None)]),
    ("(PROFILE.x.at)(0)", [("PROFILE", "x", 1, "at")]),
    ("(PROFILE?.x).y", [("PROFILE", "x", 1, None)]),
    ("PROFILE", [("PROFILE", None, 0, None)]),
    ("PROFILE[EVENT.a]", [("PROFILE", None, 0, None), ("EVENT", "a", 8, None)]),
    ("Object.keys(EVENT)", [("EVENT", None, 12, None)]),
    ("({...PROFILE})", [("PROFILE", None, 5, None)]),
    ("({EVENT})", [("EVENT", None, 2, None)]),
    ("(({x}) => x)(PROFILE)", [("PROFILE", None, 13, None)]),
    ("NOW + 1", [("NOW", None, 0, None)]),
    ("Date.now()", [("NOW", None, 0, None)]),
    ("(PROFILE => PROFILE.x)(1)", []),
    ("'PROFILE.x'", []),
    ("({PROFILE: 1}).PROFILE", []),
    ("EVENT.a + EVENT.b", [("EVENT", "a", 0, None), ("EVENT", "b", 10, None)]),
    ("'é' + EVENT.a", [("EVENT", "a", 6, None)]),
    ("EVENT.x => 1", None),
]


@pytest.mark.parametrize(("source", "reads"), READS)
def test_reads__of_an_expression__name_every_use(source: str, reads: list[tuple[Any, ...]] | None) -> None:
    if reads is None:
        assert refusals(source)
        return
    expression = compile_expression(source)
    assert [(read.root, read.name, read.offset, read.next) for read in expression.reads] == reads
    assert expression.constant == (not reads)
    assert expression.whole_profile == any(read[:2] == ("PROFILE", None) for read in reads)


def test_reads__of_a_text__are_placed_in_the_text() -> None:
    reads = compile_text("Dear ${EVENT.name}, ${PROFILE.n}").reads
    assert [(read.root, read.name, read.offset) for read in reads] == [("EVENT", "name", 7), ("PROFILE", "n", 22)]


@pytest.mark.parametrize("root", ["PROFILE", "EVENT", "NOW"])
def test_root__that_is_not_in_scope__is_refused(root: str) -> None:
    error = refusals(f"{root}.x", names=EVENT_SCOPE - {root})[0]
    assert error.code == "expression-unknown-name"
    assert error.message == f"{root} cannot be used here"


def test_equal_sources__compiled_twice__are_equal() -> None:
    assert compile_expression("1 + EVENT.a") == compile_expression("1 + EVENT.a")
    assert hash(compile_expression("1 + EVENT.a")) == hash(compile_expression("1 + EVENT.a"))


class Counting(LazyObject):
    """Computes what is asked for, once."""

    asked: int = 0

    def __missing__(self, name: str) -> Any:
        if name != "spend":
            return super().__missing__(name)
        self.asked += 1
        self[name] = 7.0
        return 7.0


def test_profile__that_computes_its_properties__is_asked_for_what_is_read_only() -> None:
    profile = Counting(known=1)
    scope = Scope(profile=profile)
    assert compile_expression("PROFILE.known").evaluate(scope) == 1
    assert profile.asked == 0
    assert compile_expression("PROFILE.spend + PROFILE.spend").evaluate(scope) == 14
    assert compile_expression("PROFILE.other").evaluate(scope) is UNDEFINED
    assert profile.asked == 1


def test_scope__of_plain_dicts__knows_missing_properties() -> None:
    scope = Scope(profile={"a": 1}, event={"b": [1]}, now=5)
    assert compile_expression("[PROFILE.a, EVENT.b[0], EVENT.c, NOW]").evaluate(scope) == [1, 1, UNDEFINED, 5]


def test_root__used_whole__is_an_object_with_its_properties() -> None:
    scope = Scope(profile={"b": 1, "1": 2}, event={"c": 3})
    assert compile_expression("Object.keys({...PROFILE, ...EVENT})").evaluate(scope) == ["1", "b", "c"]
    assert compile_expression("PROFILE === PROFILE && EVENT !== PROFILE").evaluate(scope) is True
    assert compile_expression("JSON.stringify(EVENT)").evaluate(scope) == '{"c":3}'


def test_data__after_an_evaluation__is_as_it_was() -> None:
    event = {"list": [3, 1, 2], "object": {"a": [1]}}
    source = (
        "[EVENT.list.toSorted(), EVENT.list.concat(4), EVENT.list.with(0, 9), {...EVENT.object}, EVENT.list.flat()]"
    )
    compile_expression(source).evaluate(Scope(event=event))
    assert event == {"list": [3, 1, 2], "object": {"a": [1]}}


ERRORS = [
    ("EVENT.missing.x", "TypeError", 14),
    ("1 + EVENT.missing.x.y", "TypeError", 18),
    ("EVENT.list.map(x => x.y.z)", "TypeError", 24),
    ("EVENT.list.map(x =>\n  x.trim())", "TypeError", 24),
    ("'é' + EVENT.missing.x", "TypeError", 20),
    ("'a'.repeat(-1)", "RangeError", 4),
    ("(1).toFixed(101)", "RangeError", 4),
    ("JSON.parse('x')", "SyntaxError", 0),
    ("1 + decodeURIComponent('%')", "URIError", 4),
    ("'a'.repeat(1e6)", "BudgetError", 4),
    ("JSON.parse('['.repeat(130) + ']'.repeat(130))", "BudgetError", 0),
    ("JSON.parse('[{\"a\":'.repeat(65) + '1' + '}]'.repeat(65))", "BudgetError", 0),
    ("[...5]", "TypeError", 1),
    ("new Date('31.1.2027')", "TypeError", 0),
    ("(1.5).toString(2)", "TypeError", 6),
    ("Array.from({length: 3})", "TypeError", 0),
    ("'' + [x => x]", "TypeError", 3),
    ("[x => x][0].name", "TypeError", 12),
    ("(f => f(f))(f => f(f))", "BudgetError", 12),
]


def test_json__as_deep_as_a_value_may_be__is_read() -> None:
    source = "JSON.stringify(JSON.parse('['.repeat(129) + ']'.repeat(129))).length"
    assert compile_expression(source).evaluate(Scope()) == 258


@pytest.mark.parametrize(("source", "kind", "offset"), ERRORS)
def test_error__at_evaluation__tells_kind_and_place(source: str, kind: str, offset: int) -> None:
    with pytest.raises(EvaluationError) as raised:
        compile_expression(source).evaluate(Scope(event={"list": [1]}))
    error = raised.value
    assert (error.kind, error.offset) == (kind, offset)
    assert error.message
    assert str(error) == f"{kind}: {error.message}"
    assert error.__cause__ is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (UNDEFINED, False), (None, False), (False, False), (0, False), (0.0, False), (-0.0, False),
        (float("nan"), False), ("", False), (True, True), (1, True), (-1.5, True), ("0", True), ("false", True),
        ([], True), ({}, True), (LazyObject(), True),
    ],
)  # fmt: skip
def test_truthy__of_each_kind__is_javascripts(value: Any, expected: bool) -> None:
    assert truthy(value) is expected


def test_undefined__shown__is_undefined() -> None:
    assert repr(UNDEFINED) == "undefined"
    assert type(UNDEFINED)() is UNDEFINED
    assert not UNDEFINED
