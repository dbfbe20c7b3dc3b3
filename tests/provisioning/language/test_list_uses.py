"""A list attribute holds `{value, time}`: whoever takes it for a plain value is told so, and how to write it."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioning.language import Problem
from provisioning.language.expressions import compile_expression
from tests.provisioning.language.checking import BASE, check, codes

LIST = "PROFILE.preferences"
ANY_VALUE = f"{LIST}.some(item => item.value === 'dogs')"


def with_condition(condition: str) -> str:
    return BASE.replace("PROFILE.preferences.length > 0", "'" + condition.replace("'", "''") + "'")


def with_data(value: str) -> str:
    return BASE.replace("${PROFILE.preferences.slice(-1)[0].value}", "'" + value.replace("'", "''") + "'")


def problem_of(text: str) -> Problem:
    problems = check(text).problems
    assert len(problems) == 1, [str(problem) for problem in problems]
    return problems[0]


def written(hint: str) -> str:
    found = re.search("`(.*)`", hint)
    return found[1] if found else hint


@pytest.mark.parametrize(
    ("condition", "hint"),
    [
        (f"{LIST} == 'dogs'", ANY_VALUE),
        (f"{LIST} === 'dogs' && EVENT.a", ANY_VALUE),
        (f"({LIST}) === 'dogs'", ANY_VALUE),
        ("PROFILE['preferences'] === 'dogs'", ANY_VALUE),
        ("PROFILE?.preferences === 'dogs'", ANY_VALUE),
        (f"{LIST} === 12", f"{LIST}.some(item => item.value === 12)"),
        (f"'dogs' === {LIST}", f"{LIST}.at(-1)?.value"),
        (f"{LIST} != 'dogs'", f"{LIST}.at(-1)?.value"),
        (f"{LIST} > 3", f"{LIST}.at(-1)?.value"),
        (f"3 <= {LIST}", f"{LIST}.at(-1)?.value"),
        (f"{LIST} + 1 > 3", f"{LIST}.at(-1)?.value"),
        (f"-{LIST} < 3", f"{LIST}.at(-1)?.value"),
        (f"EVENT.a * ({LIST}) > 1", f"{LIST}.at(-1)?.value"),
        (f"Number({LIST}) > 2", f"{LIST}.at(-1)?.value"),
        (f"Math.max( {LIST} ) > 2", f"{LIST}.at(-1)?.value"),
        (f"`${{{LIST}}}` == EVENT.a", f"{LIST}.at(-1)?.value"),
        (f"{LIST}.some(x => x.value == {LIST})", f"{LIST}.at(-1)?.value"),
    ],
)
def test_list__as_a_plain_value__is_an_error_with_what_to_write(condition: str, hint: str) -> None:
    problem = problem_of(with_condition(condition))

    assert (problem.severity, problem.code) == ("error", "list-misused")
    assert problem.message == f"{LIST} is a list of {{value, time}} and is used here as one plain value"
    assert written(problem.hint) == hint


@pytest.mark.parametrize(
    "data", [f"Likes: ${{{LIST}}}", f"${{{LIST}}}!", f"${{{LIST} + ''}}", f"${{EVENT.a}}${{{LIST}}}"]
)
def test_list__in_a_text__is_an_error(data: str) -> None:
    assert problem_of(with_data(data)).code == "list-misused"


@pytest.mark.parametrize(
    "item", [f"{LIST}.at(-1)", f"{LIST}[0]", f"{LIST}?.[0]", f"{LIST}.slice(-1)[0]", f"{LIST}.slice(-2).at(1)"]
)
@pytest.mark.parametrize("rest", [" === 'dogs'", ".name === 'dogs'", "?.length > 1", " + '' == 'dogs'"])
def test_item__as_a_plain_value__is_an_error_with_the_way_to_its_value(item: str, rest: str) -> None:
    problem = problem_of(with_condition(item + rest))

    assert (problem.severity, problem.code) == ("error", "list-item-misused")
    assert written(problem.hint) == f"{item}?.value"


@pytest.mark.parametrize(
    ("call", "method", "hint"),
    [
        ("includes('dogs')", "includes", ANY_VALUE),
        ("includes(EVENT.a)", "includes", f"{LIST}.some(item => item.value === EVENT.a)"),
        ("indexOf('dogs') >= 0", "indexOf", f"{LIST}.findIndex(item => item.value === 'dogs')"),
        ("lastIndexOf(1) >= 0", "lastIndexOf", f"{LIST}.findLastIndex(item => item.value === 1)"),
        ("join('; ') == EVENT.a", "join", f"{LIST}.map(item => item.value).join('; ')"),
        ("join() == EVENT.a", "join", f"{LIST}.map(item => item.value).join(',')"),
    ],
)
def test_method__that_looks_for_plain_values__is_warned_of(call: str, method: str, hint: str) -> None:
    problem = problem_of(with_condition(f"{LIST}.{call}"))

    assert (problem.severity, problem.code) == ("warning", "list-of-items")
    assert f"`{method}`" in problem.message
    assert written(problem.hint) == hint


@pytest.mark.parametrize(
    "condition", [f"{LIST} != null", f"{LIST} === undefined", f"null !== {LIST}", f"!({LIST} == null)"]
)
def test_list__compared_with_null__is_warned_of(condition: str) -> None:
    problem = problem_of(with_condition(condition))

    assert (problem.severity, problem.code) == ("warning", "list-never-null")
    assert written(problem.hint) == f"{LIST}.length > 0"


@pytest.mark.parametrize(
    "condition", [LIST, f"!{LIST}", f"({LIST})", f"{LIST} ? EVENT.a : EVENT.b", f"{LIST} && EVENT.a"]
)
def test_list__decides_by_being_there__is_warned_of(condition: str) -> None:
    problem = problem_of(with_condition(condition))

    assert (problem.severity, problem.code) == ("warning", "list-as-condition")
    assert written(problem.hint) == f"{LIST}.length > 0"


@pytest.mark.parametrize(
    "condition",
    [
        f"{LIST}.length > 0",
        f"{LIST} && {LIST}.length > 0",
        f"({LIST} || []).length > 0",
        f"({LIST} ?? []).length > 0",
        f"[...{LIST}].length > 0",
        f"Array.isArray({LIST})",
        f"JSON.stringify({LIST}).length > 10",
        f"{LIST}.at(-1) != null",
        f"{LIST}.at(-1) !== undefined && EVENT.a",
        f"{LIST}.at(-1)?.value === 'dogs'",
        f"{LIST}[0].time > NOW - 60",
        f"{LIST}[EVENT.i].value === 'dogs'",
        f"{LIST}.slice(-3).length > 1",
        f"{LIST}.map(item => item.value).includes('dogs')",
        f"{LIST}.every(item => item.value > 1)",
        f"EVENT.ids.map(id => {LIST}).length > 0",
        f"(list => list.length)({LIST}) > 0",
        "EVENT.title == 'PROFILE.preferences > 1'",
        ANY_VALUE,
    ],
)
def test_list__used_as_a_list__is_fine(condition: str) -> None:
    assert codes(check(with_condition(condition))) == []


@pytest.mark.parametrize("data", [f"${{{LIST}}}", f"${{ {LIST} }}", f"${{{{all: {LIST}}}}}", f"${{[{LIST}]}}"])
def test_list__given_back_whole__is_fine(data: str) -> None:
    assert codes(check(with_data(data))) == []


def test_hints__as_they_stand__compile() -> None:
    wrong = [f"{LIST} == 'dogs'", f"{LIST} > 1", f"{LIST}[0] == 1", f"{LIST}.join()", f"{LIST} != null", f"!{LIST}"]

    for condition in wrong:
        assert compile_expression(written(problem_of(with_condition(condition)).hint))


_OPERANDS = [
    LIST,
    f"({LIST})",
    "EVENT.a",
    "'dogs'",
    "null",
    "3",
    f"{LIST}.length",
    f"{LIST}.at(-1)",
    f"{LIST}[0].value",
]
_OPERATORS = ["==", "===", "!=", "!==", "<", ">=", "+", "-", "*", "/", "%", "&&", "||", "&", "|"]


@given(st.lists(st.sampled_from(_OPERANDS), min_size=1, max_size=4), st.data())
def test_expression__of_any_shape__is_checked_and_a_list_beside_an_operator_found(
    operands: list[str], data: st.DataObject
) -> None:
    operators = [data.draw(st.sampled_from(_OPERATORS)) for _ in operands[1:]]
    source = operands[0] + "".join(f" {sign} {operand}" for sign, operand in zip(operators, operands[1:], strict=True))
    told = codes(check(with_condition(source)))

    plain = [sign for sign in operators if sign not in ("&&", "||")]
    if len(operators) == len(plain) and operators and "null" not in operands:
        assert ("list-misused" in told) == any(operand.strip("()") == LIST for operand in operands)
    if not any(operand.strip("()") == LIST for operand in operands):
        assert "list-misused" not in told
