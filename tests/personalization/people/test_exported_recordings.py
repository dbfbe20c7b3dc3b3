"""What was recorded of a person is exported with them, whichever way it is asked for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from personalization.models import RecordedEvent, Recording
from personalization.recordings import start_recording
from personalization.stores.locations import store_at
from routing.models import Instance
from tests.commands.conftest import Run
from tests.http import assert_error
from tests.personalization.stores.arrivals import arrival
from tests.world import ACTOR, a_caller, an_instance

WHO = {"key": "td_client_id", "value": "202"}


@pytest.fixture
def recorded(customer: Instance, settings: Settings, tmp_path: Path) -> Instance:
    """A visitor with two key values, recorded by one of them, and another one, recorded too."""
    settings.EVENT_STORE = f"sqlite:///{tmp_path}/events.sqlite3"
    store = store_at(settings.EVENT_STORE)
    store.open()
    store.commit([arrival(1, mail="m@example.com"), arrival(2, td_client_id="other")])
    store.close()
    a_recording(customer, "mail", "m@example.com", "of 202")
    a_recording(customer, "td_client_id", "other", "of another")
    return customer


def a_recording(instance: Instance, key: str, value: str, what: str) -> Recording:
    """A recording with one event whose explanation says `what`."""
    made = start_recording(instance=instance, key=key, value=value, note=what, actor=ACTOR)
    RecordedEvent.objects.create(
        recording=made, at=timezone.now(), database="your_database", table="pageviews", uuid=f"{1:032x}", version=1,
        reason="no-rule", explanation=json.dumps({"told": what}),
    )  # fmt: skip
    return made


def by_api(instance: Instance, run: Run) -> Any:
    caller = a_caller(role="administrator")
    return caller.post("/profiles/export", {"account": 1, "instance": instance.number, **WHO}).json()


def by_command(instance: Instance, run: Run) -> Any:
    return json.loads(run("export_profile", instance.label, *WHO.values()).stdout)


def by_console(instance: Instance, run: Run) -> Any:
    client = Client()
    client.force_login(User.objects.create_superuser("anna"))
    path = f"/admin/routing/instance/{instance.pk}/profiles/"
    return json.loads(client.post(path, {**WHO, "action": "export"}).content)


@pytest.mark.parametrize("ask", [by_api, by_command, by_console])
def test_export__of_somebody_who_was_recorded__has_what_was_recorded(recorded: Instance, run: Run, ask: Any) -> None:
    [recording] = ask(recorded, run)["recordings"]
    assert (recording["key"], recording["note"]) == ("mail", "of 202")
    assert recording["begun_at"] < recording["until"]
    [event] = recording["events"]
    assert event.pop("at").endswith("Z")
    assert event == {
        "database": "your_database",
        "table": "pageviews",
        "uuid": "00000000-0000-0000-0000-000000000001",
        "version": 1,
        "reason": "no-rule",
        "explanation": {"told": "of 202"},
    }


def test_export__of_somebody_of_whom_nothing_else_is_kept__has_what_was_recorded(recorded: Instance, run: Run) -> None:
    a_recording(recorded, "td_client_id", "303", "alone")
    a_recording(an_instance(2, 8), "td_client_id", "303", "of another instance")
    asked = {"account": 1, "instance": 8, "key": "td_client_id", "value": "303"}
    caller = a_caller(role="administrator")
    found = caller.post("/profiles/export", asked).json()
    assert [each["note"] for each in found["recordings"]] == ["alone"]
    assert (found["profile"], found["events"]) == (None, [])
    assert caller.post("/profiles/erase", asked).status_code == 200
    assert_error(caller.post("/profiles/export", asked), 404)
