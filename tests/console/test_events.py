"""Events and requests turned away: what staff see of an instance's traffic, one by one."""

from __future__ import annotations

from math import inf

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django.fixtures import Settings

from personalization import long_search
from personalization.stores import searching
from routing.models import Instance
from routing.services import change_destinations
from tests.console.pages import StaffWith, Visitor
from tests.console.traffic_world import (
    NOW,
    PEOPLE,
    VIEWER,
    a_recording,
    away,
    counted,
    customer,
    live_since,
    refused_preflight,
    rejected,
    stored,
)
from tests.world import ACTOR, an_instance

__all__ = ["away", "customer"]


def test_events__none__says_where_to_look(staff: Visitor, customer: Instance) -> None:
    page = staff.get("instance_events", customer.pk)
    assert "No event yet" in page.text
    assert f"/admin/routing/instance/{customer.pk}/why/" in page.links


def test_events__committed__newest_first_with_the_version_that_was_live(staff: Visitor, customer: Instance) -> None:
    stored(customer, *({"td_client_id": str(number)} for number in range(1, 61)))
    page = staff.get("instance_events", customer.pk)
    assert [f'"td_client_id": "{number}"' in page.text for number in (60, 11, 10)] == [True, True, False]
    assert page.text.index('"60"') < page.text.index('"59"')
    older = staff.post("instance_events", customer.pk, position=_value(page.source, "position"))
    assert '"td_client_id": "10"' in older.text
    assert '"td_client_id": "11"' not in older.text
    assert "Older events" not in older.text


def _value(source: str, name: str) -> str:
    return source.split(f'name="{name}" value="')[1].split('"', maxsplit=1)[0]


def test_events__by_table_key_version_and_time__only_those(staff: Visitor, customer: Instance) -> None:
    stored(customer, {"td_client_id": "anna", "page": "first"}, {"td_client_id": "ben", "page": "second"})
    found = staff.post("instance_events", customer.pk, key="td_client_id", value="anna")
    assert "first" in found.text
    assert "second" not in found.text
    assert "first" in staff.post("instance_events", customer.pk, table="shop/pageviews").text
    assert "No such event" in staff.post("instance_events", customer.pk, table="shop/orders").text
    assert "No such event" in staff.post("instance_events", customer.pk, since="2099-01-01T00:00").text
    assert staff.post("instance_events", customer.pk, key="td_client_id").status == 422
    assert staff.post("instance_events", customer.pk, table="shop").status == 422
    assert staff.post("instance_events", customer.pk, version="77").status == 422


def test_events__by_version__those_that_came_while_it_was_live(staff: Visitor, customer: Instance) -> None:
    live_since(customer, NOW - 1)
    stored(customer, {"page": "before"}, {"page": "early"}, {"page": "during"}, {"page": "late"})
    page = staff.post("instance_events", customer.pk, version="1")
    assert [word in page.text for word in ("before", "early", "during", "late")] == [False, False, True, True]
    everything = staff.get("instance_events", customer.pk)
    assert "before" in everything.text
    assert "nothing live" in everything.text


def test_events__of_another_instance__are_not_shown(staff: Visitor, customer: Instance) -> None:
    stored(customer, {"page": "mine"})
    other = an_instance(2, 1)
    assert "mine" not in staff.get("instance_events", other.pk).text
    query = {"table": "shop/pageviews", "uuid": (1).to_bytes(16).hex(), "at": str(NOW)}
    assert staff.get("instance_event", other.pk, **query).status == 404
    assert staff.get("instance_event", customer.pk, **query).status == 200


def test_events_and_why__behind_many_of_a_busy_instance__show_those_of_the_quiet_one(
    staff: Visitor, customer: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "LOOKED_AT", 5)
    monkeypatch.setattr(long_search, "SECONDS", inf)
    counted(customer, 2, "no-key")
    stored(customer, {"td_client_id": "null", "page": "mine"}, {"td_client_id": "null"})
    stored(an_instance(2, 1), *({"td_client_id": str(number)} for number in range(40)))
    assert "mine" in staff.get("instance_events", customer.pk).text
    assert "identifies nobody in 2 of the 2" in staff.get("instance_why", customer.pk).text


