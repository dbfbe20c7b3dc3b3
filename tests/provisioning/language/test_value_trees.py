"""`value`, `increment`, `data`, `headers` and `body`: what is constant, what interpolates, and what comes of it."""

from __future__ import annotations

from typing import Any

import pytest

from provisioning.language.expressions import UNDEFINED, LazyObject, Scope
from provisioning.language.templates import Constant, Template
from tests.provisioning.language.checking import check, only, plan_of

EVENTS = "keys: [td_client_id]\nevents:\n  - {name: pageview, database: your_database, table: pageviews}\n"


def with_data(data: str) -> str:
    return f"{EVENTS}offers:\n  - name: x\n    set:\n      - event: pageview\n        data:\n          {data}\n"


def with_body(body: str) -> str:
    return (
        f"{EVENTS}activations:\n  - name: x\n    event: pageview\n"
        f"    webhook:\n      url: https://hooks.example.com/x\n      body: {body}\n"
    )


def with_headers(headers: str) -> str:
    return with_body("1").replace("      body", f"      headers:\n        {headers}\n      body")


def evaluate(template: Template, **event: Any) -> Any:
    return template.evaluate(Scope(profile=LazyObject(), event=LazyObject(event), now=1_800_000_000))


def data_of(text: str) -> dict[str, Template]:
    return dict(plan_of(with_data(text)).offers[0].rules[0].data)


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("spring", "spring"),
        ("'5'", "5"),
        ("5", 5),
        ("-1.5", -1.5),
        ("true", True),
        ("yes", "yes"),
        ("null", None),
        ("", None),
        ("'null'", "null"),
        ("12:30:00", "12:30:00"),
        ("2027-01-01", "2027-01-01"),
        ("[1, two, {three: 3}]", [1, "two", {"three": 3}]),
        ("{a: {b: [null, false]}}", {"a": {"b": [None, False]}}),
        ("[]", []),
        ("{}", {}),
        ("cost $5 {each}", "cost $5 {each}"),
    ],
)
def test_data__constant__has_its_json_type(written: str, value: object) -> None:
    template = data_of(f"k: {written}")["k"]

    assert isinstance(template, Constant)
    assert template.value == value
    assert type(template.value) is type(value)


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("${EVENT.n}", 7),
        ('"${EVENT.n}"', 7),
        ("${EVENT.list}", ["a", "b"]),
        ("${EVENT.missing}", UNDEFINED),
        ("n is ${EVENT.n}.", "n is 7."),
        ("${EVENT.n}${EVENT.n}", "77"),
        ("$${EVENT.n}", "${EVENT.n}"),
        ("'${{a: EVENT.n}.a}'", 7),
        ("'${EVENT.list.map(x => `<${x}>`).join(\"}\")}'", "<a>}<b>"),
        ("[1, '${EVENT.n}', '${EVENT.missing}']", [1, 7, None]),
        ("{a: '${EVENT.n}', b: '${EVENT.missing}', c: 1}", {"a": 7, "c": 1}),
        ("{a: ['${EVENT.missing}', {b: '${EVENT.missing}'}]}", {"a": [None, {}]}),
    ],
)
def test_data__with_expressions__is_worked_out_for_the_event(written: str, value: object) -> None:
    assert evaluate(data_of(f"k: {written}")["k"], n=7, list=["a", "b"]) == value


def test_data__keys__stand_as_typed_and_in_order() -> None:
    assert list(data_of("{b.c: 1, a: 2, no: 3, 5: 4, 'with space': 5}")) == ["b.c", "a", "no", "5", "with space"]


@pytest.mark.parametrize("written", [".nan", ".inf", "-.inf", "1e400"])
def test_data__number_that_json_has_not__is_an_error(written: str) -> None:
    assert "no number in JSON" in only(check(with_data(f"k: {written}")), "not-json").message


def test_data__number_too_long_to_be_exact__is_warned_of() -> None:
    result = check(with_data("k: 12345678901234567890"))

    assert only(result, "inexact-number").severity == "warning"
    assert "quotes" in only(result, "inexact-number").hint


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("EVENT.some_key", "${EVENT.some_key}"),
        ("PROFILE.preferences.length > 0", "${PROFILE.preferences.length > 0}"),
        ("$EVENT.some_key", "${EVENT.some_key}"),
        ("'{{EVENT.some_key}}'", "${EVENT.some_key}"),
        ("EVENT['some key']", "${EVENT['some key']}"),
        ("'!EVENT.bot'", "${!EVENT.bot}"),
    ],
)
def test_constant__that_looks_like_an_expression__is_warned_of(written: str, meant: str) -> None:
    problem = only(check(with_data(f"k: {written}")), "literal-text")

    assert problem.severity == "warning"
    assert problem.message == f"literal text; did you mean `{meant}`?"


