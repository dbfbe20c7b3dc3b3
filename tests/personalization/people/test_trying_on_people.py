"""Trying an event on a person whose profile is stored, in each kind of store."""

from __future__ import annotations

import time
from typing import Any

import pytest

from routing.models import Instance
from tests.console.conftest import staff, staff_with
from tests.console.pages import StaffWith, Visitor
from tests.http import assert_error
from tests.personalization.people.conftest import Commit
from tests.personalization.stores.arrivals import arrival
from tests.personalization.stores.busy import in_small_parts, many_of_another
from tests.world import a_caller

__all__ = ["staff", "staff_with"]
EVENT = {"table": "your_database/pageviews", "event": {"td_client_id": "202"}, "time": "2027-02-01T00:00:00Z"}
PERSON = {"key": "td_client_id", "value": "202"}
TRIED = {"version": "live", "table": "your_database/pageviews", "path": "private", "event": '{"td_client_id": "202"}'}


def _preferences(**body: Any) -> Any:
    answer = a_caller().post("/provision/1/8/explain", {**EVENT, **body}).json()["answer"]["body"]
    return answer["offers"].get("preferences_known", {}).get("attributes", {}).get("preferences")


def test_explain__by_a_person__meets_the_stored_profile_and_leaves_it(customer: Instance, commit: Commit) -> None:
    commit(arrival(1, some_key="dogs"))
    assert _preferences() is None
    assert _preferences(person=PERSON) == "dogs"
    assert _preferences(person=PERSON, event={"td_client_id": "202", "some_key": "cats"}) == "cats"
    assert _preferences(person=PERSON) == "dogs"


def test_explain__by_a_person_who_is_not_known__404(customer: Instance, commit: Commit) -> None:
    commit(arrival(1, some_key="dogs"))
    body = {**EVENT, "person": {**PERSON, "value": "303"}}
    error = assert_error(a_caller().post("/provision/1/8/explain", body), 404)
    assert "303" not in str(error)


def test_try_page__by_a_person__meets_the_stored_profile(customer: Instance, commit: Commit, staff: Visitor) -> None:
    commit(arrival(1, some_key="dogs"), arrival(2, some_key="cats"))
    who = {"person_key": "td_client_id", "person_value": "202"}
    page = staff.post("instance_try", customer.pk, **TRIED, **who)
    assert '"preferences": "cats"' in page.text
    assert "it cannot hold a profile" in page.text


def test_try_page__stored_profile_loaded__can_be_changed(customer: Instance, commit: Commit, staff: Visitor) -> None:
    commit(arrival(1, some_key="dogs"), arrival(2, some_key="cats"))
    who = {"person_key": "td_client_id", "person_value": "202"}
    loaded = staff.post("instance_try", customer.pk, **TRIED, **who, action="load").fields["profile"]
    assert '"views": 2' in loaded
    page = staff.post("instance_try", customer.pk, **TRIED, profile=loaded.replace("cats", "birds"))
    assert '"preferences": "birds"' in page.text


def test_try_page__without_permission_for_profiles__neither_offers_nor_takes_a_person(
    customer: Instance, commit: Commit, staff_with: StaffWith
) -> None:
    commit(arrival(1, some_key="dogs"))
    visitor = staff_with("provisioning.view_configurationversion")
    assert "person_value" not in visitor.get("instance_try", customer.pk).fields
    for action in ("", "load"):
        page = visitor.post(
            "instance_try", customer.pk, **TRIED, person_key="td_client_id", person_value="202", action=action
        )
        assert "dogs" not in page.source


@pytest.mark.parametrize("permissions", [(), ("personalization.view_profile",)])
def test_explain__by_staff__needs_the_permission_for_a_person(
    customer: Instance, commit: Commit, staff_with: StaffWith, permissions: tuple[str, ...]
) -> None:
    commit(arrival(1, some_key="dogs"))
    client = staff_with("provisioning.view_configurationversion", *permissions).client
    answer = client.post("/provision/1/8/explain", {**EVENT, "person": PERSON}, content_type="application/json")
    assert answer.status_code == (200 if permissions else 403)


def test_try_page__recent_events__are_listed_and_taken(customer: Instance, commit: Commit, staff: Visitor) -> None:
    now = int(time.time())  # a store may find an event by when it was received, by its own clock
    commit(arrival(1, now=now, some_key="dogs"))
    commit(arrival(2, now=now, table="others", some_key="cats"))
    assert "dogs" not in staff.get("instance_try", customer.pk).source
    page = staff.get("instance_try", customer.pk, recent="")
    first, second = (link for link in page.links if link.startswith("?take="))
    assert "your_database/others, private path" in page.text
    taken = staff.get(f"/admin/routing/instance/{customer.pk}/try/{second}")
    assert '"some_key": "dogs"' in taken.fields["event"]
    assert taken.fields["table"] == "your_database/pageviews"
    other = staff.get(f"/admin/routing/instance/{customer.pk}/try/{first}")
    assert other.fields["table"] == "your_database/others"


def test_try_page__behind_many_events_of_a_busy_instance__lists_those_of_the_quiet_one(
    customer: Instance, commit: Commit, staff: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_small_parts(monkeypatch)
    commit(arrival(1, some_key="dogs"), *many_of_another())
    page = staff.get("instance_try", customer.pk, recent="")
    assert "dogs" in page.source
    assert "time was up" not in page.text
    columns = staff.client.get(f"/admin/routing/instance/{customer.pk}/draft/words/").json()["columns"]
    assert "some_key" in columns


def test_try_page__time_is_up_before_a_recent_event_is_found__says_how_far_it_looked(
    customer: Instance, commit: Commit, staff: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_small_parts(monkeypatch, seconds=0)
    for other in many_of_another():
        commit(other)
    page = staff.get("instance_try", customer.pk, recent="")
    assert "No event of this instance is among what came since" in page.text
    assert "No event of this instance is stored" not in page.text
    assert f"/admin/routing/instance/{customer.pk}/events/" in page.links


def test_try_page__no_recent_event__says_so(customer: Instance, staff: Visitor, settings: Any, tmp_path: Any) -> None:
    settings.EVENT_STORE = f"sqlite:///{tmp_path}/events.sqlite3"
    assert "No event of this instance" in staff.get("instance_try", customer.pk, recent="").text


def test_try_page__recent_events_without_permission__are_not_shown(
    customer: Instance, commit: Commit, staff_with: StaffWith
) -> None:
    commit(arrival(1, some_key="dogs"))
    visitor = staff_with("provisioning.view_configurationversion")
    for query in ({"recent": ""}, {"take": (1).to_bytes(16).hex()}):
        assert "dogs" not in visitor.get("instance_try", customer.pk, **query).source


def test_try_page__event_store_away__says_so(customer: Instance, staff: Visitor, settings: Any) -> None:
    settings.EVENT_STORE = "postgres://nobody@127.0.0.1:1/nothing"
    page = staff.get("instance_try", customer.pk, recent="")
    assert page.status == 503
    assert "The event store cannot be reached now" in page.text
    assert "No event tried yet" not in page.text
    person = {"person_key": "td_client_id", "person_value": "202"}
    page = staff.post("instance_try", customer.pk, **TRIED, **person)
    assert page.status == 503
    assert "The event store cannot be reached now" in page.text
    assert "Open the draft" not in page.text
