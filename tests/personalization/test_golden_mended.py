"""A failing golden test that is mended by expecting what came of it passes from then on."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from personalization.golden import run_golden_tests
from provisioning.language import Context
from provisioning.language.flow_text import flow_text
from provisioning.validation import check_with_tests
from tests.personalization.world import HEAD, NOW, plan_of

CONTEXT = Context(now=NOW)
VALUE_OFFER = f"""{HEAD}
attributes: [{{name: last, type: single, event: page, value: "${{EVENT.value}}"}}]
offers: [{{name: same, set: {{event: page, data: {{value: "${{PROFILE.last}}"}}}}}}]
"""
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
SCALARS = st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | TEXTS
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3))


@given(VALUES, VALUES, st.booleans())
def test_failure__expected_as_mended__passes(expected: Any, value: Any, block: bool) -> None:
    text = f"""{VALUE_OFFER}
tests:
  - name: t
    steps:
      - post: shop/pages
        event: {flow_text({"user": "u1", "value": value})}
        offers:{_block(expected) if block else f" {flow_text({'same': {'value': expected}})}"}
"""
    check = check_with_tests(text, context=CONTEXT)
    for problem in check.errors:
        lines = text.split("\n")
        first = problem.mended_first - 1
        assert problem.code == "test-failed"
        assert problem.mended
        lines[first : first + problem.mended_count] = problem.mended.split("\n")
        assert check_with_tests("\n".join(lines), context=CONTEXT).errors == ()


def _block(expected: Any) -> str:
    return f"\n          same:\n            value: {flow_text(expected)}"


@pytest.mark.parametrize(
    ("at", "part"), [("", ""), ("\n    at: 2027-01-01T12:00:00Z", "offers")], ids=["whenever", "at its time"]
)
def test_failure__answer_that_changes_with_time__is_to_be_expected_only_at_a_time(at: str, part: str) -> None:
    tests = f"""
offers: [{{name: now, set: {{event: page, data: {{now: "${{NOW}}"}}}}}}]
tests:
  - name: t{at}
    steps: [{{post: shop/pages, event: {{user: u1}}, offers: {{}}}}]
"""
    [failure] = run_golden_tests(plan_of(HEAD + tests), now=NOW)
    assert failure.part == part


def test_failure__of_a_profile__keeps_what_agrees() -> None:
    tests = """
attributes:
  - {name: seen, type: list, event: page, value: "${EVENT.item}"}
  - {name: visits, type: counter, event: page}
tests:
  - name: t
    steps:
      - {post: shop/pages, event: {user: u1, item: a}, profile: {visits: 3, seen: [a]}}
"""
    [failure] = run_golden_tests(plan_of(HEAD + tests), now=NOW)
    assert (failure.part, failure.got) == ("profile", {"visits": 1, "seen": ["a"]})
