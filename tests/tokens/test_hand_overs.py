"""One-time links: made over REST, opened by the customer, withdrawn; and what of them is kept."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from tests.http import Api, assert_error, problems
from tests.tokens.links import PATH, Customer, part_of, shown_secret
from tests.world import ACTOR, a_caller, an_account, an_instance
from tokens.hand_over_page import HandOverThrottle
from tokens.hand_overs import deliver, destroy_expired
from tokens.models import AccessToken, ApiKey, HandOver
from tokens.sealing import NotSealedWithThis, keys_of, new_link, seal, unseal
from tokens.services import issue_key, issue_token

pytestmark = pytest.mark.django_db
UUID4 = "e65d8a9d-f209-4f02-b84c-d660efff6f27"


@pytest.fixture
def api() -> Api:
    an_instance(1, 8)
    return a_caller()


def a_link(api: Api, lifetime: str = "24h", **fields: Any) -> str:
    """The address of a link to a new token."""
    made = api.post("/tokens", {"name": "web", "hand_over": lifetime} | fields)
    assert made.status_code == 201, made.content
    url: str = made.json()["hand_over"]["url"]
    return url


@contextmanager
def everything_logged(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    with caplog.at_level(logging.DEBUG):
        yield


def test_issued_with_a_link__tells_the_link_and_not_the_secret(api: Api) -> None:
    body = api.post("/tokens", {"name": "web", "hand_over": "24h"}).json()
    assert (body["token"], body["header"]) == (None, None)
    assert body["hand_over"]["url"].startswith("http://testserver/hand-over#")
    assert len(part_of(body["hand_over"]["url"])) == 43
    lifetime = HandOver.objects.get().expires_at - timezone.now()
    assert abs(lifetime - timedelta(hours=24)) < timedelta(minutes=1)


def test_link__opened__shows_token_header_and_line_once(api: Api) -> None:
    link = part_of(a_link(api))
    page = Customer().press(link)
    assert page.status_code == 200
    secret = shown_secret(page)
    assert AccessToken.objects.get().digest == sha256(secret.encode()).hexdigest()
    assert f"WP13n-Token: 1/8/{secret}" in page.content.decode()
    assert "--location http://127.0.0.1:8000/DATABASE/TABLE" in page.content.decode()
    again = Customer("203.0.113.9").press(link)
    assert again.status_code == 410
    assert "opened already" in again.content.decode()
    assert "198.51.100.7" in again.content.decode()
    assert secret not in again.content.decode()


def test_link__to_a_key__shows_the_authorization(api: Api) -> None:
    url = api.post("/keys", {"name": "shop", "scope": "ingest", "hand_over": "1h"}).json()["hand_over"]["url"]
    page = Customer().press(part_of(url))
    secret = shown_secret(page)
    assert ApiKey.objects.get(name="shop").digest == sha256(secret.encode()).hexdigest()
    assert f"Authorization: TD1 1/{secret}" in page.content.decode()


@pytest.mark.parametrize("kind", ["tokens", "keys"])
def test_rotation__with_a_link__hands_over_the_successor(api: Api, kind: str) -> None:
    fields = {"name": "web"} if kind == "tokens" else {"name": "web", "scope": "ingest"}
    number = api.post(f"/{kind}", fields).json()["id"]
    rotated = api.post(f"/{kind}/{number}/rotate", {"hand_over": "3d"}).json()
    assert rotated["header"] is None
    secret = shown_secret(Customer().press(part_of(rotated["hand_over"]["url"])))
    model: Any = AccessToken if kind == "tokens" else ApiKey
    assert model.objects.get(name="web #2").digest == sha256(secret.encode()).hexdigest()


def test_link__pasted_whole__does_as_well(api: Api) -> None:
    assert Customer().press(f"  {a_link(api)}\n").status_code == 200


@pytest.mark.parametrize("method", ["get", "head"])
def test_link__only_followed__is_not_opened(api: Api, method: str) -> None:
    link = a_link(api)
    for _ in range(3):
        assert getattr(Customer().client, method)(link).status_code == 200
    assert HandOver.objects.get().opened_at is None
    assert Customer().press(part_of(link)).status_code == 200


@pytest.mark.parametrize("method", ["put", "delete", "patch"])
def test_page__another_method__is_refused(method: str) -> None:
    assert getattr(Customer().client, method)(PATH).status_code == 405


@pytest.mark.parametrize("link", ["", "x", "A" * 43, "A" * 42, "A" * 44, "é" * 43, "A" * 42 + "\n", "0" * 5000, "#"])
def test_link__never_made__is_not_known(api: Api, link: str) -> None:
    a_link(api)
    page = Customer().press(link)
    assert page.status_code == 404
    assert "not known" in page.content.decode()
    assert HandOver.objects.get().opened_at is None


def test_link__one_character_changed__opens_nothing(api: Api) -> None:
    link = part_of(a_link(api))
    for at in (0, 20, 41):
        other = "A" if link[at] != "A" else "B"
        assert Customer().press(link[:at] + other + link[at + 1 :]).status_code == 404
    assert HandOver.objects.get().opened_at is None


def test_link__after_its_time__has_expired_and_is_destroyed(api: Api) -> None:
    link = part_of(a_link(api, "10m"))
    with time_machine.travel(timezone.now() + timedelta(minutes=11)):
        page = Customer().press(link)
        assert page.status_code == 410
        assert "expired" in page.content.decode()
        assert destroy_expired() == 1
        assert destroy_expired() == 0
    assert HandOver.objects.get().sealed is None


def test_link__withdrawn__shows_nothing(api: Api) -> None:
    link = part_of(a_link(api))
    number = HandOver.objects.get().pk
    withdrawn = api.post(f"/hand-overs/{number}/withdraw").json()
    assert withdrawn["state"] == "withdrawn"
    assert withdrawn["withdrawn_by"].startswith("key 1/provision")
    page = Customer().press(link)
    assert page.status_code == 410
    assert "withdrawn" in page.content.decode()
    assert HandOver.objects.get().sealed is None
    assert_error(api.post(f"/hand-overs/{number}/withdraw"), 409, says="withdrawn")


def test_link__opened__cannot_be_withdrawn(api: Api) -> None:
    Customer().press(part_of(a_link(api)))
    assert_error(api.post(f"/hand-overs/{HandOver.objects.get().pk}/withdraw"), 409, says="opened")


def test_link__of_a_token_that_is_revoked__is_withdrawn_with_it(api: Api) -> None:
    link = part_of(a_link(api))
    api.post(f"/tokens/{AccessToken.objects.get().pk}/revoke")
    assert Customer().press(link).status_code == 410
    assert HandOver.objects.get().sealed is None


def test_links__listed__say_who_opened_them_and_from_where(api: Api) -> None:
    link = part_of(a_link(api))
    number = AccessToken.objects.get().pk
    before = api.get(f"/tokens/{number}/links").json()["results"]
    Customer().press(link)
    after = api.get(f"/tokens/{number}/links").json()["results"]
    assert [(each["state"], each["opened_from"]) for each in before + after] == [
        ("waiting", None),
        ("opened", "198.51.100.7"),
    ]
    assert link not in api.get(f"/tokens/{number}/links").content.decode()


def test_links__of_another_account__are_not_found(api: Api) -> None:
    a_link(api)
    stranger = a_caller(account=2)
    assert_error(stranger.get(f"/tokens/{AccessToken.objects.get().pk}/links"), 404)
    assert_error(stranger.post(f"/hand-overs/{HandOver.objects.get().pk}/withdraw"), 404)
    assert HandOver.objects.get().withdrawn_at is None


def test_link__of_an_operator_key__is_withdrawn_by_operators_alone(api: Api) -> None:
    made = deliver(
        lambda: issue_key(
            account=an_account(), name="all", scope="operator", actor=ACTOR, expires_at=timezone.now() + timedelta(1)
        ),
        lifetime=timedelta(hours=1),
        actor=ACTOR,
    )
    assert made.row is not None
    assert_error(api.post(f"/hand-overs/{made.row.pk}/withdraw"), 403)
    assert a_caller("operator").post(f"/hand-overs/{made.row.pk}/withdraw").status_code == 200


@pytest.mark.parametrize("lifetime", ["9m", "8d", "0m", "soon", ""])
def test_link__with_a_bad_lifetime__issues_nothing(api: Api, lifetime: str) -> None:
    assert list(problems(api.post("/tokens", {"name": "web", "hand_over": lifetime}))) == ["hand_over"]
    assert not AccessToken.objects.exists()


def test_link__to_the_customers_own_token__is_refused(api: Api) -> None:
    response = api.post("/tokens", {"name": "web", "token": UUID4, "hand_over": "1h"})
    assert "only a generated secret" in problems(response)["hand_over"]
    assert not AccessToken.objects.exists()


def test_database__alone__does_not_give_the_secret(api: Api) -> None:
    link = part_of(a_link(api))
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM tokens_handover")
        stored = repr([bytes(value) if isinstance(value, memoryview) else value for value in cursor.fetchall()[0]])
    secret = shown_secret(Customer().press(link))
    assert link not in stored
    assert secret not in stored
    assert sha256(link.encode()).hexdigest() not in stored
    assert HandOver.objects.get().sealed is None


def test_log__of_making_opening_and_guessing__holds_no_secret(api: Api, caplog: pytest.LogCaptureFixture) -> None:
    with everything_logged(caplog):
        link = part_of(a_link(api))
        secret = shown_secret(Customer().press(link))
        Customer().press(link)
        Customer().press("B" * 43)
    assert "tried again from 198.51.100.7" in caplog.text
    for hidden in (link, secret, "B" * 43):
        assert hidden not in caplog.text


@pytest.mark.parametrize("how", ["look", "press", "wrong"])
def test_page__any_answer__is_kept_by_nobody_and_runs_only_our_files(api: Api, how: str) -> None:
    link = part_of(a_link(api))
    page = Customer().look() if how == "look" else Customer().press(link if how == "press" else "A" * 43)
    assert "no-store" in page["Cache-Control"]
    assert page["Referrer-Policy"] == "no-referrer"
    assert "default-src 'none'" in page["Content-Security-Policy"]
    assert "unsafe" not in page["Content-Security-Policy"]
    assert page["X-Frame-Options"] == "DENY"
    assert "noindex" in page["X-Robots-Tag"]
    assert "Set-Cookie" not in page
    source = page.content.decode()
    assert "//" not in source.replace("http://127.0.0.1:8000", "").replace('"http://www.w3.org', "")
    assert "<style" not in source
    assert "style=" not in source


def test_page__tried_too_often_from_one_address__is_slowed_down(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(HandOverThrottle, "THROTTLE_RATES", {"hand_overs": "2/min"})
    link = part_of(a_link(api))
    tries = [Customer().press("A" * 43).status_code for _ in range(3)]
    assert tries == [404, 404, 429]
    limited = Customer().press(link)
    assert limited.status_code == 429
    assert int(limited["Retry-After"]) > 0
    assert HandOver.objects.get().opened_at is None
    assert [Customer(f"2001:db8::{number}").press("A" * 43).status_code for number in range(3)] == tries
    assert Customer("203.0.113.9").press(link).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_link__opened_by_two_at_once__shows_the_secret_to_one() -> None:
    api = Api(a_caller().authorization) if an_instance(1, 8) else Api()
    link = part_of(a_link(api))

    def press(number: int) -> int:
        try:
            status: int = Customer(f"192.0.2.{number}").press(link).status_code
            return status
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        told = sorted(threads.map(press, range(1, 9)))
    assert told == [200, *[410] * 7]


def test_hand_over__of_two_secrets_or_of_none__is_refused_by_the_database() -> None:
    token = issue_token(instance=an_instance(), name="web", actor=ACTOR).row
    key = issue_key(account=an_account(), name="web", scope="ingest", actor=ACTOR).row
    for owners in ({}, {"token": token, "key": key}):
        with pytest.raises(IntegrityError), transaction.atomic():
            HandOver.objects.create(**owners, link_digest="0" * 64, expires_at=timezone.now(), created_by=ACTOR)


def test_hand_over__opened_and_still_sealed__is_refused_by_the_database(api: Api) -> None:
    a_link(api)
    with pytest.raises(IntegrityError), transaction.atomic():
        HandOver.objects.update(opened_at=timezone.now())


def test_sealed__with_other_keys_or_for_another_row__stays_shut() -> None:
    keys, others = keys_of(new_link()), keys_of(new_link())
    assert keys is not None
    assert others is not None
    sealed = seal("0" * 32, keys, purpose="a")
    assert unseal(sealed, keys, purpose="a") == "0" * 32
    assert seal("0" * 32, keys, purpose="a") != sealed
    changed = sealed[:-1] + bytes([sealed[-1] ^ 1])
    for wrong in ((sealed, others, "a"), (sealed, keys, "b"), (changed, keys, "a"), (sealed[:11], keys, "a")):
        with pytest.raises(NotSealedWithThis):
            unseal(wrong[0], wrong[1], purpose=wrong[2])
