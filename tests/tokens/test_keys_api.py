"""`/keys`: generating, registering, listing, revoking and rotating API keys."""

from __future__ import annotations

import re
from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest
from django.utils import timezone

from tests.http import Api, assert_error, problems
from tests.world import a_caller, a_key, an_account
from tokens.models import ApiKey

pytestmark = pytest.mark.django_db

SCOPES = ["ingest", "ingest_public", "provision", "operator"]
IN_A_WEEK = (timezone.now() + timedelta(days=7)).isoformat()


@pytest.fixture
def api() -> Api:
    return a_caller()


def newest_key() -> ApiKey:
    return ApiKey.objects.latest("id")


@pytest.mark.parametrize("scope", ["ingest", "ingest_public", "provision"])
def test_generate__scope__shown_this_once(api: Api, scope: str) -> None:
    body = api.post("/keys", {"account": 1, "name": "shop", "scope": scope}).json()
    listed = api.get("/keys").content.decode()

    assert re.fullmatch(r"[0-9a-f]{40}", body["key"])
    assert body["header"] == f"TD1 1/{body['key']}"
    assert (body["account"], body["scope"], body["hint"]) == (1, scope, f"…{body['key'][-4:]}")
    assert body["key"] not in listed
    assert newest_key().digest == sha256(body["key"].encode()).hexdigest()


def test_generate__provision_key__works_at_once(api: Api) -> None:
    header = api.post("/keys", {"name": "shop", "scope": "provision"}).json()["header"]

    assert Api(header).get("/keys").status_code == 200


def test_register__existing_key__no_echo(api: Api) -> None:
    existing = "1abcdef" + "0" * 33

    response = api.post("/keys", {"name": "theirs", "scope": "ingest", "key": existing})

    body = response.json()
    assert (response.status_code, body["imported"], body["key"], body["header"]) == (201, True, None, None)
    assert existing not in response.content.decode()
    assert newest_key().digest == sha256(existing.encode()).hexdigest()


@pytest.mark.parametrize("existing", ["short", "x" * 19, "x" * 257, "TD1 1/" + "a" * 40, "a" * 20 + "\n", "é" * 30])
def test_register__not_a_key__422_without_echo(api: Api, existing: str) -> None:
    response = api.post("/keys", {"name": "theirs", "scope": "ingest", "key": existing})

    assert list(problems(response)) == ["key"]
    assert existing not in response.content.decode()


def test_register__key_in_use__409(api: Api) -> None:
    body = {"name": "theirs", "scope": "ingest", "key": "a" * 40}
    api.post("/keys", body)

    assert_error(api.post("/keys", {**body, "name": "again"}), 409, says="in use already")


def test_generate__name_taken_in_the_account__409(api: Api) -> None:
    a_key("ingest", account=2, name="shop")
    body = {"name": "shop", "scope": "ingest"}

    assert api.post("/keys", body).status_code == 201
    assert_error(api.post("/keys", body), 409, says="shop")


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"scope": "admin"}, "scope"),
        ({"scope": None}, "scope"),
        ({"scope": ""}, "scope"),
        ({"scope": 1}, "scope"),
        ({"name": ""}, "name"),
        ({"allowed_ips": ["here"]}, "allowed_ips[0]"),
        ({"expires_at": "tomorrow"}, "expires_at"),
        ({"expires_at": "2001-01-01T00:00:00Z"}, "expires_at"),
        ({"instance": 8}, "instance"),
    ],
)
def test_generate__bad_field__422(api: Api, fields: dict[str, Any], path: str) -> None:
    assert list(problems(api.post("/keys", {"name": "shop", "scope": "ingest", **fields}))) == [path]


def test_generate__no_scope__422(api: Api) -> None:
    expected = "one of ingest, ingest_public, provision, operator is expected"

    assert problems(api.post("/keys", {"name": "shop"})) == {"scope": expected}


