"""`/tokens`: generating, registering, listing, revoking and rotating access tokens."""

from __future__ import annotations

import re
from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest
from django.utils import timezone

from routing.models import ControlRevision, Instance, LiveSummary
from tests.http import Api, assert_error, problems
from tests.world import a_caller, an_instance
from tokens.models import AccessToken

pytestmark = pytest.mark.django_db

UUID4 = "e65d8a9d-f209-4f02-b84c-d660efff6f27"
HEX = UUID4.replace("-", "")
# RFC 4122's example, a version 1 UUID.
UUID1 = "f81d4fae7dec11d0a76500a0c91e6bf6"


@pytest.fixture
def instance() -> Instance:
    return an_instance(1, 8)


@pytest.fixture
def api(instance: Instance) -> Api:
    return a_caller()


def list_in_live_version(instance: Instance, *, names: tuple[str, ...] = (), digests: tuple[str, ...] = ()) -> None:
    LiveSummary.objects.update_or_create(
        instance=instance, defaults={"version": 4, "token_names": list(names), "token_digests": list(digests)}
    )


def test_generate__named__shown_this_once(api: Api) -> None:
    body = api.post("/tokens", {"account": 1, "instance": 8, "name": "web-eu"}).json()
    listed = api.get("/tokens").content.decode()

    assert re.fullmatch(r"[0-9a-f]{12}4[0-9a-f]{3}[89ab][0-9a-f]{15}", body["token"])
    assert body["header"] == f"1/8/{body['token']}"
    assert body["hint"] == f"…{body['token'][-4:]}"
    assert (body["type"], body["imported"], body["warnings"]) == ("private", False, [])
    assert body["token"] not in listed
    assert AccessToken.objects.get().digest == sha256(body["token"].encode()).hexdigest()


@pytest.mark.parametrize(
    "written", [HEX, UUID4, UUID4.upper(), f" {UUID4}\n", "sha256:" + sha256(HEX.encode()).hexdigest()]
)
def test_register__any_form_of_a_token__same_digest_and_no_echo(api: Api, written: str) -> None:
    response = api.post("/tokens", {"name": "customer's own", "token": written})

    assert response.status_code == 201
    body = response.json()
    assert (body["imported"], body["token"], body["header"]) == (True, None, None)
    assert HEX not in response.content.decode().replace("-", "").lower()
    assert AccessToken.objects.get().digest == sha256(HEX.encode()).hexdigest()


def test_register__not_version_4__warns(api: Api) -> None:
    body = api.post("/tokens", {"name": "old", "token": UUID1}).json()

    assert "version 4" in body["warnings"][0]


@pytest.mark.parametrize(
    "written",
    [
        HEX[:-1],
        HEX + "0",
        "g" * 32,
        "{" + UUID4 + "}",
        f"urn:uuid:{UUID4}",
        UUID4[:-1] + "-7",
        "sha256:" + HEX,
        "1/8/" + HEX,
        "٣" * 32,
        "x" * 301,
    ],
)
def test_register__near_miss__422_without_echo(api: Api, written: str) -> None:
    response = api.post("/tokens", {"name": "customer's own", "token": written})

    assert list(problems(response)) == ["token"]
    assert written not in response.content.decode()


@pytest.mark.parametrize("same_account", [True, False])
def test_register__token_in_use__409(api: Api, same_account: bool) -> None:
    api.post("/tokens", {"name": "first", "token": HEX})
    other = api
    if not same_account:
        an_instance(2, 3)
        other = a_caller(account=2)

    response = other.post("/tokens", {"name": "second", "token": UUID4})

    assert_error(response, 409, says="in use already")
    assert "first" not in response.content.decode()


def test_generate__name_taken__409(api: Api) -> None:
    api.post("/tokens", {"name": "web"})

    assert_error(api.post("/tokens", {"name": "web"}), 409, says="web")


def test_generate__same_name_in_another_instance__created(api: Api) -> None:
    an_instance(1, 9)

    made = [api.post("/tokens", {"instance": number, "name": "web"}).status_code for number in (8, 9)]

    assert made == [201, 201]


