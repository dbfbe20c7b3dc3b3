"""How much work a check does, counted and not timed."""

from __future__ import annotations

import builtins
import sys
from collections.abc import Callable
from functools import partial

import pytest

from provisioning.language.expressions import Scope
from provisioning.language.preparation import prepare
from tests.provisioning.language.checking import BASE, check, plan_of

ACTIVATION = """\
activations:
  - name: tell
    event: pageview
    if: EVENT.amount > {0}0
    webhook:
      url: https://hooks.example/
      headers:
        x-client: ${{EVENT.client + '{0}'}}
      body:
        list: ["${{EVENT.first + {0}}}", "${{EVENT.second + {0}}}", same]
"""
OFFER = """\
  - name: offer_{0}
    set:
      - event: pageview
        if: PROFILE.preferences.length > {0}
        data: {{path: "/{0}/${{EVENT.path}}", text: same}}
"""


@pytest.fixture
def compilations(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Everything that Python is given to compile."""
    given: list[object] = []
    compiler = builtins.compile

    def noting(source: object, *arguments: object, **named: object) -> object:
        given.append(source)
        return compiler(source, *arguments, **named)  # type: ignore[call-overload]

    monkeypatch.setattr(builtins, "compile", noting)
    return given


def with_offers(first: int, count: int) -> str:
    offers = "".join(OFFER.format(number) for number in range(first, first + count))
    return BASE.replace("tokens:", f"{offers}tokens:")


def test_check__many_expressions__generates_no_code(compilations: list[object]) -> None:
    assert plan_of(with_offers(1000, 20)).offers

    assert compilations == []


def test_evaluate__twice__generates_code_once(compilations: list[object]) -> None:
    condition = plan_of(with_offers(2000, 1)).offers[1].rules[0].condition
    assert condition is not None

    values = [condition.evaluate(Scope(profile={"preferences": []})) for _ in range(2)]

    assert values == [False, False]
    assert len(compilations) == 1


def test_prepare__every_kind_of_part__leaves_nothing_to_generate(compilations: list[object]) -> None:
    plan = plan_of(with_offers(3000, 3) + ACTIVATION.format(77))

    prepare(plan)

    assert len(compilations) >= 3 * 2 + 4
    compilations.clear()
    scope = Scope(profile={"preferences": []}, event={"amount": 1, "path": "a"})
    activation = plan.activations[0]
    assert activation.condition is not None
    assert activation.condition.evaluate(scope) is False
    assert activation.webhook.headers[0][1].evaluate(scope) == "undefined77"
    activation.webhook.body.evaluate(scope)
    assert [offer.rules[0].data[0][1].evaluate(scope) for offer in plan.offers[1:]] == [
        f"/{number}/a" for number in (3000, 3001, 3002)
    ]
    assert compilations == []


def test_check__each_further_offer__costs_the_same() -> None:
    check(with_offers(100, 1))  # what is only done once
    few, many = (calls(partial(check, with_offers(*offers))) for offers in ((4000, 10), (5000, 100)))

    # An offer here has two expressions; each of them takes the reading of some twenty parts.
    assert (many - few) / 90 < 1200
    assert many < few * 100 / 10 * 1.2


def calls(run: Callable[[], object]) -> int:
    """How many Python functions are called."""
    count = 0

    def note(frame: object, event: str, argument: object) -> None:
        nonlocal count
        count += event == "call"

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        run()
    finally:
        sys.setprofile(before)
    return count