@pytest.mark.parametrize("caller", ["provision", "operator"])
@pytest.mark.parametrize("scope", SCOPES)
def test_generate__caller_and_scope__never_wider_than_the_caller(caller: str, scope: str) -> None:
    body = {"name": "new", "scope": scope, "expires_at": IN_A_WEEK, "allowed_ips": ["127.0.0.1"]}

    status = a_caller(caller).post("/keys", body).status_code

    assert status == (403 if (caller, scope) == ("provision", "operator") else 201)


@pytest.mark.parametrize(
    ("fields", "missing"),
    [
        ({}, {"expires_at", "allowed_ips"}),
        ({"expires_at": IN_A_WEEK}, {"allowed_ips"}),
        ({"allowed_ips": ["127.0.0.1"]}, {"expires_at"}),
    ],
)
def test_generate__operator_without_bounds__422(fields: dict[str, Any], missing: set[str]) -> None:
    response = a_caller("operator").post("/keys", {"name": "new", "scope": "operator", **fields})

    assert set(problems(response)) == missing


def test_generate__operator_in_debug_mode__needs_no_addresses(settings: Any) -> None:
    settings.DEBUG = True

    response = a_caller("operator").post("/keys", {"name": "new", "scope": "operator", "expires_at": IN_A_WEEK})

    assert response.status_code == 201


@pytest.mark.parametrize("action", ["revoke", "rotate"])
def test_one_key__operator_key_of_the_same_account__out_of_reach(api: Api, action: str) -> None:
    a_key("operator", account=1)

    assert_error(api.post(f"/keys/{newest_key().pk}/{action}"), 403, says="operator")

    assert newest_key().revoked_at is None
    assert newest_key().scope == "operator"


@pytest.mark.parametrize("action", ["revoke", "rotate"])
def test_one_key__another_account__404(api: Api, action: str) -> None:
    a_key("ingest", account=2)
    number = newest_key().pk

    assert_error(api.post(f"/keys/{number}/{action}"), 404)
    assert_error(api.post(f"/keys/{number + 1}/{action}"), 404)

    assert newest_key().pk == number
    assert newest_key().revoked_at is None


def test_revoke__own_key__401_from_then_on(api: Api) -> None:
    number = api.get("/keys").json()["results"][0]["id"]

    revoked = api.post(f"/keys/{number}/revoke")

    assert revoked.json()["revoked_at"]
    assert revoked.json()["revoked_by"].startswith("key 1/")
    assert_error(api.get("/keys"), 401)


def test_rotate__overlap__both_work_until_it_ends(api: Api) -> None:
    number = api.get("/keys").json()["results"][0]["id"]

    successor = api.post(f"/keys/{number}/rotate", {"overlap": "1h"}).json()

    assert successor["scope"] == "provision"
    assert Api(successor["header"]).get("/keys").status_code == 200
    assert api.get("/keys").status_code == 200
    assert_error(api.post(f"/keys/{number}/rotate"), 409, says="successor")


def test_rotate__no_overlap__the_old_key_ends_now(api: Api) -> None:
    number = api.get("/keys").json()["results"][0]["id"]

    api.post(f"/keys/{number}/rotate", {"overlap": "0h"})

    assert_error(api.get("/keys"), 401)


def test_rotate__operator_key__same_bounds() -> None:
    operator = a_caller("operator", allowed_ips=["127.0.0.0/8"])
    number = newest_key().pk

    successor = operator.post(f"/keys/{number}/rotate").json()

    assert (successor["scope"], successor["allowed_ips"]) == ("operator", ["127.0.0.0/8"])
    assert successor["expires_at"] is not None


def test_list__only_the_account__in_pages() -> None:
    an_account(2)
    api = a_caller(account=1)
    for number in range(4):
        a_key("ingest", account=1, name=f"key {number}")
        a_key("ingest", account=2, name=f"key {number}")

    page = api.get("/keys?page_size=3").json()

    assert (page["count"], len(page["results"])) == (5, 3)
    assert {row["account"] for row in page["results"]} == {1}