def test_constant__that_looks_like_an_expression__the_mended_line_interpolates() -> None:
    problem = only(check(with_data("k: EVENT.some_key  # the key")), "literal-text")

    assert problem.mended == "          k: ${EVENT.some_key}  # the key"


@pytest.mark.parametrize(
    "written", ["the EVENT.x of it", "EVENT", "PROFILE", "EVENTS.x", "an EVENT", "EVENT. Then more"]
)
def test_constant__that_only_mentions_it__is_just_text(written: str) -> None:
    assert (
        "literal-text" not in [problem.code for problem in check(with_data(f"k: {written}")).problems][:1]
        or "." in written
    )


@pytest.mark.parametrize("written", ["Offer #1", "a #fff"])
def test_data__text_that_yaml_cuts_at_a_sharp__is_warned_of(written: str) -> None:
    assert only(check(with_data(f"k: {written}")), "cut-by-comment").severity == "warning"


def test_data__a_comment__is_a_comment() -> None:
    assert check(with_data("k: spring  # the spring banner")).errors == ()
    assert "cut-by-comment" not in [problem.code for problem in check(with_data("k: spring  # the one")).problems]


@pytest.mark.parametrize("key", ["''", "x" * 257])
def test_data__key_too_short_or_too_long__is_an_error(key: str) -> None:
    assert "output key" in only(check(with_data(f"{{{key}: 1}}")), "bad-name").message


def test_expression__longer_than_4_kib__is_an_error() -> None:
    assert check(with_data("k: '${\"" + "é" * 2_000 + "\"}'")).errors == ()
    assert "4,096" in only(check(with_data("k: '${\"" + "é" * 2_100 + "\"}'")), "limit").message


def test_condition__longer_than_4_kib__is_an_error() -> None:
    text = attribute("type: counter\n    if: EVENT.a == '" + "x" * 4_096 + "'")

    assert only(check(text), "limit").path == "attributes[0].if"


def test_constant__longer_than_4_kib__is_fine() -> None:
    assert check(with_data("k: " + "x" * 10_000)).errors == ()


@pytest.mark.parametrize(
    ("body", "value"),
    [
        ("{client: '${EVENT.n}', fixed: 1}", {"client": 7, "fixed": 1}),
        ("'${EVENT.n}'", 7),
        ("[1, '${EVENT.n}']", [1, 7]),
        ("null", None),
        ("text", "text"),
    ],
)
def test_body__of_any_shape__is_worked_out(body: str, value: object) -> None:
    assert evaluate(plan_of(with_body(body)).activations[0].webhook.body, n=7) == value


def test_headers__texts__stay_as_typed_and_interpolate() -> None:
    webhook = plan_of(with_headers("{X-Version: 1.0, X-On: true, X-N: 'n=${EVENT.n}'}")).activations[0].webhook

    assert [(name, evaluate(value, n=7)) for name, value in webhook.headers] == [
        ("X-Version", "1.0"),
        ("X-On", "true"),
        ("X-N", "n=7"),
    ]


def test_headers__secret__is_read_by_name() -> None:
    webhook = plan_of(with_headers("X-Api-Key: ${SECRET.crm_key}")).activations[0].webhook
    scope = Scope(profile=LazyObject(), event=LazyObject(), now=0, secret=LazyObject(crm_key="s3cret"))

    assert webhook.headers[0][1].evaluate(scope) == "s3cret"


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ("{'X Y': a}", "bad-name"),
        ("{'': a}", "bad-name"),
        ("{X-É: a}", "bad-name"),
        ("{Host: a}", "reserved-header"),
        ("{content-length: 5}", "reserved-header"),
        ("{Webhook-Signature: a}", "reserved-header"),
        ("{X-A: 1, x-a: 2}", "duplicate-name"),
        ("{X-A: [1]}", "wrong-type"),
        ("{X-A: }", "missing-value"),
        ('{X-A: "a\\nb"}', "bad-header"),
        ("{X-A: é}", "bad-header"),
        ("{X-A: '${SECRET}'}", "expression-secret"),
        ("{X-A: '${SECRET[\"a\" + EVENT.b]}'}", "expression-secret"),
        ("[a]", "wrong-type"),
    ],
)
def test_headers__wrong__are_named(headers: str, code: str) -> None:
    assert code in [problem.code for problem in check(with_headers(headers)).errors]


def test_headers__more_than_50__are_refused() -> None:
    headers = ", ".join(f"X-{number}: a" for number in range(51))

    assert only(check(with_headers(f"{{{headers}}}")), "limit").path == "activations[0].webhook.headers"


def test_header__that_looks_like_a_secret_in_the_clear__is_warned_of_without_showing_it() -> None:
    problem = only(check(with_headers("Authorization: Bearer hunter2")), "secret-in-clear")

    assert problem.severity == "warning"
    assert "hunter2" not in str(problem.as_dict())


