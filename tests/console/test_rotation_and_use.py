"""A token's page: its rotation, and how it is used."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from personalization.usage import Usage
from routing.models import Instance
from tests.console.pages import Visitor
from tests.http import Api
from tests.world import ACTOR
from tokens.models import AccessToken
from tokens.services import issue_key, issue_token


def use(
    token: AccessToken, *, at: datetime, caller: Any = (b"", "192.0.2.1", b""), times: int = 1, key: int = 0
) -> None:
    usage = Usage()
    for _ in range(times):
        usage.note(token=token.pk, key=key, now=at.timestamp(), caller=caller)
    usage.write()


@pytest.fixture
def token(instance: Instance) -> AccessToken:
    return issue_token(instance=instance, name="web", actor=ACTOR).row


def test_use__none__is_said(staff: Visitor, token: AccessToken) -> None:
    page = staff.get("tokens_accesstoken_change", token.pk)
    assert "Not used in the last 30 days." in page.text
    assert "<svg class=" not in page.source


def test_use__some__is_drawn_and_in_a_table(staff: Visitor, token: AccessToken) -> None:
    now = timezone.now()
    use(token, at=now, times=3)
    use(token, at=now - timedelta(days=3))
    page = staff.get("tokens_accesstoken_change", token.pk)
    assert "4 requests in the last 30 days, at most 3 on one day" in page.text
    assert page.source.count("<rect ") == 2
    assert 'role="img" aria-label="Requests a day' in page.source
    assert "192.0.2.1" in page.text


def test_callers__of_a_public_token__are_named_by_their_origin(staff: Visitor, instance: Instance) -> None:
    site = issue_token(
        instance=instance, name="site", actor=ACTOR, type="public", allowed_origins=["https://shop.example.com"]
    ).row
    use(site, at=timezone.now(), caller=(b"https://shop.example.com", "", b""))
    page = staff.get("tokens_accesstoken_change", site.pk)
    assert "by the origin of their page" in page.text
    assert page.text.count("https://shop.example.com") >= 2


def test_revocation__of_a_token_in_use__names_who_would_be_refused(staff: Visitor, token: AccessToken) -> None:
    for address in ("192.0.2.1", "192.0.2.2"):
        use(token, at=timezone.now(), caller=(b"", address, b""))
    asked = staff.get("token_revoke", token.pk)
    assert "Lately it was used by 192.0.2.2, 192.0.2.1." in asked.text


def test_rotation__under_way__shows_both_side_by_side(staff: Visitor, token: AccessToken) -> None:
    staff.post("token_rotate", token.pk, days="3", at_the_end="stop")
    successor = AccessToken.objects.get(name="web #2")
    page = staff.get("tokens_accesstoken_change", token.pk)
    assert "It stops with the end of its overlap" in page.text
    assert successor.pk != token.pk
    assert f"/admin/tokens/accesstoken/{successor.pk}/change/" in page.links
    assert f"/admin/tokens/accesstoken/{token.pk}/change/" in staff.get("tokens_accesstoken_change", successor.pk).links


def test_rotation__held_and_still_used__warns_with_who_calls(staff: Visitor, token: AccessToken) -> None:
    staff.post("token_rotate", token.pk, days="3", at_the_end="hold")
    assert "as soon as nobody has used it for a day" in staff.get("tokens_accesstoken_change", token.pk).text
    later = timezone.now() + timedelta(days=3, hours=1)
    use(token, at=later)
    with time_machine.travel(later + timedelta(minutes=1)):
        page = staff.signed_in_again().get("tokens_accesstoken_change", token.pk)
    assert "somebody still uses it" in page.text
    assert "192.0.2.1" in page.text


def test_rotation__of_a_key__shows_both(staff: Visitor, instance: Instance) -> None:
    key = issue_key(account=instance.account, name="web", scope="ingest", actor=ACTOR).row
    staff.post("key_rotate", key.pk, days="0", at_the_end="hold")
    page = staff.get("tokens_apikey_change", key.pk)
    assert "Rotation" in page.text
    assert "web #2" in page.text


def test_key__in_use__shows_days_and_callers_and_says_who_would_be_refused(
    staff: Visitor, token: AccessToken, instance: Instance
) -> None:
    key = issue_key(account=instance.account, name="shop", scope="ingest", actor=ACTOR).row
    assert "Not used in the last 30 days." in staff.get("tokens_apikey_change", key.pk).text
    use(token, key=key.pk, at=timezone.now(), times=3)
    page = staff.get("tokens_apikey_change", key.pk)
    assert "3 requests in the last 30 days, at most 3 on one day" in page.text
    assert page.source.count("<rect ") == 1
    assert "192.0.2.1" in page.text
    assert "Lately it was used by 192.0.2.1." in staff.get("key_revoke", key.pk).text


def test_key__that_sets_up__shows_who_called_alone(staff: Visitor, instance: Instance) -> None:
    issued = issue_key(account=instance.account, name="ci", scope="provision", actor=ACTOR)
    assert "Not used in the last 30 days." in staff.get("tokens_apikey_change", issued.row.pk).text
    assert Api(issued.header).get("/tokens").status_code == 200
    page = staff.get("tokens_apikey_change", issued.row.pk)
    assert "127.0.0.1" in page.text
    assert "in the last 30 days" not in page.text


@pytest.mark.parametrize("chosen", ["never", "STOP"])
def test_rotation__with_an_end_that_is_not_offered__is_refused(staff: Visitor, token: AccessToken, chosen: str) -> None:
    assert staff.post("token_rotate", token.pk, days="3", at_the_end=chosen).status == 422
    assert AccessToken.objects.count() == 1
