from __future__ import annotations

import re
from datetime import timedelta
from uuid import UUID

import pytest
import time_machine
from django.utils import timezone

from provisioning.services import upload_configuration
from routing.models import Instance
from tests.console.pages import SHOP, Page, StaffWith, Visitor
from tests.world import ACTOR, an_account
from tokens.header import digest
from tokens.models import AccessToken, ApiKey
from tokens.services import issue_key, issue_token, revoke, rotate_token

DOCUMENTED = "e65d8a9d-f209-4f02-b84c-d660efff6f27"


def _secret(page: Page) -> str:
    found = re.search(r'id="secret-token"[^>]*>([^<]*)<', page.source)
    assert found
    return found[1]


def test_token__generated__is_shown_whole_with_header_and_curl_line(staff: Visitor, instance: Instance) -> None:
    page = staff.post("tokens_accesstoken_add", instance="1/8", name="web", type="private")
    secret = _secret(page)
    assert UUID(hex=secret).version == 4
    assert AccessToken.objects.get(name="web").digest == digest(secret)
    assert f"WP13n-Token: 1/8/{secret}" in page.text
    assert f"--header 'WP13n-Token: 1/8/{secret}'" in page.text
    assert "--location http://127.0.0.1:8000/shop/pageviews" in page.text
    assert "Copy it now." in page.text
    assert page.headers["Cache-Control"].startswith("max-age=0, no-cache, no-store")


def test_token__shown_once__is_on_no_other_page(staff: Visitor, instance: Instance) -> None:
    secret = _secret(staff.post("tokens_accesstoken_add", instance="1/8", name="web", type="private"))
    token = AccessToken.objects.get(name="web")
    for route, arguments in (
        ("index", ()),
        ("tokens_accesstoken_changelist", ()),
        ("tokens_accesstoken_change", (token.pk,)),
        ("routing_instance_change", (instance.pk,)),
    ):
        assert secret not in staff.get(route, *arguments).source
    assert secret not in str(dict(staff.client.session))


@pytest.mark.parametrize("written", [DOCUMENTED, DOCUMENTED.upper(), DOCUMENTED.replace("-", ""), f" {DOCUMENTED} "])
def test_token__the_customers_own__is_registered(staff: Visitor, instance: Instance, written: str) -> None:
    page = staff.post("tokens_accesstoken_add", instance="1/8", name="web", type="private", token=written)
    assert _secret(page) == DOCUMENTED.replace("-", "")
    token = AccessToken.objects.get(name="web")
    assert token.imported
    assert token.digest == digest(DOCUMENTED.replace("-", ""))


def test_token__by_its_digest__has_nothing_to_copy(staff: Visitor, instance: Instance) -> None:
    page = staff.post(
        "tokens_accesstoken_add", instance="1/8", name="web", type="private", token="sha256:" + digest("0" * 32)
    )
    assert "nothing to copy" in page.text
    assert "curl" not in page.text


def test_token__not_a_version_4_uuid__warns(staff: Visitor, instance: Instance) -> None:
    page = staff.post("tokens_accesstoken_add", instance="1/8", name="web", type="private", token="0" * 32)
    assert "not a version 4 UUID" in page.text


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"token": "abc"}, "32 hexadecimal digits"),
        ({"name": ""}, "required"),
        ({"name": "taken"}, "taken"),
        ({"instance": "9/9"}, "There is no instance “9/9”"),
        ({"type": "secret"}, "not one of the available choices"),
        ({"allowed_ips": "10.0.0.0/8 nonsense"}, "“nonsense” is not an address"),
        ({"type": "public", "allowed_origins": "www.example.com"}, "is not an origin"),
        ({"allowed_origins": "https://www.example.com"}, "only a public token has allowed origins"),
        ({"expires_at": "2001-01-01T00:00"}, "this time is past"),
        ({"expires_at": "soon"}, "valid date/time"),
        ({"rate": "0"}, "greater than or equal to 1"),
    ],
)
def test_token__refused__says_why_and_keeps_what_was_typed(
    staff: Visitor, instance: Instance, changes: dict[str, str], says: str
) -> None:
    issue_token(instance=instance, name="taken", actor=ACTOR)
    form = {"instance": "1/8", "name": "web", "type": "private", "allowed_ips": "10.0.0.1"} | changes
    page = staff.post("tokens_accesstoken_add", **form)
    assert page.status == 422
    assert says in page.text
    for name in ("name", "allowed_ips", "instance"):
        assert page.fields[name] == form[name]
    assert AccessToken.objects.count() == 1


