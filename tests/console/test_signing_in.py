from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from provisioning.services import upload_configuration
from routing.models import Instance
from tests.console.pages import SHOP, StaffWith, Visitor
from tests.world import ACTOR
from tokens.services import issue_token

INSTANCE_PAGES = {
    "routing_instance_change": "routing.view_instance",
    "instance_details": "routing.change_instance",
    "instance_draft": "provisioning.view_draft",
    "instance_push": "provisioning.add_push",
    "instance_rollback": "provisioning.add_push",
    "instance_compare": "provisioning.view_configurationversion",
}
LISTS = {
    "routing_account_changelist": "routing.view_account",
    "routing_account_add": "routing.add_account",
    "routing_instance_changelist": "routing.view_instance",
    "routing_instance_add": "routing.add_instance",
    "routing_destination_changelist": "routing.view_destination",
    "routing_destination_add": "routing.add_destination",
    "tokens_accesstoken_changelist": "tokens.view_accesstoken",
    "tokens_accesstoken_add": "tokens.add_accesstoken",
    "tokens_apikey_changelist": "tokens.view_apikey",
    "tokens_apikey_add": "tokens.add_apikey",
    "provisioning_configurationversion_changelist": "provisioning.view_configurationversion",
    "provisioning_push_changelist": "provisioning.view_push",
    "auth_user_changelist": "auth.view_user",
}
# Whoever may change something may view it.
IMPLYING = {"routing.view_instance": {"routing.change_instance"}}


def every_other(permission: str) -> set[str]:
    return {*LISTS.values(), *INSTANCE_PAGES.values()} - {permission} - IMPLYING.get(permission, set())


def test_login__right_password__leads_to_overview(db: None) -> None:
    User.objects.create_superuser("anna", password="only for tests")
    response = Client().post(
        reverse("admin:login"), {"username": "anna", "password": "only for tests", "next": "/admin/"}, follow=True
    )
    assert response.request["PATH_INFO"] == "/admin/"
    assert "Welcome" in response.content.decode()


def test_login__wrong_password__stays_out(db: None) -> None:
    User.objects.create_superuser("anna", password="only for tests")
    response = Client().post(reverse("admin:login"), {"username": "anna", "password": "wrong"})
    assert "correct username and password" in response.content.decode()


@pytest.mark.parametrize("route", [*LISTS, "index"])
def test_page__nobody_signed_in__asks_to_sign_in(db: None, route: str) -> None:
    response = Client().get(reverse(f"admin:{route}"))
    assert response.status_code == 302
    assert response["Location"].startswith(reverse("admin:login"))


@pytest.mark.parametrize("route", INSTANCE_PAGES)
def test_instance_page__nobody_signed_in__asks_to_sign_in(instance: Instance, route: str) -> None:
    response = Client().get(reverse(f"admin:{route}", args=(instance.pk,)))
    assert response.status_code == 302
    assert response["Location"].startswith(reverse("admin:login"))


@pytest.mark.parametrize(("route", "permission"), LISTS.items())
def test_page__with_its_permission_alone__opens(staff_with: StaffWith, route: str, permission: str) -> None:
    assert staff_with(permission).get(route).status == 200


@pytest.mark.parametrize(("route", "permission"), LISTS.items())
def test_page__with_every_other_permission__is_refused(staff_with: StaffWith, route: str, permission: str) -> None:
    assert staff_with(*every_other(permission)).get(route).status == 403


@pytest.mark.parametrize(("route", "permission"), INSTANCE_PAGES.items())
def test_instance_page__with_its_permission_alone__opens(
    staff_with: StaffWith, instance: Instance, route: str, permission: str
) -> None:
    issue_token(instance=instance, name="web", actor=ACTOR)
    for text in (SHOP, SHOP.replace("> 0", "> 1")):
        upload_configuration(instance=instance, text=text, actor=ACTOR, push=True)
    assert staff_with(permission).get(route, instance.pk).status in (200, 409)


@pytest.mark.parametrize(("route", "permission"), INSTANCE_PAGES.items())
def test_instance_page__with_every_other_permission__is_refused(
    staff_with: StaffWith, instance: Instance, route: str, permission: str
) -> None:
    assert staff_with(*every_other(permission)).get(route, instance.pk).status == 403


@pytest.mark.parametrize("route", INSTANCE_PAGES)
def test_instance_page__unknown_instance__is_not_found(staff: Visitor, route: str) -> None:
    assert staff.get(route, 4711).status == 404


def test_sidebar__one_permission__shows_that_alone(staff_with: StaffWith) -> None:
    page = staff_with("routing.view_instance").get("index")
    assert reverse("admin:routing_instance_changelist") in page.links
    assert reverse("admin:tokens_apikey_changelist") not in page.links
    assert "Staff" not in page.text


def test_overview__without_permission__says_whom_to_ask(staff_with: StaffWith) -> None:
    assert "may not view instances" in staff_with().get("index").text


def test_pages__of_the_console__load_nothing_from_elsewhere(staff: Visitor, instance: Instance) -> None:
    for route, arguments in (("index", ()), ("instance_draft", (instance.pk,)), ("tokens_accesstoken_changelist", ())):
        page = staff.get(route, *arguments)
        sources = [part.split('"')[0] for part in page.source.split('src="')[1:]]
        assert sources
        assert all(source.startswith("/static/") or source.startswith("/admin/jsi18n") for source in sources)
