"""Texts with `${…}` in them: where an expression ends, and what becomes of the text around it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioning.language.expressions import (
    UNDEFINED,
    WEBHOOK_SCOPE,
    EvaluationError,
    ExpressionErrors,
    Scope,
    compile_expression,
    compile_text,
)
from tests.provisioning.language.expressions.refusing import marked, text_refusals

SCOPE = Scope(profile={"n": 3, "list": [1, 2], "half": "\ud83d"}, event={"name": "Ann", "nothing": None}, now=1000)
TEXTS: list[tuple[str, Any]] = [
    ("", ""),
    ("plain", "plain"),
    ("EVENT.name", "EVENT.name"),
    ("${EVENT.name}", "Ann"),
    ("${PROFILE.n}", 3),
    ("${PROFILE.list}", [1, 2]),
    ("${PROFILE.list.length > 1}", True),
    ("${EVENT.nothing}", None),
    ("${EVENT.missing}", UNDEFINED),
    ("${{a: 1}}", {"a": 1.0}),
    ("${ {a: {b: '}'}}.a.b }", "}"),
    ("Hello ${EVENT.name}!", "Hello Ann!"),
    (" ${PROFILE.n}", " 3"),
    ("${PROFILE.n} ", "3 "),
    ("${PROFILE.n}${PROFILE.n}", "33"),
    ("${EVENT.missing} ${EVENT.nothing} ${PROFILE.list}", "undefined null 1,2"),
    ("a\nb ${1}", "a\nb 1"),
    ("back\\slash ${1} \\n `tick`", "back\\slash 1 \\n `tick`"),
    ("$${EVENT.name}", "${EVENT.name}"),
    ("$${ ${1}", "${ 1"),
    ("$$${x}", "$${x}"),
    ("$ { $5 $} }", "$ { $5 $} }"),
    ("cost: $${PROFILE.n} or ${PROFILE.n}$", "cost: ${PROFILE.n} or 3$"),
    ("${'}'}", "}"),
    ('${"}"}', "}"),
    ("${'\\'}'}", "'}"),
    ("${`}`}", "}"),
    ("${`a${'}'}b`}", "a}b"),
    ("${`${`${1}`}`}", "1"),
    ("${`$`}", "$"),
    ("${/}/.test('}')}", True),
    ("${/[}/]/.test('}')}", True),
    ("${1 / 2}", 0.5),
    ("${(1) / 2 } / ${4 / 2}", "0.5 / 2"),
    ("${PROFILE.n / 3}${'/'}", "1/"),
    ("${[1].map(x => ({x}))[0].x}", 1.0),
    ("${typeof /a}/}", "object"),
    ("${({}).in / 1}", float("nan")),
    ("${NOW}", 1000),
    ("${PROFILE.half}\ude00", "😀"),
]


@pytest.mark.parametrize(("source", "value"), TEXTS)
def test_text__evaluated__gives_its_value(source: str, value: Any) -> None:
    result = compile_text(source).evaluate(SCOPE)
    assert result == value or (result != result and value != value)
    assert isinstance(result, bool) == isinstance(value, bool)


@pytest.mark.parametrize(
    ("source", "reason", "place"),
    [
        ("a ${", "not closed", "${"),
        ("a ${EVENT.name", "not closed", "${"),
        ("${}", "empty", "}"),
        ("${ }", "empty", " "),
        ("x ${EVENT.name +} y", "too early", "}"),
        ("x ${EVENT.name 'a} y", "no partner", "'"),
        ("x ${(EVENT.name} y", "not closed", "("),
        ("x ${'a' /* } */ } y", "comment", "/* } */"),
        ("é ${nope}", "unknown name", "nope"),
        ("${1} ${this}", "this", "this"),
        ("${x => x}", "text", "x"),
        ("${1" + " + 1" * 1500 + "}", "4,096", ""),
    ],
)
def test_text__with_something_wrong__is_refused_at_its_place(source: str, reason: str, place: str) -> None:
    error = text_refusals(source)[0]
    assert reason in error.message
    assert not place or marked(source, error).startswith(place)


def test_text__with_several_bad_expressions__tells_all_of_them() -> None:
    source = "a ${foo} b ${EVENT.x.push(1)} c ${1 +}"
    errors = text_refusals(source)
    assert [error.offset for error in errors] == [source.index("foo"), source.index("push"), source.rindex("}")]


def test_error__in_the_second_expression__is_placed_in_the_whole_text() -> None:
    source = "é ${EVENT.name} and ${EVENT.missing.x}"
    with pytest.raises(EvaluationError) as raised:
        compile_text(source).evaluate(SCOPE)
    assert source[raised.value.offset :] == "x}"


@pytest.mark.parametrize("source", ["${SECRET.key}", "Bearer ${SECRET.key}", "${SECRET['key']}"])
def test_secret__alone_between_braces__is_put_in(source: str) -> None:
    expression = compile_text(source, names=WEBHOOK_SCOPE)
    assert expression.evaluate(Scope(secret={"key": "s3cret"})) in ("s3cret", "Bearer s3cret")
    assert [(read.root, read.name) for read in expression.reads] == [("SECRET", "key")]


@pytest.mark.parametrize(
    "source",
    [
        "${SECRET}",
        "${SECRET[EVENT.x]}",
        "${SECRET.key + 'x'}",
        "${SECRET.key.length}",
        "${[SECRET.key]}",
        "${`${SECRET.key}`}",
    ],
)
def test_secret__used_in_any_other_way__is_refused(source: str) -> None:
    assert text_refusals(source, names=WEBHOOK_SCOPE)[0].code == "expression-secret"


def test_secret__outside_of_webhooks__is_refused() -> None:
    assert "SECRET cannot be used here" in text_refusals("${SECRET.key}")[0].message


@given(st.text())
def test_text__without_an_opening__is_itself(text: str) -> None:
    literal = text.replace("${", "")
    if "${" not in literal:
        assert compile_text(literal).evaluate(SCOPE) == literal


@given(st.text(alphabet="${}'\"`/\\ab.1 ()[]?:,\n"))
def test_any_text__compiled__is_refused_or_gives_a_value(text: str) -> None:
    assert all(0 <= offset <= len(text) for offset in offsets_of_errors(text))


def offsets_of_errors(text: str) -> list[int]:
    """Where the text is refused, or its evaluation fails."""
    try:
        compile_text(text).evaluate(SCOPE)
    except ExpressionErrors as refused:
        return [error.offset for error in refused.errors]
    except EvaluationError as error:
        return [error.offset]
    return []


@given(st.text(max_size=60))
def test_any_source__compiled__is_refused_or_gives_a_value(text: str) -> None:
    try:
        expression = compile_expression(text)
    except ExpressionErrors:
        return
    assert expression.source == text