def test_generate__all_rules__kept_normalised(api: Api) -> None:
    body = api.post(
        "/tokens",
        {
            "name": "shop",
            "type": "public",
            "allowed_ips": ["192.0.2.7", "198.51.100.77/24", "2001:DB8::/32"],
            "allowed_origins": ["https://Shop.Example.com:443/", "http://localhost:8080"],
            "expires_at": "2999-01-01T01:00:00+01:00",
            "rate": 50,
        },
    ).json()

    assert body["allowed_ips"] == ["192.0.2.7/32", "198.51.100.0/24", "2001:db8::/32"]
    assert body["allowed_origins"] == ["https://shop.example.com", "http://localhost:8080"]
    assert (body["expires_at"], body["rate"], body["type"]) == ("2999-01-01T00:00:00Z", 50, "public")


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"name": ""}, "name"),
        ({"name": " "}, "name"),
        ({"name": "x" * 257}, "name"),
        ({"name": "a\nb"}, "name"),
        ({"name": 5}, "name"),
        ({"name": None}, "name"),
        ({"type": "secret"}, "type"),
        ({"type": None}, "type"),
        ({"type": ["public"]}, "type"),
        ({"rate": 0}, "rate"),
        ({"rate": -1}, "rate"),
        ({"rate": 1_000_001}, "rate"),
        ({"rate": "5"}, "rate"),
        ({"rate": True}, "rate"),
        ({"rate": 1.5}, "rate"),
        ({"expires_at": "2999-01-01"}, "expires_at"),
        ({"expires_at": "2999-01-01T00:00:00"}, "expires_at"),
        ({"expires_at": "2999-13-01T00:00:00Z"}, "expires_at"),
        ({"expires_at": "9999-12-31T23:59:59-12:00"}, "expires_at"),
        ({"expires_at": "2001-01-01T00:00:00Z"}, "expires_at"),
        ({"expires_at": 4_000_000_000}, "expires_at"),
        ({"expires_at": "7d"}, "expires_at"),
        ({"allowed_ips": "192.0.2.7"}, "allowed_ips"),
        ({"allowed_ips": ["192.0.2.7", "192.0.2.300"]}, "allowed_ips[1]"),
        ({"allowed_ips": ["192.0.2.0/33"]}, "allowed_ips[0]"),
        ({"allowed_ips": [5]}, "allowed_ips[0]"),
        ({"allowed_ips": [None]}, "allowed_ips[0]"),
        ({"allowed_ips": ["192.0.2.7"] * 101}, "allowed_ips"),
        ({"type": "public", "allowed_origins": ["shop.example.com"]}, "allowed_origins[0]"),
        ({"type": "public", "allowed_origins": ["https://shop.example.com/path"]}, "allowed_origins[0]"),
        ({"type": "public", "allowed_origins": ["*"]}, "allowed_origins[0]"),
        ({"type": "public", "allowed_origins": ["https://"]}, "allowed_origins[0]"),
        ({"allowed_origins": ["https://shop.example.com"]}, "allowed_origins"),
        ({"tokn": HEX}, "tokn"),
    ],
)
def test_generate__bad_field__422_and_nothing_made(api: Api, fields: dict[str, Any], path: str) -> None:
    response = api.post("/tokens", {"name": "web", **fields})

    assert list(problems(response)) == [path]
    assert not AccessToken.objects.exists()


def test_generate__several_wrong_rules__all_at_once(api: Api) -> None:
    response = api.post(
        "/tokens", {"name": "a\tb", "token": "nonsense", "rate": 0, "allowed_ips": ["nowhere"], "type": "private"}
    )

    assert set(problems(response)) == {"name", "token", "rate", "allowed_ips[0]"}


def test_accepted__no_live_version__why(api: Api) -> None:
    body = api.post("/tokens", {"name": "web"}).json()

    assert (body["accepted"], body["why"]) == (False, "the instance has no live version")


def test_accepted__listed_by_name_or_digest__accepted(api: Api, instance: Instance) -> None:
    digest = sha256(HEX.encode()).hexdigest()
    list_in_live_version(instance, names=("web",), digests=(digest,))

    made = [
        api.post("/tokens", body).json()
        for body in ({"name": "web"}, {"name": "own", "token": HEX}, {"name": "unlisted"})
    ]

    assert [(each["accepted"], each["why"]) for each in made] == [
        (True, ""),
        (True, ""),
        (False, "not listed in live version 4"),
    ]


def test_revoke__again__stays_revoked_and_is_told_once(api: Api, instance: Instance) -> None:
    list_in_live_version(instance, names=("web",))
    number = api.post("/tokens", {"name": "web"}).json()["id"]
    somebody_else = a_caller("operator")
    before = ControlRevision.objects.get().number

    first = api.post(f"/tokens/{number}/revoke").json()
    again = somebody_else.post(f"/tokens/{number}/revoke").json()

    assert (first["accepted"], first["why"]) == (False, "revoked")
    assert (first["revoked_at"], first["revoked_by"]) == (again["revoked_at"], again["revoked_by"])
    assert first["revoked_by"].startswith("key 1/")
    assert ControlRevision.objects.get().number == before + 1


def test_rotate__listed_token__successors_are_accepted_too(api: Api, instance: Instance) -> None:
    list_in_live_version(instance, names=("web",))
    first = api.post("/tokens", {"name": "web", "type": "public", "allowed_origins": ["https://a.example"]}).json()

    second = api.post(f"/tokens/{first['id']}/rotate", {"overlap": "7d"}).json()
    third = api.post(f"/tokens/{second['id']}/rotate", {"overlap": "0m"}).json()
    rows = {row["name"]: row for row in api.get("/tokens").json()["results"]}

    assert len({first["token"], second["token"], third["token"]}) == 3
    assert (second["name"], second["type"], second["allowed_origins"]) == ("web #2", "public", ["https://a.example"])
    assert second["accepted"]
    assert third["accepted"]
    assert (rows["web"]["accepted"], rows["web"]["successor"]) == (True, second["id"])
    assert (rows["web #2"]["accepted"], rows["web #2"]["why"]) == (False, "expired")


