from __future__ import annotations

import pytest

from provisioning.services import upload_configuration
from routing.models import Account, Destination, Instance
from routing.services import change_destinations
from tests.console.pages import SHOP, Page, StaffWith, Visitor
from tests.world import ACTOR, an_account, an_instance
from tokens.services import issue_token


def test_overview__nothing_yet__starts_with_the_account(staff: Visitor) -> None:
    page = staff.get("index")
    assert "add its account" in page.text
    assert "/admin/routing/account/add/" in page.links


def test_overview__instances__shows_what_is_live_and_what_is_next(staff: Visitor, instance: Instance) -> None:
    an_instance(instance=9)
    issue_token(instance=instance, name="web", actor=ACTOR)
    upload_configuration(instance=instance, text=SHOP, actor=ACTOR, push=True)
    text = staff.get("index").text
    assert "1/8 Engine 8" in text
    assert "version 1" in text
    assert "by a test" in text
    assert "UTC" in text
    assert "1/9 Engine 9" in text
    assert "Register a table" in text


def test_account__added__leads_to_adding_its_instance(staff: Visitor) -> None:
    page = staff.post("routing_account_add", number="7", name="Ferry lines")
    assert Account.objects.get(number=7).name == "Ferry lines"
    assert page.url == "/admin/routing/instance/add/"
    assert page.fields["account"] == "7"


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ({"number": "0", "name": "x"}, "greater than or equal to 1"),
        ({"number": "nine", "name": "x"}, "whole number"),
        ({"number": "7", "name": " "}, "required"),
        ({"number": "1", "name": "Customer 1"}, "exists already"),
        ({"number": "1", "name": "Other"}, "exists with the name"),
        ({"number": "9007199254740993", "name": "x"}, "less than or equal to"),
    ],
)
def test_account__refused__says_why_and_keeps_what_was_typed(staff: Visitor, form: dict[str, str], says: str) -> None:
    an_account()
    page = staff.post("routing_account_add", **form)
    assert page.status == 422
    assert says in page.text
    assert page.fields["number"] == form["number"]
    assert Account.objects.count() == 1


def test_account__renamed__keeps_its_number(staff: Visitor) -> None:
    an_account()
    staff.post("routing_account_change", 1, name="Renamed")
    assert Account.objects.get(number=1).name == "Renamed"


def test_account__viewed_without_permission_to_change__shows_no_form(staff_with: StaffWith) -> None:
    an_account()
    visitor = staff_with("routing.view_account")
    assert "Save name" not in visitor.get("routing_account_change", 1).text
    visitor.post("routing_account_change", 1, name="Renamed")
    assert Account.objects.get(number=1).name == "Customer 1"


def test_instance__added__leads_to_its_set_up(staff: Visitor) -> None:
    an_account()
    page = staff.post(
        "routing_instance_add", account="1", number="8", name="Website", region="local", contact="web team", notes=""
    )
    assert "1/8 Website" in page.text
    assert "Set up this instance" in page.text
    made = Instance.objects.get(account_id=1, number=8)
    assert (made.contact, made.region) == ("web team", "local")


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"account": "4711"}, "There is no account 4711"),
        ({"number": "8"}, "exists already"),
        ({"region": "mars"}, "not one of the available choices"),
        ({"name": ""}, "required"),
    ],
)
def test_instance__refused__says_why_and_keeps_what_was_typed(
    staff: Visitor, changes: dict[str, str], says: str
) -> None:
    an_instance()
    form = {"account": "1", "number": "9", "name": "Engine 8", "region": "local", "contact": "web team", "notes": "n"}
    page = staff.post("routing_instance_add", **(form | changes))
    assert page.status == 422
    assert says in page.text
    assert page.fields["contact"] == "web team"
    assert page.fields["notes"] == "n"
    assert Instance.objects.count() == 1


def test_instance_details__changed__are_shown_on_its_page(staff: Visitor, instance: Instance) -> None:
    page = staff.post(
        "instance_details", instance.pk, name="Shop", region="local", contact="the web team", notes="Never on Fridays."
    )
    assert "1/8 Shop" in page.text
    assert "the web team" in page.text
    assert "Never on Fridays." in page.text


