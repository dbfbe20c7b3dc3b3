"""An event that is opened: whether what is shown is what was answered, and why not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings as current

from personalization.stores.locations import records_at
from provisioning.models import Push
from provisioning.services import upload_configuration
from routing.models import Destination, Instance
from routing.services import change_destinations
from tests.console.pages import Page, Visitor
from tests.console.traffic_world import CONFIGURATION, NOW, customer, live_since, stored
from tests.world import ACTOR

__all__ = ["customer"]

ANSWERED = "No later event has changed the profile: this is what was answered."
MAY = "may have been different"


def _opened(staff: Visitor, customer: Instance, number: int = 1, *, at: int = NOW) -> Page:
    page = staff.get("instance_event", customer.pk, table="shop/pageviews", uuid=number.to_bytes(16).hex(), at=at)
    assert page.status == 200
    return page


def test_opened__nothing_came_after__is_what_was_answered(staff: Visitor, customer: Instance) -> None:
    stored(customer, {"td_client_id": "anna"}, {"td_client_id": "ben", "td_path": r"\\anna"}, apart=0)
    page = _opened(staff, customer)
    assert ANSWERED in page.text
    assert MAY not in page.text


def test_opened__without_a_key_value__is_what_was_answered(staff: Visitor, customer: Instance) -> None:
    stored(customer, {"td_client_id": "null"}, {"td_client_id": "null"}, apart=0)
    assert ANSWERED in _opened(staff, customer).text


@pytest.mark.parametrize("again", [{"td_client_id": "anna"}, {"mail": "a@example.com", "td_client_id": "null"}])
def test_opened__another_event_of_the_person_in_the_same_second__may_be_otherwise(
    staff: Visitor, customer: Instance, again: dict[str, str]
) -> None:
    stored(customer, {"td_client_id": "anna", "mail": "a@example.com"}, again | {"some_key": "dogs"}, apart=0)
    page = _opened(staff, customer)
    assert "Other events of this person came in the same second" in page.text
    assert ANSWERED not in page.text
    assert f"/admin/routing/instance/{customer.pk}/recordings/" in page.links


def test_opened__too_much_came_in_the_same_second_to_tell__may_be_otherwise(staff: Visitor, customer: Instance) -> None:
    events = ({"td_client_id": f"x{number}", "td_path": "\\"} for number in range(120))
    stored(customer, {"td_client_id": "anna"}, *events, apart=0)
    assert MAY in _opened(staff, customer).text


def test_opened__the_profile_is_gone__says_so(staff: Visitor, customer: Instance) -> None:
    stored(customer, {"td_client_id": "anna", "some_key": "dogs"})
    records = records_at(current.EVENT_STORE)
    assert sum(removed.profiles for removed in records.purge_profiles(NOW + 1)) == 1
    records.close()
    page = _opened(staff, customer)
    assert "No profile has this event's key values any more" in page.text
    assert ANSWERED not in page.text


def test_opened__the_event_left_no_mark_on_the_profile__says_so(staff: Visitor, customer: Instance) -> None:
    stored(customer, {"td_client_id": "anna"}, {"td_client_id": "ben"})
    stored(customer, {"td_client_id": "anna"}, table="orders")
    change_destinations(instance=customer, add=[("shop", "orders")], actor=ACTOR)
    Destination.objects.update(created_at=datetime.fromtimestamp(NOW - 3600, UTC))
    page = staff.get("instance_event", customer.pk, table="shop/orders", uuid=(1).to_bytes(16).hex(), at=NOW)
    assert "was last changed before this event came" in page.text
    assert ANSWERED not in page.text


@pytest.mark.parametrize(("pushed", "warned"), [(-3, False), (-1, True), (0, True), (1, True), (3, False)])
def test_opened__pushed_just_before_or_after__another_version_may_have_answered(
    staff: Visitor, customer: Instance, pushed: int, warned: bool
) -> None:
    upload_configuration(instance=customer, text=CONFIGURATION + "# 2\n", actor=ACTOR, push=True)
    moment = datetime.fromtimestamp(NOW + pushed, UTC)
    Push.objects.filter(instance=customer, number=1).update(
        created_at=moment - timedelta(hours=1), superseded_at=moment
    )
    Push.objects.filter(instance=customer, number=2).update(created_at=moment)
    stored(customer, {"td_client_id": "anna"})
    page = _opened(staff, customer)
    assert ("another version may have answered" in page.text) is warned
    assert (ANSWERED in page.text) is not warned


def test_opened__the_first_push_was_just_before__another_process_may_not_have_had_it(
    staff: Visitor, customer: Instance
) -> None:
    live_since(customer, NOW - 1)
    stored(customer, {"td_client_id": "anna"})
    page = _opened(staff, customer)
    assert "another version may have answered" in page.text
    assert ANSWERED not in page.text


def test_opened__its_table_was_registered_since__may_be_otherwise(staff: Visitor, customer: Instance) -> None:
    stored(customer, {"td_client_id": "anna"})
    Destination.objects.update(created_at=datetime.fromtimestamp(NOW + 60, UTC))
    assert "Tables were registered or removed since it came" in _opened(staff, customer).text


def test_opened__another_table_came_since__casts_no_doubt(staff: Visitor, customer: Instance) -> None:
    stored(customer, {"td_client_id": "anna"})
    Destination.objects.all().delete()
    change_destinations(instance=customer, add=[("shop", "removed_items")], actor=ACTOR)
    assert "Tables were registered or removed since it came" not in _opened(staff, customer).text


def test_opened__its_table_was_removed_since__may_be_otherwise(staff: Visitor, customer: Instance) -> None:
    stored(customer, {"td_client_id": "anna"})
    change_destinations(instance=customer, remove=[("shop", "pageviews")], force=True, actor=ACTOR)
    page = _opened(staff, customer)
    assert "Tables were registered or removed since it came" in page.text
    assert ANSWERED not in page.text
