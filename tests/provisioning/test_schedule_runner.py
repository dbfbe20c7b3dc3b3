"""The loop that carries out planned pushes for as long as a process runs."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

import pytest
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db import OperationalError

from provisioning import schedule_runner
from provisioning.models import Push, ScheduledPush
from provisioning.services import upload_configuration
from routing.models import Instance
from routing.services import change_destinations
from tests.provisioning.configurations import numbered
from tests.world import ACTOR, a_session, an_instance
from tokens.services import issue_token

pytestmark = pytest.mark.django_db(transaction=True)
PAST = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def planned(transactional_db: None) -> Instance:
    """An instance whose version 1 should be live since long ago."""
    made = an_instance(1, 8)
    change_destinations(instance=made, actor=ACTOR, add=[("your_database", "pageviews")])
    issue_token(instance=made, name="web", actor=ACTOR)
    version = upload_configuration(instance=made, text=numbered(1), actor=ACTOR).version
    ScheduledPush.objects.create(instance=made, version=version, at=PAST, created_by=ACTOR)
    return made


def run_until_told() -> list[str]:
    """What the loop says until its first word."""
    stop = threading.Event()
    lines: list[str] = []

    def say(line: str) -> None:
        lines.append(line)
        stop.set()

    schedule_runner.run_until(stop, say)
    return lines


def test_run__something_is_due__is_carried_out_and_told(planned: Instance) -> None:
    (line,) = run_until_told()
    assert line.startswith("1/8 version 1: done: carried out ")
    assert Push.objects.get().version.number == 1


def test_run__the_database_is_away__is_asked_again(planned: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    real, failures = schedule_runner.run_due, [OperationalError("away"), OperationalError("still away")]

    def sometimes() -> object:
        if failures:
            raise failures.pop()
        return real()

    monkeypatch.setattr(schedule_runner, "run_due", sometimes)
    monkeypatch.setattr(schedule_runner, "INTERVAL", 0.0)
    assert len(run_until_told()) == 1
    assert Push.objects.count() == 1


def test_run_schedules__once__removes_sessions_that_are_over(transactional_db: None) -> None:
    over, going_on = a_session(days=-1), a_session(days=1)
    call_command("run_schedules", "--once")
    assert list(Session.objects.values_list("pk", flat=True)) == [going_on]
    assert over != going_on


def test_running__ended__leaves_no_thread(planned: Instance) -> None:
    with schedule_runner.running():
        assert "planned-pushes" in {thread.name for thread in threading.enumerate()}
    assert "planned-pushes" not in {thread.name for thread in threading.enumerate()}