def test_token__with_rules__keeps_them_normalised(staff: Visitor, instance: Instance) -> None:
    staff.post(
        "tokens_accesstoken_add",
        instance="1/8",
        name="site",
        type="public",
        allowed_origins="https://WWW.example.com/\nhttps://shop.example.com:443",
        allowed_ips="10.0.0.1",
        expires_at="2999-12-31T23:59",
        rate="50",
    )
    token = AccessToken.objects.get(name="site")
    assert token.allowed_origins == ["https://www.example.com", "https://shop.example.com"]
    assert token.allowed_ips == ["10.0.0.1/32"]
    assert (token.rate, token.expires_at.year) == (50, 2999)  # type: ignore[union-attr]


def test_token__not_in_the_live_version__says_so_and_leads_to_the_draft(staff: Visitor, instance: Instance) -> None:
    issue_token(instance=instance, name="web", actor=ACTOR)
    upload_configuration(instance=instance, text=SHOP, actor=ACTOR, push=True)
    page = staff.post("tokens_accesstoken_add", instance="1/8", name="app one", type="private")
    assert "not listed in live version 1" in page.text
    link = next(link for link in page.links if "draft" in link)
    draft = staff.get(link)
    assert '- name: "app one"' in draft.fields["text"]
    assert "is added below" in draft.text


def test_token__listed__is_accepted(staff: Visitor, instance: Instance) -> None:
    issued = issue_token(instance=instance, name="web", actor=ACTOR)
    upload_configuration(instance=instance, text=SHOP, actor=ACTOR, push=True)
    page = staff.get("tokens_accesstoken_change", issued.row.pk)
    assert "Accepted by live version 1." in page.text


def test_tokens__each_state__is_told_apart_in_the_list(staff: Visitor, instance: Instance) -> None:
    web = issue_token(instance=instance, name="web", actor=ACTOR).row
    upload_configuration(instance=instance, text=SHOP, actor=ACTOR, push=True)
    rotate_token(token=web, overlap=timedelta(days=1), actor=ACTOR)
    other = issue_token(instance=instance, name="other", actor=ACTOR).row
    gone = issue_token(instance=instance, name="gone", actor=ACTOR).row
    revoke(row=gone, actor=ACTOR)
    source = staff.get("tokens_accesstoken_changelist").source
    rows = dict(re.findall(r">(web|web #2|other|gone)</a>.*?c-badge-\w+\">([^<]*)<", source, re.DOTALL))
    assert rows == {
        "web": "accepted",
        "web #2": "accepted",
        "other": "not listed in live version 1",
        "gone": "revoked",
    }
    assert other.hint in staff.get("tokens_accesstoken_changelist").text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"state": "active"}, {"web"}),
        ({"state": "expired"}, {"old"}),
        ({"state": "revoked"}, {"gone"}),
        ({"type": "public"}, {"gone"}),
        ({"q": "1/8"}, {"web", "old", "gone"}),
        ({"q": "1/9"}, set()),
        ({"q": "1/8 we"}, {"web"}),
    ],
)
def test_tokens__filtered_or_searched__leaves_the_others_out(
    staff: Visitor, instance: Instance, query: dict[str, str], found: set[str]
) -> None:
    issue_token(instance=instance, name="web", actor=ACTOR)
    issue_token(instance=instance, name="old", actor=ACTOR, expires_at=timezone.now() + timedelta(hours=1))
    gone = issue_token(instance=instance, name="gone", actor=ACTOR, type="public").row
    revoke(row=gone, actor=ACTOR)
    with time_machine.travel(timezone.now() + timedelta(hours=2)):
        source = staff.signed_in_again().get("tokens_accesstoken_changelist", **query).source
    assert {name for name in ("web", "old", "gone") if f">{name}</a>" in source} == found


def test_token__revoked__asks_first_and_stops_it(staff: Visitor, instance: Instance) -> None:
    token = issue_token(instance=instance, name="web", actor=ACTOR).row
    upload_configuration(instance=instance, text=SHOP, actor=ACTOR, push=True)
    asked = staff.get("token_revoke", token.pk)
    assert "It is the only token that live version 1 lists" in asked.text
    assert AccessToken.objects.get().revoked_at is None
    page = staff.post("token_revoke", token.pk)
    assert "is revoked" in page.text
    assert AccessToken.objects.get().revoked_at is not None
    assert "by staff anna" in page.text


