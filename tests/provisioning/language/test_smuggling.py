"""Attempts to get a sensitive value out by the public path: each is seen when the configuration is checked."""

from __future__ import annotations

import pytest

from provisioning.language import Check, Plan
from tests.provisioning.language.checking import check, known_token, plan_of
from tests.provisioning.language.smuggled import READS

PUBLIC = (known_token(type="public"),)
HEAD = """\
keys:
  - {name: user, public: true}
  - {name: email, sensitive: true}
events:
  - {name: page, database: shop, table: pages}
  - {name: boss, database: shop, table: pages, if: EVENT.email === 'boss@example.com'}
  - {name: any, database: shop, table: pages, if: "Object.keys(EVENT).length > 2"}
  - {name: named, database: shop, table: pages, if: "EVENT[EVENT.column] > 2"}
tokens: [{name: web-eu}]
attributes:
  - {name: visits, type: counter, event: page}
  - {name: tier, type: imported, sensitive: true}
  - {name: domain, type: single, event: page, value: "${EVENT.email.split('@')[1]}"}
"""


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def with_data(*values: str, condition: str = "PROFILE.visits > 0") -> str:
    data = "".join(f"          k{number}: {quoted(value)}\n" for number, value in enumerate(values))
    rule = f"      - event: page\n        if: {condition}\n        data:\n          fine: ${{PROFILE.visits}}\n{data}"
    return f"{HEAD}offers:\n  - name: o\n    set:\n{rule}"


def with_attribute(written: str) -> Plan:
    return plan_of(f"{HEAD}  - {{name: made, {written}}}\n", tokens=PUBLIC)


def tainted(plan: Plan) -> set[str]:
    return {attribute.name for attribute in plan.attributes if attribute.tainted}


def sensitive_codes(result: Check) -> set[str]:
    return {problem.code for problem in result.warnings if problem.code.startswith("sensitive")}


@pytest.mark.parametrize("read", READS)
def test_data__however_it_reads__is_left_out_and_told(read: str) -> None:
    text = with_data(f"${{{read}}}", f"Hello ${{{read}}}!")
    rule = plan_of(text, tokens=PUBLIC).offers[0].rules[0]

    assert rule.tainted_data == {"k0", "k1"}
    assert sensitive_codes(check(text, tokens=PUBLIC)) == {"sensitive-data"}


@pytest.mark.parametrize("read", READS)
def test_condition__however_it_reads__withholds_the_offer_and_is_told(read: str) -> None:
    text = with_data("a", condition=quoted(f"${{{read}}}"))

    assert plan_of(text, tokens=PUBLIC).offers[0].withheld_in_public
    assert sensitive_codes(check(text, tokens=PUBLIC)) == {"sensitive-condition"}


@pytest.mark.parametrize("read", READS)
@pytest.mark.parametrize(
    "written",
    [
        "type: single, event: page, value: {}",
        "type: list, event: page, value: {}",
        "type: counter, event: page, increment: {}",
        "type: single, event: page, value: 1, if: {}",
        "type: counter, event: page, if: {}",
    ],
)
def test_attribute__made_of_it__is_tainted(read: str, written: str) -> None:
    assert "made" in tainted(with_attribute(written.format(quoted(f"${{{read}}}"))))


@pytest.mark.parametrize("event", ["boss", "[page, boss]", "any", "named"])
@pytest.mark.parametrize("written", ["type: counter", "type: single, value: x", "type: list, value: x"])
def test_attribute__written_by_an_event_that_depends_on_it__is_tainted(event: str, written: str) -> None:
    assert "made" in tainted(with_attribute(f"{written}, event: {event}"))


@pytest.mark.parametrize("event", ["boss", "[page, boss]", "any", "named"])
def test_rule__of_an_event_that_depends_on_it__withholds_the_offer(event: str) -> None:
    text = f"{HEAD}offers: [{{name: o, set: [{{event: page, data: {{}}}}, {{event: {event}, data: {{}}}}]}}]\n"
    result = check(text, tokens=PUBLIC)

    assert plan_of(text, tokens=PUBLIC).offers[0].withheld_in_public
    [problem] = [problem for problem in result.warnings if problem.code == "sensitive-condition"]
    assert problem.path.startswith("offers[0].set[1].event")
    assert 'the key "email" is sensitive' in problem.message


@pytest.mark.parametrize("length", [1, 2, 10, 40])
def test_chain__of_any_length_and_order__is_followed_to_its_end(length: int) -> None:
    links = [
        f"  - {{name: a{number}, type: single, event: page, value: '${{PROFILE.a{number + 1}}}'}}\n"
        for number in range(length)
    ]
    text = HEAD + "".join(links) + f"  - {{name: a{length}, type: counter, event: page, if: PROFILE.domain == 1}}\n"

    assert {f"a{number}" for number in range(length + 1)} <= tainted(plan_of(text, tokens=PUBLIC))


def test_later_rules__one_that_reads_it_last__withholds_the_first_as_well() -> None:
    rules = "{event: page, if: PROFILE.visits > 3, data: {a: 1}}, {event: page, if: PROFILE.tier, data: {a: 2}}"

    assert plan_of(f"{HEAD}offers: [{{name: o, set: [{rules}]}}]\n", tokens=PUBLIC).offers[0].withheld_in_public


@pytest.mark.parametrize(
    "value", ["{a: {b: ['${PROFILE.tier}']}}", "[1, '${EVENT.email}']", "{a: 'x ${PROFILE.domain} y'}"]
)
def test_data__deep_inside_a_value__the_whole_key_is_left_out(value: str) -> None:
    plan = plan_of(f"{HEAD}offers: [{{name: o, set: {{event: page, data: {{k: {value}, l: 1}}}}}}]\n", tokens=PUBLIC)

    assert plan.offers[0].rules[0].tainted_data == {"k"}


INNOCENT = [
    "PROFILE.visits",
    "PROFILE.user",
    "EVENT.page",
    "EVENT.tier",
    "PROFILE.emails",
    "'PROFILE.tier'",
    "`PROFILE.tier`",
    "{tier: 1}.tier",
    "{PROFILE: {tier: 1}}.PROFILE.tier",
    "(PROFILE => PROFILE.tier)({tier: 1})",
    "(({EVENT}) => EVENT.email)({EVENT: {}})",
    "/PROFILE.tier/.test(EVENT.page)",
    "NOW",
]


@pytest.mark.parametrize("read", INNOCENT)
def test_data__that_only_looks_like_it__stays(read: str) -> None:
    text = with_data(f"${{{read}}}").replace("attributes:\n", "attributes:\n  - {name: emails, type: imported}\n")
    plan = plan_of(text, tokens=PUBLIC)

    assert plan.offers[0].rules[0].tainted_data == frozenset()
    assert not plan.offers[0].withheld_in_public
    assert sensitive_codes(check(text, tokens=PUBLIC)) == set()


def test_attributes__that_read_nothing_sensitive__are_not_tainted() -> None:
    assert tainted(plan_of(HEAD, tokens=PUBLIC)) == {"tier", "domain"}
    assert "made" not in tainted(with_attribute("type: single, event: page, value: '${EVENT.tier + PROFILE.visits}'"))
