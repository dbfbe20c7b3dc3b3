"""Counting what failed: by version and rule, and never more than is live."""

from __future__ import annotations

import logging

import pytest

from personalization.evaluation_errors import EvaluationErrors
from personalization.live import LiveInstance

WHERE = 'offer "hello"'


def version(number: int, instance: int = 8) -> LiveInstance:
    return LiveInstance(1, instance, number)


def failed(errors: EvaluationErrors, live: LiveInstance, *wheres: str, times: int = 1) -> None:
    for _ in range(times):
        errors.note(live, [(where, f"{where} broke") for where in wheres], 5.0)


@pytest.fixture
def errors() -> EvaluationErrors:
    return EvaluationErrors()


def counts(errors: EvaluationErrors) -> dict[tuple[str, int | None, str], int]:
    return {place: error.count for place, error in errors.all()}


def test_errors__are_counted_by_instance_version_and_rule(errors: EvaluationErrors) -> None:
    failed(errors, version(1), "a", "b", "a")
    failed(errors, version(1, instance=9), "a")
    failed(errors, version(2), "a")
    assert counts(errors) == {("1/8", 1, "a"): 2, ("1/8", 1, "b"): 1, ("1/9", 1, "a"): 1, ("1/8", 2, "a"): 1}


def test_errors__the_last_message_and_time_are_kept(errors: EvaluationErrors) -> None:
    errors.note(version(1), [("a", "first")], 5.0)
    errors.note(version(1), [("a", "second")], 6.0)
    [error] = errors.of(version(1)).values()
    assert (error.count, error.message, error.time) == (2, "second", 6.0)


def test_errors__of_past_versions__go(errors: EvaluationErrors) -> None:
    for number in range(1, 100):
        failed(errors, version(number), "a", "b")
    failed(errors, version(1, instance=9), "a")
    assert {place[:2] for place in counts(errors)} == {("1/8", 98), ("1/8", 99), ("1/9", 1)}


def test_errors__of_the_version_before__still_count_while_its_last_events_are_answered(
    errors: EvaluationErrors,
) -> None:
    for number in (1, 2, 1, 2, 1):
        failed(errors, version(number), "a")
    assert counts(errors) == {("1/8", 1, "a"): 3, ("1/8", 2, "a"): 2}


def test_errors__of_a_version__are_those_of_its_instance_alone(errors: EvaluationErrors) -> None:
    failed(errors, version(1), "a")
    failed(errors, version(1, instance=9), "b")
    assert errors.of(version(1)).keys() == {"a"}
    assert errors.of(version(2)) == {}
    assert errors.of(version(1, instance=10)) == {}


def test_errors__are_logged_at_the_first_the_tenth_the_hundredth(
    errors: EvaluationErrors, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        failed(errors, version(1), WHERE, times=150)
    told = [record.getMessage().rpartition("(")[2] for record in caplog.records]
    assert told == ["1 times)", "10 times)", "100 times)"]