@pytest.mark.parametrize("path", ["/admin/routing/instance/x/change/", "/admin/routing/instance/4711/change/"])
def test_instance__unknown__is_not_found(staff: Visitor, path: str) -> None:
    assert staff.get(path).status == 404


@pytest.mark.parametrize(
    ("query", "found"),
    [("1/8", ["1/8"]), ("Engine 9", ["1/9"]), ("1", ["1/8", "1/9"]), ("Customer 2", ["2/8"]), ("9/9", []), ("/", [])],
)
def test_instances__searched__finds_by_label_and_name(staff: Visitor, query: str, found: list[str]) -> None:
    for account, number in ((1, 8), (1, 9), (2, 8)):
        an_instance(account, number)
    text = staff.get("routing_instance_changelist", q=query).text
    assert [label for label in ("1/8", "1/9", "2/8") if f" {label} " in text.split("Added")[-1]] == found
    if not found:
        assert "Nothing found" in text


def test_instances__filtered_by_what_is_live__leaves_the_others_out(staff: Visitor, instance: Instance) -> None:
    an_instance(instance=9)
    issue_token(instance=instance, name="web", actor=ACTOR)
    upload_configuration(instance=instance, text=SHOP, actor=ACTOR, push=True)
    assert "Engine 9" not in staff.get("routing_instance_changelist", live="yes").text
    assert "Engine 8" not in staff.get("routing_instance_changelist", live="no").text


def test_destinations__pasted_in_two_spellings__are_registered(staff: Visitor) -> None:
    made = an_instance()
    page = staff.post("routing_destination_add", instance="1/8", tables="shop/orders\n shop.pageviews \n\nshop/orders")
    assert "Registered shop/orders, shop/pageviews" in page.text
    assert set(Destination.objects.values_list("instance_id", "table")) == {(made.pk, "orders"), (made.pk, "pageviews")}
    assert Destination.objects.first().created_by == "staff anna"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ({"instance": "1/8", "tables": "Shop/orders"}, "“Shop/orders”: a database name is"),
        ({"instance": "1/8", "tables": "shop/orders\nadmin/orders"}, "“admin/orders”: “admin” is a path"),
        ({"instance": "1/8", "tables": "shop"}, "“shop/”: a table name is"),
        ({"instance": "8", "tables": "shop/orders"}, "There is no instance “8”"),
        ({"instance": "1/9", "tables": "shop/orders"}, "There is no instance “1/9”"),
        ({"instance": "1/8", "tables": ""}, "required"),
    ],
)
def test_destinations__one_is_wrong__nothing_is_registered(staff: Visitor, form: dict[str, str], says: str) -> None:
    an_instance()
    page = staff.post("routing_destination_add", **form)
    assert page.status == 422
    assert says in page.text
    assert page.fields["tables"] == form["tables"]
    assert not Destination.objects.exists()


def _remove(staff: Visitor, *destinations: Destination, **form: str) -> Page:
    chosen = [destination.pk for destination in destinations]
    return staff.post("routing_destination_changelist", action="remove_selected", _selected_action=chosen, **form)


def test_destination__removal__asks_and_then_removes(staff: Visitor, instance: Instance) -> None:
    destination = Destination.objects.get()
    asked = _remove(staff, destination)
    assert "Remove 1 destination?" in asked.text
    assert Destination.objects.exists()
    _remove(staff, destination, confirmed="yes")
    assert not Destination.objects.exists()


def test_destination__used_by_what_is_live__goes_only_when_forced(staff: Visitor, instance: Instance) -> None:
    change_destinations(instance=instance, add=[("shop", "orders")], actor=ACTOR)
    issue_token(instance=instance, name="web", actor=ACTOR)
    upload_configuration(instance=instance, text=SHOP, actor=ACTOR, push=True)
    both = tuple(Destination.objects.all())
    refused = _remove(staff, *both, confirmed="yes")
    assert refused.status == 422
    assert "live version 1 uses shop/pageviews" in refused.text
    assert Destination.objects.count() == 2
    _remove(staff, *both, confirmed="yes", force="on")
    assert not Destination.objects.exists()


def test_destination__removal_without_permission__is_refused(staff_with: StaffWith, instance: Instance) -> None:
    visitor = staff_with("routing.view_destination")
    _remove(visitor, Destination.objects.get(), confirmed="yes")
    assert Destination.objects.exists()
