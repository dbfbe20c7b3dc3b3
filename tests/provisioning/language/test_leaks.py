"""Static taint: what comes from something sensitive does not leave by the public path, and the proof is given."""

from __future__ import annotations

import pytest

from tests.provisioning.language.checking import check, codes, known_token, only, plan_of

PUBLIC = (known_token(type="public"),)
HEAD = """\
keys:
  - {name: td_client_id, public: true}
  - {name: email, sensitive: true}
events:
  - {name: pageview, database: your_database, table: pageviews}
tokens: [{name: web-eu}]
attributes:
  - {name: plain, type: single, event: pageview, value: "${EVENT.page}"}
  - {name: tier, type: imported, sensitive: true}
  - {name: domain, type: single, event: pageview, value: "${EVENT.email.split('@')[1]}"}
  - {name: copy, type: single, event: pageview, value: "${PROFILE.domain}"}
  - {name: early, type: single, event: pageview, value: "${PROFILE.late}"}
  - {name: late, type: single, event: pageview, value: "${PROFILE.tier}"}
  - {name: gated, type: counter, event: pageview, if: PROFILE.tier == 'gold'}
  - {name: counted, type: counter, event: pageview, increment: "${PROFILE.gated}"}
  - {name: row, type: single, event: pageview, value: "${JSON.stringify(EVENT)}"}
  - {name: everything, type: single, event: pageview, value: "${Object.keys(PROFILE).length}"}
"""
TAINTED = {"tier", "domain", "copy", "early", "late", "gated", "counted", "row", "everything"}


def offer(data: str, condition: str = "EVENT.page != null") -> str:
    return (
        f"{HEAD}offers:\n  - name: x\n    set:\n      - event: pageview\n        if: {condition}\n"
        f"        data: {{fine: 1, k: '{data}'}}\n"
    )


def test_taint__attributes__spreads_along_every_read() -> None:
    attributes = plan_of(HEAD, tokens=PUBLIC).attributes

    assert {attribute.name for attribute in attributes if attribute.tainted} == TAINTED
    assert {attribute.name for attribute in attributes if attribute.sensitive} == {"tier"}


@pytest.mark.parametrize(
    "data",
    [
        "${PROFILE.email}",
        "${EVENT.email}",
        "${PROFILE.tier}",
        "a ${PROFILE.copy} b",
        "${PROFILE.early}",
        "${JSON.stringify(PROFILE)}",
        "${Object.values(EVENT)}",
        "${PROFILE[EVENT.which]}",
        "${EVENT[EVENT.which]}",
        '${EVENT["email"]}',
        "${EVENT?.email}",
        "${[1].map(x => PROFILE.tier)[0]}",
    ],
)
def test_data__that_reads_something_sensitive__is_left_out_in_public(data: str) -> None:
    text = offer(data.replace("'", "''"))
    rule = plan_of(text, tokens=PUBLIC).offers[0].rules[0]

    assert rule.tainted_data == {"k"}
    problem = only(check(text, tokens=PUBLIC), "sensitive-data")
    assert problem.severity == "warning"
    assert problem.path == "offers[0].set[0].data.k"


@pytest.mark.parametrize(
    "data", ["${PROFILE.plain}", "${EVENT.page}", "${PROFILE.td_client_id}", "PROFILE of email", "${NOW}"]
)
def test_data__that_reads_nothing_sensitive__stays(data: str) -> None:
    plan = plan_of(offer(data), tokens=PUBLIC)

    assert plan.offers[0].rules[0].tainted_data == frozenset()
    assert not plan.offers[0].withheld_in_public
    assert not [code for code in codes(check(offer(data), tokens=PUBLIC)) if code.startswith("sensitive")]


@pytest.mark.parametrize("data", ["${JSON.stringify(PROFILE)}", "${EVENT[EVENT.which]}"])
def test_data__whole_profile_without_anything_sensitive__stays(data: str) -> None:
    text = f"""\
keys: [td_client_id]
events:
  - {{name: pageview, database: your_database, table: pageviews}}
offers:
  - name: x
    set: {{event: pageview, data: {{k: '{data}'}}}}
"""

    assert plan_of(text).offers[0].rules[0].tainted_data == frozenset()


def test_chain__through_several_attributes__names_each_step() -> None:
    message = only(check(offer("${PROFILE.copy}"), tokens=PUBLIC), "sensitive-data").message

    steps = [
        "PROFILE.copy",
        'attribute "copy" (line 11)',
        "PROFILE.domain",
        "(line 10)",
        "EVENT.email",
        'the key "email" is sensitive',
    ]
    places = [message.find(step) for step in steps]
    assert -1 not in places
    assert places == sorted(places)


def test_condition__of_any_rule_reads_something_sensitive__the_offer_is_withheld() -> None:
    text = offer("a").replace(
        "      - event: pageview\n", "      - {event: pageview, if: EVENT.a == 1, data: {}}\n      - event: pageview\n"
    )
    text = text.replace("if: EVENT.page != null", "if: PROFILE.gated > 3")
    result = check(text, tokens=PUBLIC)

    assert result.plan is not None
    assert result.plan.offers[0].withheld_in_public
    problem = only(result, "sensitive-condition")
    assert problem.path == "offers[0].set[1].if"
    assert "withholds this offer" in problem.message


def test_leaks__no_public_token_listed__are_no_warning_but_stay_in_the_plan() -> None:
    result = check(offer("${PROFILE.tier}"), tokens=(known_token(),))

    assert "sensitive-data" not in codes(result)
    assert result.plan is not None
    assert result.plan.offers[0].rules[0].tainted_data == {"k"}


def test_taint__a_circle_of_attributes__ends() -> None:
    text = """\
keys: [{name: email, sensitive: true}]
events:
  - {name: pageview, database: your_database, table: pageviews}
attributes:
  - {name: a, type: single, event: pageview, value: "${PROFILE.b}"}
  - {name: b, type: single, event: pageview, value: "${PROFILE.a}"}
  - {name: c, type: single, event: pageview, value: "${[PROFILE.a, PROFILE.d]}"}
  - {name: d, type: single, event: pageview, value: "${[PROFILE.c, EVENT.email]}"}
"""

    assert [attribute.tainted for attribute in plan_of(text).attributes] == [False, False, True, True]
