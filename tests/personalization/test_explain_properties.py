"""Whatever is configured and arrives, an explanation answers as the engine does, and agrees with its answer."""

from __future__ import annotations

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from personalization.engine import evaluate
from personalization.explain import explain
from personalization.explanation_text import explanation_text
from personalization.profile import Profile
from personalization.program import program
from tests.personalization.random_plans import random_plan, random_rows


@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_explain__any_plan_and_rows__does_what_evaluate_does(seed: int) -> None:
    random = Random(seed)
    indexed = program(random_plan(random))
    one, other = Profile(1, "1/8", 0), Profile(1, "1/8", 0)
    for row in random_rows(random):
        own = {name: str(row.fields[name]) for name in ("user", "mail") if row.fields.get(name)}
        writing = random.random() < 0.8
        expected = evaluate(indexed, one, row, own, writing=writing)
        found = explain(indexed, other, row, own, writing=writing)
        assert found.answer == expected
        assert (other.text(), other.size, other.changed) == (one.text(), one.size, one.changed)
        assert {offer.name for offer in found.offers if offer.status == "given"} == set(expected.offers)
        assert {item.name for item in found.activations if item.status == "fired"} == {
            fired.name for fired in expected.activations
        }
        assert {item.status == "failed" for item in found.offers if item.name in expected.offers} <= {False}
        assert ("withheld" in {offer.status for offer in found.offers}) >= (expected.reason == "withheld")


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_text__of_any_explanation__is_printable_lines_that_name_everything(seed: int) -> None:
    random = Random(seed)
    indexed = program(random_plan(random))
    found = explain(indexed, Profile(1, "1/8", 0), random_rows(random)[0], {"user": "u1"})
    text = explanation_text(found)
    assert all(line.isprintable() for line in text.split("\n"))
    for item in (*found.keys, *found.events, *found.attributes, *found.offers, *found.activations):
        assert f"\n  {item.name}" in text