def test_events__to_who_may_not_see_people__columns_but_no_values(staff_with: StaffWith, customer: Instance) -> None:
    stored(customer, {"td_client_id": "secret-id", "td_path": "/secret-page"})
    visitor = staff_with(*VIEWER)
    page = visitor.get("instance_events", customer.pk)
    assert "td_client_id, time, td_path" in page.text
    assert "secret" not in page.source
    assert 'name="value"' not in page.source
    assert "secret" not in visitor.post("instance_events", customer.pk, key="td_path", value="/secret-page").source
    query = {"table": "shop/pageviews", "uuid": (1).to_bytes(16).hex(), "at": str(NOW)}
    assert visitor.get("instance_event", customer.pk, **query).status == 403
    assert visitor.get("instance_recordings", customer.pk).status == 403
    rejected(customer)
    assert "203.0.113.0" not in visitor.get("instance_rejections", customer.pk).source


def test_events__of_a_path_with_a_token_in_it__do_not_show_it(staff: Visitor, customer: Instance) -> None:
    token = "e65d8a9df2094f02b84cd660efff6f27"
    stored(customer, {"page": "mine"}, table=token)
    page = staff.get("instance_events", customer.pk)
    assert "mine" in page.text
    assert "shop/[hidden]" in page.text
    assert token[:8] not in page.source
    change_destinations(instance=customer, add=[("shop", token)], actor=ACTOR)
    assert f"shop/{token}" in staff.get("instance_events", customer.pk).text


def test_events__store_away__says_so(staff: Visitor, customer: Instance, settings: Settings, away: str) -> None:
    settings.EVENT_STORE = away
    page = staff.get("instance_events", customer.pk)
    assert page.status == 503
    assert "The event store cannot be reached now" in page.text
    assert "look again in a minute" in page.text


def test_event__store_away__says_so_and_not_that_it_is_gone(
    staff: Visitor, customer: Instance, settings: Settings, away: str
) -> None:
    stored(customer, {"td_client_id": "anna"})
    settings.EVENT_STORE = away
    page = staff.get("instance_event", customer.pk, table="shop/pageviews", uuid=(1).to_bytes(16).hex(), at=NOW)
    assert page.status == 503
    assert "The event store cannot be reached now" in page.text
    assert "load this page again in a minute" in page.text


def test_recordings__store_away__go_on(staff: Visitor, customer: Instance, settings: Settings, away: str) -> None:
    settings.EVENT_STORE = away
    page = staff.post("instance_recordings", customer.pk, key="td_client_id", value="anna-0815", note="")
    assert "Recording for 15 minutes" in page.text
    assert staff.get("instance_recordings", customer.pk).status == 200


def test_event__opened__explains_the_answer_and_can_be_tried(staff: Visitor, customer: Instance) -> None:
    stored(customer, {"td_client_id": "anna", "some_key": "dogs"}, {"td_client_id": "ben"})
    page = staff.get("instance_event", customer.pk, table="shop/pageviews", uuid=(1).to_bytes(16).hex(), at=NOW - 1)
    assert "Offers: preferences_known" in page.text
    assert "No later event has changed the profile: this is what was answered." in page.text
    link = next(link for link in page.links if "/try/?take=" in link)
    assert "anna" in staff.get(link).fields["event"]
    gone = staff.get(link.replace((1).to_bytes(16).hex(), (3).to_bytes(16).hex()))
    assert gone.status == 404
    assert "There is no such event any more." in gone.text
    assert "?recent" in gone.links
    assert staff.get(link.replace("pageviews", "/")).status == 404
    nothing = staff.get("instance_event", customer.pk, table="shop/pageviews", uuid=(2).to_bytes(16).hex(), at=NOW)
    assert "No offers: no rule matched" in nothing.text


