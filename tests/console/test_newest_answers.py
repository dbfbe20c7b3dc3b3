"""After a push: what the newest events get under the new version, worked out again from the log."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from math import inf
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from personalization import long_search
from personalization.stores.base import Store
from personalization.stores.locations import store_at
from provisioning.models import Push
from provisioning.services import upload_configuration
from routing.models import Instance
from routing.services import change_destinations
from tests.console.pages import Page, StaffWith, Visitor
from tests.personalization.stores.arrivals import arrival
from tests.personalization.stores.busy import in_small_parts, many_of_another
from tests.personalization.world import NOW
from tests.world import ACTOR
from tokens.services import issue_token

TEXT = """\
keys:
  - name: td_client_id
  - {name: email, sensitive: true}
events:
  - {name: pageview, database: your_database, table: pageviews}
attributes:
  - {name: views, type: counter, event: pageview}
offers:
  - name: often
    set: {event: pageview, if: PROFILE.views >= 3, data: {visits: "${PROFILE.views}", mail: "${PROFILE.email}"}}
tokens:
  - name: web
"""


@pytest.fixture
def store(settings: Settings, tmp_path: Path) -> Iterator[Store]:
    """The event store that the settings name."""
    settings.EVENT_STORE = f"sqlite:///{tmp_path}/events.sqlite3"
    opened = store_at(settings.EVENT_STORE)
    opened.open()
    yield opened
    opened.close()


@pytest.fixture
def shop(instance: Instance, store: Store) -> Instance:
    """Instance 1/8, whose version is live since NOW + 2."""
    change_destinations(instance=instance, actor=ACTOR, add=[("your_database", "pageviews")])
    issue_token(instance=instance, name="web", actor=ACTOR)
    upload_configuration(instance=instance, text=TEXT, actor=ACTOR, push=True)
    Push.objects.update(created_at=datetime.fromtimestamp(NOW + 2, UTC) + timedelta(milliseconds=300))
    return instance


def answers(visitor: Visitor, instance: Instance, **query: str) -> Page:
    return visitor.get("instance_answers", instance.pk, **query)


def test_answers__of_events_since_the_push__are_worked_out_from_those_before_as_well(
    staff: Visitor, shop: Instance, store: Store
) -> None:
    store.commit([arrival(number, now=NOW + number, email="a@example.com") for number in range(1, 5)])
    page = answers(staff, shop, part="1")
    assert page.source.count("<li>") == 2
    assert re.findall(r"visits&quot;:(\d)", page.source) == ["4", "3"]
    assert "from the last 4 events alone" in page.text
    assert "a@example.com" not in page.source
    assert "(sensitive)" in page.text


def test_answers__without_offers__say_why(staff: Visitor, shop: Instance, store: Store) -> None:
    store.commit([arrival(1, now=NOW + 3), arrival(2, now=NOW + 4, table="orders")])
    text = answers(staff, shop).text
    assert "no offers the table is not a monitored one" in text
    assert "no offers no rule matched" in text


def test_answers__within_the_second_of_the_push__are_left_out(staff: Visitor, shop: Instance, store: Store) -> None:
    store.commit([arrival(1, now=NOW + 2)])
    assert "No event has come since version 1 went live" in answers(staff, shop).text


def test_answers__many__are_the_newest_ten(staff: Visitor, shop: Instance, store: Store) -> None:
    store.commit([arrival(number, now=NOW + 2 + number) for number in range(1, 15)])
    page = answers(staff, shop, part="1")
    assert re.findall(r"visits&quot;:(\d+)", page.source) == [str(number) for number in range(14, 4, -1)]


def test_answers__behind_many_events_of_a_busy_instance__are_those_of_the_quiet_one(
    staff: Visitor, shop: Instance, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_small_parts(monkeypatch)
    first, *others = many_of_another(since=NOW + 1)
    store.commit([arrival(1, now=NOW + 1), first, arrival(2, now=NOW + 3), *others])
    page = answers(staff, shop, part="1")
    assert page.source.count("<li>") == 1
    assert "from the last 2 events alone" in page.text


def test_answers__time_is_up_before_one_is_found__do_not_say_that_there_is_none(
    staff: Visitor, shop: Instance, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.commit([arrival(1, now=NOW + 3), *many_of_another(since=NOW + 3)])
    in_small_parts(monkeypatch, seconds=0)
    page = answers(staff, shop, part="1")
    assert "No event of this instance is among what came since" in page.text
    assert "No event has come" not in page.text
    assert f"/admin/routing/instance/{shop.pk}/events/" in page.links
    monkeypatch.setattr(long_search, "SECONDS", inf)
    assert answers(staff, shop, part="1").source.count("<li>") == 1


def test_answers__busy_instance_since_the_push__and_none_of_the_quiet_one__say_so(
    staff: Visitor, shop: Instance, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_small_parts(monkeypatch)
    store.commit([arrival(1, now=NOW + 1), *many_of_another(since=NOW + 3)])
    assert "No event has come since version 1 went live" in answers(staff, shop).text


def test_answers__none_yet__give_the_line_that_sends_an_event(staff: Visitor, shop: Instance) -> None:
    text = answers(staff, shop, part="1").text
    assert "--header 'WP13n-Token: 1/8/YOUR_TOKEN'" in text
    assert "/your_database/pageviews" in text


def test_answers__no_token_accepted__lead_to_one(staff: Visitor, shop: Instance) -> None:
    shop.tokens.update(revoked_at=datetime.fromtimestamp(NOW, UTC))
    page = answers(staff, shop)
    assert "No token of this instance is accepted yet" in page.text
    assert "/admin/tokens/accesstoken/add/?instance=1/8" in page.links


def test_answers__nothing_live__say_so(staff: Visitor, instance: Instance, store: Store) -> None:
    assert "Nothing is live yet." in answers(staff, instance).text


def test_answers__store_away__say_so(staff: Visitor, shop: Instance, settings: Settings) -> None:
    settings.EVENT_STORE = "redis://127.0.0.1:1/0"
    page = answers(staff, shop, part="1")
    assert page.status == 503
    assert "The events cannot be looked at now" in page.text


def test_answers__event_itself__is_only_for_those_who_may_see_profiles(
    staff: Visitor, staff_with: StaffWith, shop: Instance, store: Store
) -> None:
    store.commit([arrival(1, now=NOW + 3)])
    event = f"take={(1).to_bytes(16).hex()}&table=your_database/pageviews&at={NOW + 3}"
    taken = f"/admin/routing/instance/{shop.pk}/try/?{event}"
    assert taken in answers(staff, shop).links
    pusher = staff_with("provisioning.add_push")
    assert taken not in answers(pusher, shop).links


def test_answers__data_of_offers__is_only_for_those_who_may_see_profiles(
    staff: Visitor, staff_with: StaffWith, shop: Instance, store: Store
) -> None:
    store.commit([arrival(number, now=NOW + 3) for number in (1, 2, 3)])
    assert "visits" in answers(staff, shop, part="1").text
    pusher = answers(staff_with("provisioning.add_push"), shop, part="1").text
    assert "often" in pusher
    assert "visits" not in pusher


def test_instance__live__has_a_place_for_its_answers(staff: Visitor, staff_with: StaffWith, shop: Instance) -> None:
    place = f'data-part="/admin/routing/instance/{shop.pk}/answers/?part=1"'
    assert place in staff.get("routing_instance_change", shop.pk).source
    assert place not in staff_with("routing.view_instance").get("routing_instance_change", shop.pk).source
