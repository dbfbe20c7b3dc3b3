"""People's data by command: export_profile, erase_profile, purge_expired."""

from __future__ import annotations

import json
import logging
import time

import pytest
from django.contrib.sessions.models import Session
from pytest_django.fixtures import Settings

from routing.models import Instance
from tests.commands.conftest import Run
from tests.personalization.people.conftest import Commit
from tests.personalization.stores.arrivals import arrival
from tests.personalization.stores.places import Place
from tests.personalization.stores.redis_steps import crash_at
from tests.personalization.world import DAY
from tests.world import a_session

WHO = ("1/8", "td_client_id", "202")
NONE_REMOVED = "profiles 0, events 0, merges 0, activations 0"


def test_export_profile__prints_what_the_api_answers(run: Run, customer: Instance, commit: Commit) -> None:
    commit(arrival(1, some_key="é"), arrival(2, table="unmonitored"))
    ran = run("export_profile", *WHO)
    found = json.loads(ran.stdout)
    assert (ran.failure, ran.stderr, ran.stdout.isascii()) == (None, "", True)
    assert found.keys() == {
        "account",
        "instance",
        "exported_at",
        "profile",
        "events",
        "merges",
        "activations",
        "recordings",
    }
    assert [event["event"]["td_client_id"] for event in found["events"]] == ["202", "202"]
    assert found["profile"]["attributes"]["preferences"][0]["value"] == "é"


def test_export_profile__of_nobody__said(run: Run, customer: Instance, commit: Commit) -> None:
    ran = run("export_profile", *WHO)
    assert ran.stdout == ""
    assert ran.failure == "nothing is kept in instance 1/8 of who has this value of “td_client_id”"


def test_erase_profile__prints_how_much(run: Run, customer: Instance, commit: Commit, place: Place) -> None:
    commit(arrival(1), arrival(2), arrival(3, td_client_id="other"))
    assert run("erase_profile", *WHO).lines == ["profiles 1, events 2, merges 0, activations 0"]
    assert run("erase_profile", *WHO).lines == [NONE_REMOVED]
    assert place.count("events") == 1


@pytest.mark.parametrize("command", ["export_profile", "erase_profile"])
def test_value__from_standard_input__does_not_stand_in_the_command_line(
    run: Run, customer: Instance, commit: Commit, caplog: pytest.LogCaptureFixture, command: str
) -> None:
    commit(arrival(1, td_client_id="é private"))
    with caplog.at_level(logging.INFO):
        ran = run(command, "1/8", "td_client_id", "-", stdin="é private\n".encode())
    assert ran.failure is None
    assert "1" in ran.stdout
    assert "by command" in caplog.text
    assert "private" not in caplog.text


@pytest.mark.parametrize("command", ["export_profile", "erase_profile"])
@pytest.mark.parametrize(
    ("who", "says"),
    [
        (("1/9", "td_client_id", "202"), "there is no instance 1/9"),
        (("1/8", "td client", "202"), "the name of a key is expected"),
        (("1/8", "td_client_id", "null"), "a key value that identifies somebody is expected"),
    ],
)
def test_person__named_wrongly__said(
    run: Run, customer: Instance, commit: Commit, command: str, who: tuple[str, ...], says: str
) -> None:
    assert says in (run(command, *who).failure or "")


@pytest.mark.parametrize("command", [("export_profile", *WHO), ("erase_profile", *WHO), ("purge_expired",)])
def test_store__away__said(run: Run, customer: Instance, settings: Settings, command: tuple[str, ...]) -> None:
    settings.EVENT_STORE = "postgres://anna:hunter2@127.0.0.1:1/nowhere"
    ran = run(*command)
    assert ran.failure == "The event store cannot be reached now, or not do this now; try again."
    assert "hunter2" not in ran.stderr


def test_purge_expired__by_the_settings__removes_what_is_older(
    run: Run, db: None, commit: Commit, place: Place, settings: Settings
) -> None:
    settings.EVENT_RETENTION_DAYS, settings.PROFILE_EXPIRY_DAYS = 400, 30
    now = int(time.time())
    for number, days in enumerate((401, 399, 31, 29)):
        commit(arrival(number, now=now - days * DAY, td_client_id=f"v{days}"))
    ran = run("purge_expired")
    assert ran.lines == ["profiles 3, events 1, merges 0, activations 0"]
    assert ran.stderr == "events are kept 400 days, profiles that no event changes 30 days\n"
    assert place.count("events") == 3
    assert list(place.profiles()) == ["v29"]
    assert run("purge_expired", "--without-pauses").lines == [NONE_REMOVED]


@pytest.mark.parametrize("store", ["", "postgres://anna:hunter2@127.0.0.1:1/nowhere"])
def test_purge_expired__with_or_without_the_event_store__removes_sessions_that_are_over(
    run: Run, customer: Instance, settings: Settings, store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("p13nadmin.api.old_sessions._BATCH", 2)
    settings.EVENT_STORE = store or settings.EVENT_STORE
    for _ in range(5):
        a_session(days=-1)
    going_on = a_session(days=1)
    ran = run("purge_expired")
    assert ran.stderr.splitlines()[-1] == "sessions of the console that were over: 5"
    assert (ran.failure is None) is (not store)
    assert list(Session.objects.values_list("pk", flat=True)) == [going_on]


def test_purge_expired__zero_days__keeps_for_ever(
    run: Run, db: None, commit: Commit, place: Place, settings: Settings
) -> None:
    settings.EVENT_RETENTION_DAYS, settings.PROFILE_EXPIRY_DAYS = 0, 0
    commit(arrival(1, now=1))
    ran = run("purge_expired")
    assert (ran.lines, place.count("events"), place.count("profile_keys")) == ([NONE_REMOVED], 1, 1)
    assert ran.stderr == "events are kept for ever, profiles that no event changes for ever\n"


@pytest.mark.redis
def test_purge_expired__zero_days__removes_what_a_process_left_that_ended(
    db: None, run: Run, redis_cluster: Place, settings: Settings
) -> None:
    settings.EVENT_STORE = redis_cluster.url
    settings.EVENT_RETENTION_DAYS, settings.PROFILE_EXPIRY_DAYS = 0, 0
    assert crash_at(3, redis_cluster, [arrival(1, mail="anna@example.com")])
    assert redis_cluster.rows("SELECT key FROM profile_keys ORDER BY key") == [
        ("1/8/mail/anna@example.com",),
        ("1/8/td_client_id/202",),
    ]
    assert run("purge_expired").lines == [NONE_REMOVED]
    assert redis_cluster.count("profile_keys") == 0