@pytest.mark.parametrize(
    ("written", "expected"), [("90m", timedelta(minutes=90)), ("12h", timedelta(hours=12)), ("30d", timedelta(days=30))]
)
def test_rotate__overlap__the_predecessor_expires_then(api: Api, written: str, expected: timedelta) -> None:
    number = api.post("/tokens", {"name": "web"}).json()["id"]
    asked_at = timezone.now()

    api.post(f"/tokens/{number}/rotate", {"overlap": written})

    expires_at = AccessToken.objects.get(pk=number).expires_at
    assert expires_at is not None
    assert timedelta() <= expires_at - asked_at - expected < timedelta(minutes=1)


def test_rotate__no_body__seven_days(api: Api) -> None:
    number = api.post("/tokens", {"name": "web"}).json()["id"]

    assert api.post(f"/tokens/{number}/rotate").status_code == 201

    expires_at = AccessToken.objects.get(pk=number).expires_at
    assert expires_at is not None
    assert timedelta(days=6) < expires_at - timezone.now() < timedelta(days=8)


@pytest.mark.parametrize("expiry", ["2999-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
def test_rotate__token_that_expires__so_does_its_successor(api: Api, expiry: str) -> None:
    number = api.post("/tokens", {"name": "web", "expires_at": expiry}).json()["id"]

    successor = api.post(f"/tokens/{number}/rotate", {"overlap": "1h"}).json()

    assert successor["expires_at"] >= expiry[:10]


@pytest.mark.parametrize(
    ("name", "successor"),
    [
        ("web", "web #3"),
        ("web #2", "web #3"),
        ("order #12", "order #13"),
        ("order#12", "order#12 #2"),
        ("x" * 256, "x" * 240 + " #2"),
    ],
)
def test_rotate__name__the_next_free_number(api: Api, name: str, successor: str) -> None:
    rows = [api.post("/tokens", {"name": each}).json() for each in dict.fromkeys(["web", "web #2", name])]
    number = next(row["id"] for row in rows if row["name"] == name)

    assert api.post(f"/tokens/{number}/rotate").json()["name"] == successor


@pytest.mark.parametrize("overlap", ["7", "7w", "-7d", "1.5h", "٧d", "7d ", "367d", "9999999d", "", 7, None, True, []])
def test_rotate__bad_overlap__422_and_no_successor(api: Api, overlap: Any) -> None:
    number = api.post("/tokens", {"name": "web"}).json()["id"]

    assert list(problems(api.post(f"/tokens/{number}/rotate", {"overlap": overlap}))) == ["overlap"]

    assert AccessToken.objects.count() == 1


def test_rotate__twice_or_revoked__409(api: Api) -> None:
    number = api.post("/tokens", {"name": "web"}).json()["id"]
    successor = api.post(f"/tokens/{number}/rotate").json()["id"]
    api.post(f"/tokens/{successor}/revoke")

    assert_error(api.post(f"/tokens/{number}/rotate"), 409, says="has a successor")
    assert_error(api.post(f"/tokens/{successor}/rotate"), 409, says="no longer in use")


@pytest.mark.parametrize("action", ["revoke", "rotate"])
@pytest.mark.parametrize("number", ["0", "99999999", "9999999999999999", "007", "1.0", "-1", "x", "٣", "1%00", "1/"])
def test_one_token__no_such_id__404(api: Api, action: str, number: str) -> None:
    assert_error(api.post(f"/tokens/{number}/{action}"), 404)


@pytest.mark.parametrize("action", ["revoke", "rotate"])
def test_one_token__another_account__404_like_one_that_is_not_there(api: Api, action: str) -> None:
    number = api.post("/tokens", {"name": "web"}).json()["id"]
    stranger = a_caller(account=2)

    theirs = stranger.post(f"/tokens/{number}/{action}")
    nobodys = stranger.post(f"/tokens/{number + 1}/{action}")

    assert assert_error(theirs, 404)["message"].replace(str(number), "N") == assert_error(nobodys, 404)[
        "message"
    ].replace(str(number + 1), "N")
    assert AccessToken.objects.filter(revoked_at=None, successor=None).count() == 1


def test_list__only_this_instance__in_pages(api: Api) -> None:
    an_instance(1, 9)
    for number in range(5):
        api.post("/tokens", {"instance": 8, "name": f"token {number}"})
    api.post("/tokens", {"instance": 9, "name": "other"})

    page = api.get("/tokens?account=1&instance=8&page_size=2&page=3").json()

    assert (page["count"], [row["name"] for row in page["results"]]) == (5, ["token 4"])


def test_list__long_chains_of_successors__the_same_number_of_queries(
    api: Api, instance: Instance, django_assert_max_num_queries: Any
) -> None:
    list_in_live_version(instance, names=("token 0",))
    for number in range(10):
        row = api.post("/tokens", {"name": f"token {number}"}).json()["id"]
        for _ in range(3):
            row = api.post(f"/tokens/{row}/rotate").json()["id"]

    with django_assert_max_num_queries(8):
        rows = api.get("/tokens?page_size=100").json()["results"]

    assert len(rows) == 40
    assert sum(row["accepted"] for row in rows) == 4
