"""The columns that the console's editor offers behind `EVENT.`, from the events that came lately."""

from __future__ import annotations

import json
from typing import Any

from pytest_django.fixtures import Settings

from routing.models import Instance
from routing.services import change_destinations
from tests.console.conftest import staff, staff_with
from tests.console.pages import StaffWith, Visitor
from tests.personalization.people.conftest import Commit
from tests.personalization.stores.arrivals import arrival
from tests.world import ACTOR, an_instance

__all__ = ["staff", "staff_with"]


def _columns(visitor: Visitor, instance: Instance) -> Any:
    return json.loads(visitor.get("instance_draft_words", instance.pk).source)["columns"]


def test_columns__of_events_that_came__are_offered_by_name(customer: Instance, commit: Commit, staff: Visitor) -> None:
    assert _columns(staff, customer) == []
    commit(arrival(1, some_key="dogs"), arrival(2, **{"td_path": "/a", "not a name": 1, "x" * 200: 1}))
    assert set(_columns(staff, customer)) == {"td_client_id", "time", "some_key", "td_path"}
    assert "dogs" not in staff.get("instance_draft_words", customer.pk).source


def test_columns__of_another_instance_or_a_table_no_longer_registered__are_not_shown(
    customer: Instance, commit: Commit, staff: Visitor
) -> None:
    commit(arrival(1, some_key="dogs"))
    assert _columns(staff, an_instance(2, 1)) == []
    change_destinations(instance=customer, actor=ACTOR, remove=[("your_database", "pageviews")], force=True)
    assert _columns(staff, customer) == []


def test_columns__store_away__are_left_out(customer: Instance, staff: Visitor, settings: Settings) -> None:
    settings.EVENT_STORE = "sqlite:////nowhere/at/all/events.sqlite3"
    assert _columns(staff, customer) == []


def test_columns__for_staff_who_may_not_see_drafts__403(
    customer: Instance, commit: Commit, staff_with: StaffWith
) -> None:
    commit(arrival(1, some_key="dogs"))
    assert staff_with("routing.view_instance").get("instance_draft_words", customer.pk).status == 403
