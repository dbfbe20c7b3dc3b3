"""Requests that name no instance, from the endpoint that turns them away to the page on which somebody mends it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from personalization.control_reader import ControlReader
from personalization.snapshot_loader import SnapshotLoader
from personalization.traffic_writer import TrafficWriter
from routing.models import Account, Instance
from routing.role_services import give_role
from routing.services import change_destinations
from tests.console.pages import StaffWith, Visitor
from tests.console.traffic_world import counted, customer
from tests.personalization.rig import Rig
from tests.world import ACTOR, a_key, an_instance
from tokens.models import AccessToken

__all__ = ["customer"]

STRANGER = "https://stranger.example.org"
TABLE = "/public/shop/pageviews"


@pytest.fixture
def endpoint(customer: Instance, tmp_path: Path) -> Iterator[Rig]:
    """The endpoint, as it serves what is in the control database."""
    (tmp_path / "rig").mkdir()
    with Rig(tmp_path / "rig") as rig:
        learn(rig)
        yield rig


def learn(rig: Rig) -> None:
    """Have it see what changed."""
    rig.now = timezone.now().timestamp()
    rig.snapshots.current = SnapshotLoader().load(ControlReader().read(), at=rig.now)


def preflight(rig: Rig, origin: str = STRANGER, path: str = TABLE) -> int:
    """What a browser sends before a page's event, and what it gets."""
    return rig.send("OPTIONS", path, origin=origin, access_control_request_method="POST").status_code


def written(rig: Rig) -> None:
    """Twice: what is noted comes to rest first."""
    writer = TrafficWriter(rig.traffic, rig.errors)
    for _ in range(2):
        writer.write(rig.snapshots.current)


def reader_of(*accounts: int) -> Visitor:
    """A viewer of these accounts alone."""
    user = User.objects.create_user("limited", password="only for tests", is_staff=True)
    for number in accounts:
        give_role(user=user, role="viewer", account=Account.objects.get(number=number), actor=ACTOR)
    client = Client(raise_request_exception=True)
    client.force_login(user)
    return Visitor(client)


def test_origin_that_is_not_listed__shown_with_its_mend_until_it_is_added(
    staff: Visitor, customer: Instance, endpoint: Rig
) -> None:
    assert preflight(endpoint) == 405
    written(endpoint)
    token = AccessToken.objects.get(name="web").pk
    page = staff.get("instance_why", customer.pk)
    assert f"pages of {STRANGER} may send events to shop/pageviews , and were refused" in page.text
    assert "add this origin to the token “web”" in page.text
    assert "the call is not sent at all" not in page.text
    link = f"/admin/tokens/accesstoken/{token}/rules/?origin={STRANGER}"
    assert link in page.links
    rules = staff.get(link)
    assert rules.fields["allowed_origins"].split() == ["https://shop.example.com", STRANGER]
    staff.post("token_rules", token, allowed_origins=rules.fields["allowed_origins"])
    mended = staff.get("instance_why", customer.pk).text
    assert "It is on the list of the token “web” now." in mended
    assert "1 such question is kept as an example." in mended
    learn(endpoint)
    assert preflight(endpoint) == 204


def test_origin_that_is_not_listed__beside_events_that_come__is_told_too(
    staff: Visitor, customer: Instance, endpoint: Rig
) -> None:
    counted(customer, 40)
    preflight(endpoint)
    written(endpoint)
    text = staff.get("instance_why", customer.pk).text
    assert "Every request in 24 hours was answered with offers." in text
    assert f"pages of {STRANGER} may send" in text
    token = AccessToken.objects.get(name="web").pk
    assert STRANGER in staff.get("instance_why", customer.pk, token=token, table="shop/pageviews").text
    assert STRANGER not in staff.get("instance_why", customer.pk, table="shop/orders").text


def test_origin_that_is_not_listed__among_the_requests_turned_away__is_marked(
    staff: Visitor, customer: Instance, endpoint: Rig
) -> None:
    preflight(endpoint)
    written(endpoint)
    text = staff.get("instance_rejections", customer.pk).text
    assert STRANGER in text
    assert "names nobody: told by its table" in text
    assert STRANGER in staff.get("instance_rejections", customer.pk, named="no").text
    assert "No such request" in staff.get("instance_rejections", customer.pk, named="yes").text
    other = an_instance(2, 1)
    assert STRANGER not in staff.get("instance_rejections", other.pk).text
    assert STRANGER not in staff.get("instance_why", other.pk).text


