"""People's data over REST: found, exported and erased by one of their key values."""

from __future__ import annotations

import logging
from typing import Any
from uuid import UUID

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from pytest_django.fixtures import Settings

from routing.models import Instance
from tests.http import Api, assert_error, problems
from tests.personalization.people.conftest import Commit
from tests.personalization.stores.arrivals import arrival
from tests.personalization.stores.places import Place
from tests.personalization.world import NOW
from tests.world import a_caller, an_instance

PERSON = {"account": 1, "instance": 8, "key": "td_client_id", "value": "202"}
ACTIONS = ("find", "export", "erase")
BEGAN = "2027-01-15T08:00:00Z"


@pytest.fixture
def api(customer: Instance) -> Api:
    return a_caller("provision", role="administrator")


def test_find__profile__is_shown_as_expressions_see_it(api: Api, commit: Commit) -> None:
    commit(arrival(1, some_key="dogs", mail="m@example.com"), arrival(2, some_key="cats", td_client_id="x"))
    response = api.post("/profiles/find", PERSON)
    assert response.status_code == 200
    found = response.json()
    assert found.pop("updated_at") == BEGAN
    assert found == {
        "account": 1,
        "instance": 8,
        "created_at": BEGAN,
        "keys": {
            "td_client_id": [{"value": "202", "seen_at": BEGAN}],
            "mail": [{"value": "m@example.com", "seen_at": BEGAN}],
        },
        "attributes": {"preferences": [{"value": "dogs", "time": NOW}], "views": 1},
    }
    assert api.post("/profiles/find", {"key": "mail", "value": "m@example.com"}).json()["created_at"] == BEGAN


def test_find__a_number__is_the_same_as_its_digits(api: Api, commit: Commit) -> None:
    commit(arrival(1, td_client_id=202))
    for value in (202, "202"):
        assert api.post("/profiles/find", PERSON | {"value": value}).status_code == 200


def test_find__nothing_live_any_more__keys_without_attributes(commit: Commit, db: None) -> None:
    commit(arrival(1, some_key="dogs"))
    an_instance()
    found = a_caller().post("/profiles/find", PERSON).json()
    assert (found["attributes"], list(found["keys"])) == ({}, ["td_client_id"])


def test_export__everything__once(api: Api, commit: Commit) -> None:
    commit(arrival(1, mail="m"), arrival(2, td_client_id="a"))
    commit(arrival(3, td_client_id="a", mail="m", deep={"number": 12345678901234567890123}))
    commit(arrival(4, table="unmonitored", td_client_id=202))
    found = api.post("/profiles/export", PERSON).json()
    assert found["profile"]["state"]["views/counter"] == [3, NOW]
    assert found["profile"]["attributes"]["views"] == 3
    events = {UUID(event["uuid"]).int: event for event in found["events"]}
    assert len(found["events"]) == 4
    assert {number: event["table"] for number, event in events.items()} == {
        **dict.fromkeys((1, 2, 3), "pageviews"),
        4: "unmonitored",
    }
    assert events[3]["event"]["deep"] == {"number": 12345678901234567890123}
    assert [UUID(merge["uuid"]).int for merge in found["merges"]] == [3]
    assert found["activations"] == []


def test_export__half_of_a_surrogate_pair__survives(api: Api, commit: Commit) -> None:
    commit(arrival(1, some_key="\ud83d"))
    found = api.post("/profiles/export", PERSON).json()
    assert found["events"][0]["event"]["some_key"] == "\ud83d"
    assert found["profile"]["attributes"]["preferences"][0]["value"] == "\ud83d"


def test_export__events_without_a_profile__are_there(api: Api, commit: Commit) -> None:
    commit(arrival(1, table="unmonitored"))
    found = api.post("/profiles/export", PERSON).json()
    assert (found["profile"], len(found["events"])) == (None, 1)