@pytest.mark.parametrize("place", ["data", "body", "if", "value", "url"])
def test_secret__anywhere_but_in_headers__is_refused(place: str) -> None:
    texts = {
        "data": with_data("k: ${SECRET.x}"),
        "body": with_body("'${SECRET.x}'"),
        "if": with_body("1").replace("    webhook", "    if: SECRET.x == 1\n    webhook"),
        "value": f'{EVENTS}attributes: [{{name: a, type: single, event: pageview, value: "${{SECRET.x}}"}}]\n',
        "url": with_body("1").replace("hooks.example.com/x", "hooks.example.com/${SECRET.x}"),
    }

    assert check(texts[place]).plan is None


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("hooks.example.com", "https://"),
        ("ftp://hooks.example.com", "https://"),
        ("javascript:alert(1)", "https://"),
        ("https://", "names no host"),
        ("https:///path", "names no host"),
        ("https://user:pa55@hooks.example.com", "user name or password"),
        ("https://hooks.example.com/${EVENT.x}", "not allowed in it"),
        ("'https://hooks.example.com/a b'", "without spaces"),
        ("https://hooks.exämple.com", "ASCII"),
        ("https://hooks.example.com:99999/", "not a URL"),
        ("https://[::1/", "not a URL"),
        ("'https://hooks.example.com\\@evil.example'", "without spaces"),
        ("https://h.example/" + "x" * 2048, "2,048"),
    ],
)
def test_url__wrong__is_named_and_never_quoted(url: str, words: str) -> None:
    problem = only(check(with_body("1").replace("https://hooks.example.com/x", url)), "bad-url")

    assert words in problem.message
    assert "pa55" not in str(problem.as_dict())


def test_url__without_encryption__is_warned_of() -> None:
    result = check(with_body("1").replace("https:", "http:"))

    assert only(result, "plain-http").severity == "warning"
    assert result.plan is not None


def attribute(fields: str) -> str:
    return f"{EVENTS}attributes:\n  - name: x\n    event: pageview\n    {fields}\n"


@pytest.mark.parametrize("written", ["5", "true", "null", "1.5"])
def test_value__plain_scalar_that_is_no_text_to_yaml__is_text_with_a_warning(written: str) -> None:
    text = attribute(f"type: single\n    value: {written}")
    value = plan_of(text).attributes[0].value

    assert value == Constant(written)
    assert f"${{{written}}}" in only(check(text), "constant-text").hint


@pytest.mark.parametrize(
    ("written", "value"), [("${EVENT.n}", 7), ("a ${EVENT.n}", "a 7"), ("fixed", "fixed"), ("'5'", "5")]
)
def test_value__text__interpolates(written: str, value: object) -> None:
    template = plan_of(attribute(f"type: single\n    value: {written}")).attributes[0].value

    assert template is not None
    assert evaluate(template, n=7) == value


@pytest.mark.parametrize(("written", "value"), [("5", 5), ("-0.5", -0.5), ("${EVENT.n}", 7), (" ${EVENT.n + 1}", 8)])
def test_increment__number_or_expression__is_worked_out(written: str, value: float) -> None:
    template = plan_of(attribute(f"type: counter\n    increment: {written}")).attributes[0].increment

    assert template is not None
    assert evaluate(template, n=7) == value


def test_increment__left_out__is_1() -> None:
    assert plan_of(attribute("type: counter")).attributes[0].increment == Constant(1)


@pytest.mark.parametrize(
    "written", ["EVENT.n > 3", "${EVENT.n > 3}", " ${ EVENT.n > 3 } ", "|\n      EVENT.n\n      > 3", "'EVENT.n > 3'"]
)
def test_if__bare_or_as_one_interpolation__is_the_same_condition(written: str) -> None:
    condition = plan_of(attribute(f"type: counter\n    if: {written}")).attributes[0].condition

    assert condition is not None
    assert condition.evaluate(Scope(event=LazyObject(n=7))) is True
    assert condition.evaluate(Scope(event=LazyObject(n=1))) is False


@pytest.mark.parametrize("written", ["${EVENT.a} && ${EVENT.b}", "EVENT.a == ${EVENT.b}", "x ${EVENT.a}"])
def test_if__mixed_with_interpolations__is_told_to_be_one_expression(written: str) -> None:
    assert only(check(attribute(f"type: counter\n    if: {written}")), "mixed-condition").path == "attributes[0].if"


def test_expression_error__in_a_block__column_is_inside_the_scalar() -> None:
    text = attribute("type: counter\n    if: |\n      EVENT.a > 0\n      && unknown_name")
    problem = check(text).errors[0]

    assert (problem.line, problem.column) == (10, 10)


def test_expression_errors__several_in_one__all_are_reported() -> None:
    result = check(attribute("type: counter\n    if: nothing_a + nothing_b > 0"))

    assert [problem.column for problem in result.errors] == [9, 21]
