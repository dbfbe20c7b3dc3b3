"""Which values of an explanation are marked as sensitive: each part by itself."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from personalization.explanation import Explanation, ExpressionTrace
from tests.personalization.world import NOW, World

CONFIGURATION = """
attributes:
  - {name: mails, type: list, event: page, value: "${EVENT.mail}"}
  - {name: pages, type: list, event: page, value: "${EVENT.path}"}
offers:
  - name: hello
    set:
      - event: page
        data: {a: '%s'}
"""
EVENT = {"user": "u1", "mail": "ann@example.com", "path": "/news", "kind": "x"}


def traces(expression: str) -> tuple[ExpressionTrace, ...]:
    """The expressions of the offer's one value."""
    (rule,) = told(expression).offers[0].rules
    value = rule.data[0].value
    assert value is not None
    return value.expressions


def told(expression: str) -> Explanation:
    here = World(CONFIGURATION % expression.replace("'", "''"))
    return here.profiles.explain("shop", "pages", EVENT, public=False, now=NOW)[1]


def marks(expression: str) -> dict[str, bool]:
    """The parts, and whether they are sensitive."""
    return {part.source: part.sensitive for trace in traces(expression) for part in trace.parts}


@pytest.mark.parametrize(
    ("expression", "sensitive", "harmless"),
    [
        ("${EVENT.mail + EVENT.path}", ["EVENT.mail"], ["EVENT.path"]),
        ("${PROFILE.mails.length + PROFILE.pages.length}", ["PROFILE.mails.length", "PROFILE.mails"],
         ["PROFILE.pages.length", "PROFILE.pages"]),
        ("${EVENT.kind === 'x' ? EVENT.path : EVENT.mail}", [], ["EVENT.kind === 'x'", "EVENT.kind", "EVENT.path"]),
        ("${[EVENT.path, EVENT.mail.split('@')[1]]}", ["EVENT.mail.split('@')[1]", "EVENT.mail"], ["EVENT.path"]),
        ("${Object.keys(EVENT).length + EVENT.path.length}", ["Object.keys(EVENT)", "EVENT"], ["EVENT.path.length"]),
        ("${PROFILE.pages.map(item => item.value)}", [], ["PROFILE.pages", "item.value", "item"]),
    ],
)  # fmt: skip
def test_part__by_itself__is_sensitive_when_it_reads_what_is(
    expression: str, sensitive: list[str], harmless: list[str]
) -> None:
    found = marks(expression)

    assert {name: found[name] for name in (*sensitive, *harmless)} == {
        **dict.fromkeys(sensitive, True),
        **dict.fromkeys(harmless, False),
    }


@pytest.mark.parametrize(
    "expression",
    [
        "${PROFILE.mails.map(item => item.value)}",
        "${(mail => mail.length)(EVENT.mail)}",
        "${[EVENT.mail].map(([first]) => first)}",
        "${PROFILE.mails.reduce((all, item) => all + item.value, '')}",
        "${PROFILE.pages.map(page => PROFILE.mails.map(item => item.value + page.value))}",
    ],
)
def test_part__inside_a_function_that_may_be_called_with_it__is_sensitive(expression: str) -> None:
    found = traces(expression)[0]

    assert found.sensitive
    inside = [part for part in found.parts if part.in_function]
    assert inside
    assert all(part.sensitive for part in inside)


@pytest.mark.parametrize(
    "expression",
    [
        "${EVENT.mail + EVENT.path}", "mail ${EVENT.mail} path ${EVENT.path}",
        "${PROFILE.mails.map(item => item.value)}",
        "${PROFILE.mails.at(-1).value.slice(0, 3)}", "${((x, y) => y + x)(EVENT.mail, EVENT.path)}",
        "${{...EVENT}[EVENT.kind] ?? EVENT.mail}", "${JSON.stringify(PROFILE)}", "${`${EVENT.mail}`}",
    ],
)  # fmt: skip
def test_harmless_part__any_expression__does_not_show_the_secret(expression: str) -> None:
    for part in harmless(told(expression)):
        assert "ann@" not in part


def harmless(explanation: Explanation) -> Iterator[str]:
    """The values of all parts that are not marked, as JSON carries them."""
    for rule in explanation.as_dict()["offers"][0]["rules"]:
        for data in rule["data"]:
            for trace in data["value"]["expressions"]:
                yield from (json.dumps(part["values"]) for part in trace["parts"] if not part["sensitive"])


def test_expressions__of_one_value__are_marked_one_by_one() -> None:
    here = World("""
activations:
  - name: tell
    event: page
    webhook: {url: "https://hooks.example/", body: ["${EVENT.path}", "${EVENT.mail}"]}
""")
    body = here.profiles.explain("shop", "pages", EVENT, public=False, now=NOW)[1].activations[0].body

    assert body is not None
    assert body.sensitive
    assert [(trace.source, trace.sensitive) for trace in body.expressions] == [
        ("${EVENT.path}", False),
        ("${EVENT.mail}", True),
    ]
