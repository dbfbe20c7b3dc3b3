from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from routing.models import Instance
from tests.console.pages import StaffWith, Visitor
from tests.world import ACTOR, an_account
from tokens.models import AccessToken, ApiKey
from tokens.services import issue_key, issue_token, revoke


def test_token_rules__changed__hold_from_then_on(staff: Visitor, instance: Instance) -> None:
    until = timezone.now() + timedelta(days=30)
    token = issue_token(instance=instance, name="site", actor=ACTOR, type="public", expires_at=until, rate=5).row
    fields = staff.get("token_rules", token.pk).fields
    assert fields["expires_at"] == f"{until:%Y-%m-%dT%H:%M}"
    assert fields["rate"] == "5"
    form = {name: fields[name] for name in ("allowed_ips", "expires_at", "rate")}
    page = staff.post("token_rules", token.pk, allowed_origins="https://www.example.com", **form)
    assert "The rules are saved" in page.text
    token.refresh_from_db()
    assert token.allowed_origins == ["https://www.example.com"]
    assert (token.rate, token.expires_at) == (5, until.replace(second=0, microsecond=0))


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ({"allowed_origins": "nonsense"}, "is not an origin"),
        ({"allowed_ips": "300.1.1.1"}, "is not an address"),
        ({"expires_at": "2001-01-01T00:00"}, "this time is past"),
    ],
)
def test_token_rules__wrong__say_why_and_change_nothing(
    staff: Visitor, instance: Instance, form: dict[str, str], says: str
) -> None:
    token = issue_token(instance=instance, name="site", actor=ACTOR, type="public", rate=5).row
    page = staff.post("token_rules", token.pk, **form)
    assert page.status == 422
    assert says in page.text
    assert AccessToken.objects.get().rate == 5


def test_token_rules__link_with_an_origin__adds_it_when_it_is_saved(staff: Visitor, instance: Instance) -> None:
    token = issue_token(
        instance=instance, name="site", actor=ACTOR, type="public", allowed_origins=["https://a.example"]
    ).row
    page = staff.get("token_rules", token.pk, origin="https://New.example.com:443/")
    assert page.fields["allowed_origins"].split() == ["https://a.example", "https://new.example.com"]
    assert "https://new.example.com is added to the allowed origins below, and holds as soon as you save." in page.text
    token.refresh_from_db()
    assert token.allowed_origins == ["https://a.example"]
    staff.post("token_rules", token.pk, allowed_origins=page.fields["allowed_origins"])
    token.refresh_from_db()
    assert token.allowed_origins == ["https://a.example", "https://new.example.com"]
    assert "is on the list already" in staff.get("token_rules", token.pk, origin="https://new.example.com").text


@pytest.mark.parametrize("origin", ["nonsense", "https://a.example/path", "javascript:alert(1)", "<b>", "null"])
def test_token_rules__link_with_what_is_no_origin__adds_nothing(
    staff: Visitor, instance: Instance, origin: str
) -> None:
    token = issue_token(instance=instance, name="site", actor=ACTOR, type="public").row
    page = staff.get("token_rules", token.pk, origin=origin)
    assert page.fields["allowed_origins"].strip() == ""
    assert origin not in page.text


def test_token_rules__of_a_private_token__have_no_origin_by_a_link(staff: Visitor, instance: Instance) -> None:
    token = issue_token(instance=instance, name="server", actor=ACTOR).row
    page = staff.get("token_rules", token.pk, origin="https://new.example.com")
    assert page.fields["allowed_origins"].strip() == ""


def test_token_rules__of_a_revoked_token__cannot_be_changed(staff: Visitor, instance: Instance) -> None:
    token = issue_token(instance=instance, name="web", actor=ACTOR).row
    revoke(row=token, actor=ACTOR)
    page = staff.post("token_rules", token.pk, rate="1")
    assert page.status == 422
    assert "no longer in use" in page.text


def _a_key(scope: str = "ingest") -> ApiKey:
    expires = timezone.now() + timedelta(days=30)
    return issue_key(account=an_account(), name="site", scope=scope, actor=ACTOR, expires_at=expires).row


def test_key_rules__changed__hold_from_then_on(staff: Visitor) -> None:
    key = _a_key()
    fields = staff.get("key_rules", key.pk).fields
    assert fields["expires_at"] == f"{key.expires_at:%Y-%m-%dT%H:%M}"
    page = staff.post("key_rules", key.pk, allowed_ips="10.0.0.7\n192.0.2.0/24", expires_at="")
    assert "The rules are saved" in page.text
    key.refresh_from_db()
    assert (key.allowed_ips, key.expires_at) == (["10.0.0.7/32", "192.0.2.0/24"], None)


@pytest.mark.parametrize(
    ("scope", "form", "says"),
    [
        ("ingest", {"allowed_ips": "300.1.1.1"}, "is not an address"),
        ("ingest", {"expires_at": "2001-01-01T00:00"}, "this time is past"),
        ("operator", {"expires_at": ""}, "say when it expires"),
    ],
)
def test_key_rules__wrong__say_why_and_change_nothing(
    staff: Visitor, scope: str, form: dict[str, str], says: str
) -> None:
    key = _a_key(scope)
    page = staff.post("key_rules", key.pk, **form)
    assert page.status == 422
    assert says in page.text
    assert ApiKey.objects.get().expires_at == key.expires_at


def test_key_rules__of_an_operator_key_outside_debug_mode__need_addresses(staff: Visitor, settings: object) -> None:
    key = _a_key("operator")
    settings.DEBUG = False  # type: ignore[attr-defined]
    page = staff.post("key_rules", key.pk, expires_at="2099-01-01T00:00")
    assert page.status == 422
    assert "say from which addresses" in page.text


def test_key_rules__of_a_revoked_key__cannot_be_changed(staff: Visitor) -> None:
    key = _a_key()
    revoke(row=key, actor=ACTOR)
    assert "Change rules" not in staff.get("tokens_apikey_change", key.pk).text
    page = staff.post("key_rules", key.pk, allowed_ips="")
    assert page.status == 422
    assert "no longer in use" in page.text


def test_key_rules__without_permission__are_refused(staff_with: StaffWith) -> None:
    key = _a_key()
    assert staff_with("tokens.view_apikey").post("key_rules", key.pk, allowed_ips="10.0.0.7").status == 403
    key.refresh_from_db()
    assert key.allowed_ips == []