def test_origin_that_may_be_of_another_customer__is_told_to_who_may_see_both(
    staff: Visitor, customer: Instance, endpoint: Rig
) -> None:
    other = an_instance(2, 1)
    preflight(endpoint)
    written(endpoint)
    reader = reader_of(1)
    for route in ("instance_why", "instance_rejections"):
        assert STRANGER in reader.get(route, customer.pk).text
    change_destinations(instance=other, add=[("shop", "pageviews")], actor=ACTOR)
    for route in ("instance_why", "instance_rejections"):
        assert STRANGER not in reader.get(route, customer.pk).source
        assert STRANGER in staff.get(route, customer.pk).text
        assert STRANGER in staff.get(route, other.pk).text


@pytest.mark.parametrize(
    ("changes", "code", "says"),
    [
        ({"wp13n_token": None}, 3000, "There is no WP13n-Token"),
        ({"wp13n_token": "nonsense"}, 3003, "has another form than account/instance/32 hex digits"),
        ({"path": "/Shop/pageviews", "wp13n_token": None}, 404, "The path is not"),
        ({"wp13n_token": f"1/77/{'d' * 32}"}, 3001, "ends in dddd, names an instance that the account does not have"),
    ],
)
def test_request_with_a_good_key_and_no_instance__shown_on_those_of_its_account(
    staff: Visitor, customer: Instance, endpoint: Rig, changes: dict[str, Any], code: int, says: str
) -> None:
    good = {"path": "/shop/pageviews", "authorization": a_key("ingest")}
    learn(endpoint)
    assert endpoint.post(**good | changes).json()["code"] == code
    written(endpoint)
    page = staff.get("instance_why", customer.pk)
    assert f"Code {code}: " in page.text
    assert says in page.text
    assert f"/admin/routing/instance/{customer.pk}/events/rejected/?named=no" in page.links
    assert "names the account alone" in staff.get("instance_rejections", customer.pk, code=code).text
    other = an_instance(2, 1)
    assert f"Code {code}: " not in staff.get("instance_why", other.pk).text
    assert "Nothing was turned away" in staff.get("instance_rejections", other.pk).text


def test_requests_of_nobody__are_listed_for_readers_of_every_account(
    staff: Visitor, staff_with: StaffWith, customer: Instance, endpoint: Rig
) -> None:
    preflight(endpoint)
    preflight(endpoint, "https://lost.example.net", "/public/nobody/monitors_this")
    endpoint.post(path="/shop/pageviews", authorization="TD1 99/0123456789abcdef", wp13n_token=None)
    endpoint.post(path="/shop/orders", authorization=None, wp13n_token=None)
    written(endpoint)
    page = staff.get("rejections_of_nobody")
    assert "https://lost.example.net" in page.text
    assert "nobody/monitors_this" in page.text
    assert "shop/orders" in page.text
    assert "shop/pageviews" in page.text  # of account 99, which there is not
    assert STRANGER not in page.text
    assert "shop/orders" not in staff.get("rejections_of_nobody", code="3009").text
    assert "lost.example.net" not in staff.get("instance_rejections", customer.pk).text
    address = "/admin/routing/instance/rejected/"
    for route in ("index", "instance_rejections"):
        arguments = () if route == "index" else (customer.pk,)
        assert address in staff.get(route, *arguments).links
    reader = reader_of(1)
    assert reader.get("rejections_of_nobody").status == 403
    assert address not in reader.get("index").links
    assert address not in reader.get("instance_rejections", customer.pk).links
    assert staff_with("routing.view_instance").get("rejections_of_nobody").status == 403


def test_requests_of_nobody__none__says_where_the_others_are(staff: Visitor, customer: Instance) -> None:
    assert "Nothing of unknown senders was turned away" in staff.get("rejections_of_nobody").text
    assert "/admin/routing/instance/rejected/" in staff.get("instance_why", customer.pk).links
