"""API keys with a role: issued in the console by who may do as much."""

from __future__ import annotations

from importlib import import_module

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.test import Client

from routing.models import HistoryEntry, Instance
from routing.role_services import give_role
from routing.roles import ROLES
from tests.console.pages import StaffWith, Visitor
from tests.http import Api
from tests.world import a_key
from tokens.models import ApiKey


def _visitor(role: str, instance: Instance) -> Visitor:
    user = User.objects.create_user("carl", is_staff=True)
    give_role(user=user, role=role, account=instance.account, actor="a test")
    client = Client()
    client.force_login(user)
    return Visitor(client)


def test_key__issued_with_a_role__shows_it_and_is_limited_to_it(staff: Visitor, instance: Instance) -> None:
    page = staff.post("tokens_apikey_add", account="1", name="reports", scope="provision", role="viewer")
    assert page.status == 200
    key = ApiKey.objects.get(name="reports")
    assert (key.scope, key.role) == ("provision", "viewer")
    assert "Role Viewer" in staff.get("tokens_apikey_change", key.pk).text
    assert "Viewer" in staff.get("tokens_apikey_changelist").text
    assert "reports" not in staff.get("tokens_apikey_changelist", role__exact="editor").text
    assert HistoryEntry.objects.latest("pk").what == "issued key “reports” (provision, viewer)"
    staff.post("key_rotate", key.pk, days="1")
    assert ApiKey.objects.get(name="reports #2").role == "viewer"


def test_key__issued_without_a_role__says_what_it_may(staff: Visitor, instance: Instance) -> None:
    staff.post("tokens_apikey_add", account="1", name="setup", scope="provision", role="")
    key = ApiKey.objects.get(name="setup")
    assert "but for exporting and erasing people" in staff.get("tokens_apikey_change", key.pk).text
    ingest = ApiKey.objects.get(scope="ingest")
    assert "Role" not in staff.get("tokens_apikey_change", ingest.pk).text.partition("Scope")[2][:60]


def test_key_that_sends_events__with_a_role__refused(staff: Visitor, instance: Instance) -> None:
    page = staff.post("tokens_apikey_add", account="1", name="x", scope="ingest", role="viewer")
    assert page.status == 422
    assert "only a key with the scope provision or operator has a role" in page.text


@pytest.mark.parametrize("role", ["", "viewer", "administrator"])
def test_administrator__of_the_account__issues_any_key_that_provisions(instance: Instance, role: str) -> None:
    visitor = _visitor("administrator", instance)
    assert visitor.post("tokens_apikey_add", account="1", name="x", scope="provision", role=role).status == 200
    assert ApiKey.objects.get(name="x").role == role


def test_staff__who_may_issue_keys_that_provision__but_not_export__issue_none_that_may(
    staff_with: StaffWith, instance: Instance
) -> None:
    visitor = staff_with(*ROLES["publisher"], "tokens.provision_apikey", "routing.change_account")
    for role, status in (("administrator", 422), ("", 200), ("publisher", 200)):
        page = visitor.post("tokens_apikey_add", account="1", name=f"k{role}", scope="provision", role=role)
        assert page.status == status, role
    assert (
        "you may not make one with the role `administrator`"
        in visitor.post("tokens_apikey_add", account="1", name="x", scope="provision", role="administrator").text
    )


@pytest.mark.parametrize("action", ["rotate", "revoke", "rules"])
def test_key_that_may_do_more__is_not_rotated_revoked_or_changed(
    staff_with: StaffWith, instance: Instance, action: str
) -> None:
    a_key("provision", role="administrator", name="all")
    key = ApiKey.objects.get(name="all")
    visitor = staff_with(*ROLES["publisher"], "tokens.provision_apikey", "routing.change_account")
    assert visitor.get(f"key_{action}", key.pk).status == 403
    assert visitor.post(f"key_{action}", key.pk, days="0").status == 403
    assert f"key_{action}" not in visitor.get("tokens_apikey_change", key.pk).source


def test_keys__from_before_roles__go_on_as_they_did(instance: Instance) -> None:
    headers = [a_key(scope, name=scope) for scope in ("provision", "operator")]
    import_module("tokens.migrations.0007_key_roles_and_expiry").keep_what_they_may(apps, None)
    assert dict(ApiKey.objects.exclude(role="").values_list("name", "role")) == {
        "provision": "administrator",
        "operator": "administrator",
    }
    person = {"account": 1, "instance": 8, "key": "td_client_id", "value": ""}
    assert [Api(header).post("/profiles/erase", person).status_code for header in headers] == [422, 422]