def test_event__of_somebody_who_came_again__says_that_the_profile_has_changed(
    staff: Visitor, customer: Instance
) -> None:
    stored(customer, {"td_client_id": "anna"}, {"td_client_id": "anna", "some_key": "dogs"})
    page = staff.get("instance_event", customer.pk, table="shop/pageviews", uuid=(1).to_bytes(16).hex(), at=NOW - 1)
    assert "Later events have changed this person's profile since" in page.text


@pytest.mark.parametrize(
    "query",
    [{"uuid": "zz"}, {"uuid": "00"}, {"at": "x"}, {"at": "1"}, {"table": "shop"}, {"table": "shop/orders"}],
)
def test_event__that_is_not_there__404(staff: Visitor, customer: Instance, query: dict[str, str]) -> None:
    stored(customer, {"td_client_id": "anna"})
    good = {"table": "shop/pageviews", "uuid": (1).to_bytes(16).hex(), "at": str(NOW)}
    assert staff.get("instance_event", customer.pk, **good).status == 200
    assert staff.get("instance_event", customer.pk, **good | query).status == 404


def test_event__none_named__leads_to_the_list(staff: Visitor, customer: Instance) -> None:
    page = staff.get("instance_event", customer.pk, follow=True)
    assert page.url == f"/admin/routing/instance/{customer.pk}/events/"


# Turned away


def test_rejections__none__says_what_can_be_seen_here(staff: Visitor, customer: Instance) -> None:
    assert "Nothing was turned away" in staff.get("instance_rejections", customer.pk).text


def test_rejections__newest_first_by_code_and_table__page_by_page(staff: Visitor, customer: Instance) -> None:
    for number in range(60):
        rejected(customer, 3007, reason=f"reason {number:03}")
    rejected(customer, 3001, table="orders", reason="<b>odd</b>")
    rejected(an_instance(2, 1), 3001, reason="of another")
    page = staff.get("instance_rejections", customer.pk)
    assert "<b>odd</b>" not in page.source
    assert "of another" not in page.text
    assert [f"reason {number:03}" in page.text for number in (59, 11, 10)] == [True, True, False]
    assert "https://shop.example.org" in page.text
    assert "203.0.113.0" in page.text
    older = staff.get("instance_rejections", customer.pk, before=_value(page.source, "before"))
    assert "reason 010" in older.text
    assert "reason 011" not in older.text
    only = staff.get("instance_rejections", customer.pk, code="3001", table="shop/orders")
    assert "reason 0" not in only.text
    assert "odd" in only.text
    assert staff.get("instance_rejections", customer.pk, code="77").status == 422


@pytest.mark.parametrize("route", ["instance_events", "instance_rejections", "instance_recordings"])
def test_traffic_page__with_many_rows__takes_few_queries(staff: Visitor, customer: Instance, route: str) -> None:
    stored(customer, *({"td_client_id": str(number)} for number in range(60)))
    for number in range(60):
        rejected(customer, 3000 + number % 8)
        refused_preflight(f"https://site-{number}.example.com")
        a_recording(customer)
    with CaptureQueriesContext(connection) as queries:
        assert staff.get(route, customer.pk).status == 200
    assert len(queries) <= 12, "\n".join(query["sql"] for query in queries)


def test_open_pages__for_who_may_see_people__are_open(staff_with: StaffWith, customer: Instance) -> None:
    visitor = staff_with(*PEOPLE)
    for route in ("instance_why", "instance_events", "instance_rejections", "instance_recordings"):
        assert visitor.get(route, customer.pk).status == 200
    nobody = staff_with("routing.view_instance", username="carl")
    for route in ("instance_why", "instance_events", "instance_rejections", "instance_recordings"):
        assert nobody.get(route, customer.pk).status == 403


def test_recordings__something_is_live__its_first_key_stands_in_the_form(staff: Visitor, customer: Instance) -> None:
    assert staff.get("instance_recordings", customer.pk).fields["key"] == "td_client_id"
    assert staff.get("instance_recordings", customer.pk, key="mail").fields["key"] == "mail"
    assert staff.get("instance_recordings", an_instance(2, 1).pk).fields["key"] == ""