def test_erase__says_how_much__and_then_there_is_nothing(api: Api, commit: Commit, place: Place) -> None:
    commit(arrival(1, mail="m"), arrival(2, td_client_id="a"), arrival(3, td_client_id="a", mail="m"))
    commit(arrival(4, td_client_id="somebody else"))
    removed = api.post("/profiles/erase", PERSON | {"key": "mail", "value": "m"})
    assert removed.json() == {
        "account": 1,
        "instance": 8,
        "removed": {"profiles": 2, "events": 3, "merges": 1, "activations": 0},
    }
    assert api.post("/profiles/erase", PERSON).json()["removed"] == dict.fromkeys(removed.json()["removed"], 0)
    for action in ("find", "export"):
        assert_error(api.post(f"/profiles/{action}", PERSON), 404, says="td_client_id")
    assert place.count("events") == 1


def test_erase__instance_of_another_account__is_not_reached(api: Api, commit: Commit, place: Place) -> None:
    an_instance(2, 8)
    commit(arrival(1))
    for action in ACTIONS:
        other = a_caller(account=2, role="administrator")
        assert_error(other.post(f"/profiles/{action}", PERSON), 403)
        assert other.post(f"/profiles/{action}", PERSON | {"account": 2}).status_code in (200, 404)
    assert place.count("events") == 1


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize(
    ("change", "paths"),
    [
        ({"value": ""}, ["value"]),
        ({"value": "NULL"}, ["value"]),
        ({"value": 0}, ["value"]),
        ({"value": 2**60}, ["value"]),
        ({"value": "x" * 257}, ["value"]),
        ({"value": 1.5}, ["value"]),
        ({"value": True}, ["value"]),
        ({"value": None}, ["value"]),
        ({"value": ["202"]}, ["value"]),
        ({"key": "a key"}, ["key"]),
        ({"key": "1x", "value": "0"}, ["key", "value"]),
        ({"key": ""}, ["key"]),
        ({"other": 1}, ["other"]),
    ],
)
def test_request__that_names_nobody__422(
    api: Api, commit: Commit, action: str, change: dict[str, Any], paths: list[str]
) -> None:
    assert sorted(problems(api.post(f"/profiles/{action}", PERSON | change))) == sorted(paths)


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("granted", [None, *ACTIONS])
def test_staff__need_the_permission_of_the_action(
    customer: Instance, commit: Commit, action: str, granted: str | None
) -> None:
    commit(arrival(1))
    user = User.objects.create_user("anna", is_staff=True)
    codename = {"find": "view_profile"}.get(granted or "", f"{granted}_profile")
    user.user_permissions.set(Permission.objects.filter(codename=codename, content_type__app_label="personalization"))
    client = Client(raise_request_exception=False, enforce_csrf_checks=True)
    client.force_login(user)
    client.cookies["csrftoken"] = "a" * 32
    api = Api(client=client)
    assert_error(api.post(f"/profiles/{action}", PERSON), 403)
    response = api.post(f"/profiles/{action}", PERSON, headers={"X-CSRFToken": "a" * 32})
    assert response.status_code == (200 if granted == action else 403)


@pytest.mark.parametrize("action", ["export", "erase"])
def test_export_and_erase__are_logged_without_the_value(
    api: Api, commit: Commit, caplog: pytest.LogCaptureFixture, action: str
) -> None:
    commit(arrival(1, td_client_id="very-private"))
    with caplog.at_level(logging.INFO):
        api.post(f"/profiles/{action}", PERSON | {"value": "very-private"})
    told = [record.getMessage() for record in caplog.records if record.name == "personalization.services"]
    assert len(told) == 1
    assert "instance 1/8, key td_client_id, by key 1/provision" in told[0]
    assert "very-private" not in caplog.text


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize(
    "url", ["sqlite:////proc/nowhere/events.sqlite3", "postgres://anna:hunter2@127.0.0.1:1/nowhere"]
)
def test_store__away__503_and_when_to_come_back(api: Api, settings: Settings, action: str, url: str) -> None:
    settings.EVENT_STORE = url
    response = api.post(f"/profiles/{action}", PERSON)
    assert_error(response, 503, says="event store")
    assert response["Retry-After"]
    assert "hunter2" not in response.content.decode()