def test_token__rotated__shows_the_successor_once_and_limits_the_old_one(staff: Visitor, instance: Instance) -> None:
    token = issue_token(instance=instance, name="web", actor=ACTOR).row
    upload_configuration(instance=instance, text=SHOP, actor=ACTOR, push=True)
    page = staff.post("token_rotate", token.pk, days="3")
    assert "web #2" in page.text
    assert "Accepted by live version 1." in page.text
    token.refresh_from_db()
    assert token.expires_at is not None
    assert abs(token.expires_at - timezone.now() - timedelta(days=3)) < timedelta(minutes=1)
    again = staff.post("token_rotate", token.pk, days="3")
    assert again.status == 422
    assert "has a successor already" in again.text


@pytest.mark.parametrize("days", ["-1", "367", "x", ""])
def test_token__rotated_with_a_bad_overlap__changes_nothing(staff: Visitor, instance: Instance, days: str) -> None:
    token = issue_token(instance=instance, name="web", actor=ACTOR).row
    assert staff.post("token_rotate", token.pk, days=days).status == 422
    assert AccessToken.objects.count() == 1


@pytest.mark.parametrize("route", ["token_revoke", "token_rotate", "token_rules"])
def test_token__change_without_permission__is_refused(staff_with: StaffWith, instance: Instance, route: str) -> None:
    token = issue_token(instance=instance, name="web", actor=ACTOR).row
    visitor = staff_with("tokens.view_accesstoken")
    assert visitor.post(route, token.pk, days="1").status == 403
    assert "Revoke" not in visitor.get("tokens_accesstoken_change", token.pk).text
    assert AccessToken.objects.get().revoked_at is None


@pytest.mark.parametrize("route", ["token_revoke", "token_rotate", "token_rules", "tokens_accesstoken_change"])
def test_token__unknown__is_not_found(staff: Visitor, route: str) -> None:
    assert staff.get(route, 4711).status == 404


def test_key__generated__is_shown_whole_once(staff: Visitor) -> None:
    an_account()
    page = staff.post("tokens_apikey_add", account="1", name="web", scope="ingest")
    found = re.search(r"Authorization: TD1 1/([0-9a-f]{40})<", page.source)
    assert found
    key = ApiKey.objects.get()
    assert key.digest == digest(found[1])
    assert found[1] not in staff.get("tokens_apikey_changelist").source
    assert found[1] not in staff.get("tokens_apikey_change", key.pk).source


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"scope": "operator"}, "say when it expires"),
        ({"key": "short"}, "20 to 256 letters"),
        ({"account": "7"}, "There is no account 7"),
        ({"name": "taken"}, "taken"),
        ({"scope": "all"}, "not one of the available choices"),
    ],
)
def test_key__refused__says_why(staff: Visitor, changes: dict[str, str], says: str) -> None:
    issue_key(account=an_account(), name="taken", scope="ingest", actor=ACTOR)
    page = staff.post("tokens_apikey_add", **({"account": "1", "name": "web", "scope": "ingest"} | changes))
    assert page.status == 422
    assert says in page.text
    assert ApiKey.objects.count() == 1


def test_key__revoked_and_rotated__follow_the_same_way(staff: Visitor) -> None:
    key = issue_key(account=an_account(), name="web", scope="ingest", actor=ACTOR).row
    assert "web #2" in staff.post("key_rotate", key.pk, days="1").text
    staff.post("key_revoke", key.pk)
    key.refresh_from_db()
    assert key.revoked_at is not None
    assert "revoked" in staff.get("tokens_apikey_change", key.pk).text


def test_key__generated__leads_back_to_the_instances_of_its_account(staff: Visitor, instance: Instance) -> None:
    page = staff.post("tokens_apikey_add", account="1", name="web", scope="ingest")
    assert instance.get_absolute_url() in page.links


def test_token__name_in_small_letters__is_nowhere_written_otherwise(staff: Visitor, instance: Instance) -> None:
    token = issue_token(instance=instance, name="web-eu", actor=ACTOR).row
    text = staff.get("tokens_accesstoken_change", token.pk).text
    assert "web-eu" in text
    assert "Web-eu" not in text


def test_token__accepted__is_named_on_the_instances_page_to_try_with(staff: Visitor, instance: Instance) -> None:
    token = issue_token(instance=instance, name="web", actor=ACTOR).row
    link = f"/admin/tokens/accesstoken/{token.pk}/change/#curl-label"
    assert "a line to try it with" not in staff.get("routing_instance_change", instance.pk).text
    upload_configuration(instance=instance, text=SHOP, actor=ACTOR, push=True)
    page = staff.get("routing_instance_change", instance.pk)
    assert "a line to try it with" in page.text
    assert link in page.links
