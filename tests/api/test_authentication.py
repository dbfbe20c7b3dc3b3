"""Who may come in: API keys and staff sessions, near misses, addresses, and how often one may guess."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils import timezone

from p13nadmin.api.throttling import CallerThrottle, KeyGuessThrottle
from tests.http import Api, assert_error
from tests.world import a_caller, a_key, an_account, an_instance
from tokens.models import ApiKey

pytestmark = pytest.mark.django_db

ROUTES = ["/routing", "/accounts", "/instances", "/tokens", "/keys"]


@pytest.mark.parametrize("path", ROUTES)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "OPTIONS"])
def test_no_credentials__any_route_and_method__401(path: str, method: str) -> None:
    response = Api().send(method, path, b"{}")

    assert_error(response, 401, says="TD1")
    assert response["WWW-Authenticate"] == "TD1"


def near_misses() -> list[Any]:
    changes = {
        "another account": lambda value: value.replace("TD1 1/", "TD1 2/"),
        "no account": lambda value: value.replace("1/", ""),
        "account zero-padded": lambda value: value.replace("1/", "01/"),
        "account signed": lambda value: value.replace("1/", "+1/"),
        "account in other digits": lambda value: value.replace("1/", "\u0661/").encode().decode("latin-1"),
        "scheme in small letters": lambda value: value.replace("TD1", "td1"),
        "other scheme": lambda value: value.replace("TD1", "Bearer"),
        "scheme alone": lambda value: "TD1",
        "scheme and account": lambda value: "TD1 1/",
        "two spaces": lambda value: value.replace(" ", "  "),
        "a tab": lambda value: value.replace(" ", "\t"),
        "no space": lambda value: value.replace(" ", ""),
        "key shortened": lambda value: value[:-1],
        "key lengthened": lambda value: value + "0",
        "key in capitals": lambda value: value[:6] + value[6:].upper() + "F",
        "something behind": lambda value: value + " x",
        "its digest": lambda value: "TD1 1/" + ApiKey.objects.get().digest,
        "very long": lambda value: "TD1 1/" + "a" * 5000,
        "not ASCII": lambda value: value + "\xe9",
        "huge account": lambda value: value.replace("1/", "9" * 18 + "/"),
        "huger account": lambda value: value.replace("1/", "9" * 40 + "/"),
    }
    return [pytest.param(change, id=name) for name, change in changes.items()]


@pytest.mark.parametrize("change", near_misses())
def test_key__near_miss__401_with_one_and_the_same_answer(change: Any) -> None:
    header = a_key()
    an_account(2)

    response = Api(change(header)).get("/keys")

    body = assert_error(response, 401)
    assert body["message"] == "Not a known API key: send `Authorization: TD1 {account}/{key}`."
    assert response["WWW-Authenticate"] == "TD1"


@pytest.mark.parametrize(
    "change",
    [{"revoked_at": timezone.now()}, {"expires_at": timezone.now()}],
    ids=["revoked", "expired"],
)
def test_key__no_longer_valid__401(change: dict[str, Any]) -> None:
    header = a_key()
    ApiKey.objects.update(**change)

    assert_error(Api(header).get("/keys"), 401, says="Not a known API key")


@pytest.mark.parametrize("scope", ["ingest", "ingest_public"])
@pytest.mark.parametrize("path", ROUTES)
def test_key__scope_for_events_only__403(scope: str, path: str) -> None:
    an_instance()

    assert_error(a_caller(scope).get(path), 403, says="`provision`")


@pytest.mark.parametrize("scope", ["provision", "operator"])
@pytest.mark.parametrize("path", ROUTES)
@pytest.mark.parametrize(("account", "own"), [(1, True), (2, False), (3, False)])
def test_scope_route_account__every_cell(scope: str, path: str, account: int, own: bool) -> None:
    """Accounts 1 and 2 exist, 3 does not: a provision key cannot tell 2 from 3."""
    an_instance(1, 8)
    an_instance(2, 8)
    api = a_caller(scope, account=1)
    query = "" if path == "/accounts" else f"?account={account}"

    response = api.get(f"{path}{query}")

    if own or not query:
        assert response.status_code == 200
    elif scope == "provision":
        assert_error(response, 403, says=f"not to account {account}")
    else:
        assert response.status_code == (200 if account == 2 else 404)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/routing", {"add": {"destinations": [{"database": "abc", "table": "def"}]}}),
        ("/tokens", {"name": "web"}),
        ("/keys", {"name": "web", "scope": "ingest"}),
    ],
)
@pytest.mark.parametrize(("scope", "status"), [("provision", 403), ("operator", 200)])
def test_writing__another_account__operators_only(path: str, body: dict[str, Any], scope: str, status: int) -> None:
    an_instance(2, 8)

    response = a_caller(scope, account=1).post(path, {"account": 2, **body})

    assert response.status_code in (status, 201 if status == 200 else status)


def test_operator__no_account_named__its_keys_own() -> None:
    an_instance(1, 8)
    an_instance(2, 9)

    body = a_caller("operator", account=2).get("/routing").json()

    assert (body["account"], body["instance"]) == (2, 9)


@pytest.mark.parametrize(
    ("allowed", "peer", "status"),
    [
        ([], "203.0.113.9", 200),
        (["203.0.113.0/24"], "203.0.113.9", 200),
        (["203.0.113.9"], "203.0.113.9", 200),
        (["203.0.113.8"], "203.0.113.9", 401),
        (["203.0.113.9"], "::ffff:203.0.113.9", 200),
        (["2001:db8::/32"], "2001:db8:1::1", 200),
        (["2001:db8::/32"], "203.0.113.9", 401),
        (["0.0.0.0/0"], "2001:db8::1", 401),
        (["0.0.0.0/0"], "", 401),
    ],
)
def test_key__allowed_addresses__respected(allowed: list[str], peer: str, status: int) -> None:
    api = a_caller(allowed_ips=allowed)

    assert api.get("/keys", REMOTE_ADDR=peer).status_code == status


@pytest.mark.parametrize(("trusted", "status"), [([], 401), (["10.0.0.0/8"], 200)])
def test_key__behind_a_proxy__forwarded_address_counts_when_trusted(
    settings: Any, trusted: list[str], status: int
) -> None:
    settings.TRUSTED_PROXIES = trusted
    api = a_caller(allowed_ips=["203.0.113.9"])

    response = api.get("/keys", REMOTE_ADDR="10.1.1.1", headers={"X-Forwarded-For": "198.51.100.1, 203.0.113.9"})

    assert response.status_code == status


def test_key__used__noted_once_a_minute() -> None:
    api = a_caller()
    api.get("/keys")
    first = ApiKey.objects.get().last_used_at
    api.get("/keys")
    second = ApiKey.objects.get().last_used_at
    ApiKey.objects.update(last_used_at=timezone.now() - timedelta(minutes=1))
    api.get("/keys")
    third = ApiKey.objects.get().last_used_at

    assert first is not None
    assert second == first
    assert third is not None
    assert third >= first


def test_key__longest_name__every_change_is_signed() -> None:
    an_instance()

    response = a_caller(name="x" * 256).post("/tokens", {"name": "web"})

    assert response.status_code == 201
    assert response.json()["created_by"].startswith("key 1/xxx")


def test_guessing__too_many_wrong_keys__429_for_that_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(KeyGuessThrottle, "THROTTLE_RATES", {"key_guesses": "3/min"})
    right = a_caller()
    wrong = Api("TD1 1/" + "0" * 40)

    seen = [wrong.get("/keys").status_code for _ in range(5)]
    blocked = right.get("/keys")
    elsewhere = right.get("/keys", REMOTE_ADDR="203.0.113.9")

    assert seen == [401, 401, 401, 429, 429]
    assert_error(blocked, 429)
    assert 0 < int(blocked["Retry-After"]) <= 60
    assert elsewhere.status_code == 200


def test_guessing__from_addresses_of_one_ipv6_network__counts_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(KeyGuessThrottle, "THROTTLE_RATES", {"key_guesses": "3/min"})
    wrong = Api("TD1 1/" + "0" * 40)

    seen = [wrong.get("/keys", REMOTE_ADDR=f"2001:db8::{number}").status_code for number in range(4)]

    assert seen == [401, 401, 401, 429]
    assert wrong.get("/keys", REMOTE_ADDR="2001:db8:0:1::1").status_code == 401


def test_guessing__from_many_other_addresses__does_not_make_one_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(KeyGuessThrottle, "THROTTLE_RATES", {"key_guesses": "1/min"})
    wrong = Api("TD1 1/" + "0" * 40)
    wrong.get("/keys", REMOTE_ADDR="203.0.113.9")

    for number in range(400):
        wrong.get("/keys", REMOTE_ADDR=f"198.51.{number // 200}.{number % 200}")

    assert wrong.get("/keys", REMOTE_ADDR="203.0.113.9").status_code == 429


def test_guessing__right_keys__are_not_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(KeyGuessThrottle, "THROTTLE_RATES", {"key_guesses": "2/min"})
    api = a_caller()

    assert [api.get("/keys").status_code for _ in range(5)] == [200] * 5


def test_asking__too_often__429_for_that_key_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CallerThrottle, "THROTTLE_RATES", {"callers": "2/min"})
    first, second = a_caller(), a_caller()

    seen = [first.get("/keys").status_code for _ in range(3)]

    assert seen == [200, 200, 429]
    assert second.get("/keys").status_code == 200


def staff(*permissions: str, superuser: bool = False, is_staff: bool = True) -> Api:
    user = User.objects.create_user("anna", is_staff=is_staff, is_superuser=superuser)
    for permission in permissions:
        app, _, codename = permission.partition(".")
        user.user_permissions.add(Permission.objects.get(content_type__app_label=app, codename=codename))
    client = Client(raise_request_exception=False, enforce_csrf_checks=True)
    client.force_login(user)
    client.cookies["csrftoken"] = "a" * 32
    return Api(client=client)


def with_csrf(api: Api, path: str, body: Any) -> Any:
    return api.post(path, body, headers={"X-CSRFToken": "a" * 32})


def test_staff__superuser__acts_for_every_account() -> None:
    an_instance(1, 8)
    an_instance(2, 9)
    api = staff(superuser=True)

    made = with_csrf(api, "/tokens", {"account": 2, "name": "web"})

    assert made.status_code == 201
    assert made.json()["created_by"] == "staff anna"
    assert [row["account"] for row in api.get("/accounts").json()["results"]] == [1, 2]
    assert_error(api.get("/tokens"), 422, says="say which account: 1, 2")


def test_staff__no_csrf_token__403() -> None:
    an_instance()

    assert_error(staff(superuser=True).post("/tokens", {"name": "web"}), 403, says="CSRF")


@pytest.mark.parametrize(
    ("permission", "method", "path", "body"),
    [
        ("routing.view_destination", "GET", "/routing", None),
        ("routing.view_account", "GET", "/accounts", None),
        ("routing.view_instance", "GET", "/instances", None),
        ("tokens.view_accesstoken", "GET", "/tokens", None),
        ("tokens.view_apikey", "GET", "/keys", None),
        ("routing.add_account", "POST", "/accounts", {"account": 5, "name": "x"}),
        ("routing.add_instance", "POST", "/instances", {"instance": 5, "name": "x"}),
        ("tokens.add_accesstoken", "POST", "/tokens", {"name": "web"}),
        ("tokens.add_apikey", "POST", "/keys", {"name": "web", "scope": "ingest"}),
    ],
)
@pytest.mark.parametrize("granted", [True, False])
def test_staff__permission__needed(permission: str, method: str, path: str, body: Any, granted: bool) -> None:
    an_instance()
    api = staff(*([permission] if granted else []))

    response = api.get(path) if method == "GET" else with_csrf(api, path, body)

    assert (response.status_code < 300) is granted
    if not granted:
        assert_error(response, 403)


@pytest.mark.parametrize(
    ("permission", "section"), [("routing.add_destination", "add"), ("routing.delete_destination", "remove")]
)
@pytest.mark.parametrize("granted", [True, False])
def test_staff__changing_destinations__needs_the_permission_for_it(
    permission: str, section: str, granted: bool
) -> None:
    an_instance()
    api = staff("routing.view_destination", *([permission] if granted else []))
    body = {section: {"destinations": [{"database": "abc", "table": "def"}]}}

    assert with_csrf(api, "/routing", body).status_code == (200 if granted else 403)


def test_staff__not_a_superuser__no_operator_keys() -> None:
    an_instance()
    body = {"name": "x", "scope": "operator", "expires_at": "2999-01-01T00:00:00Z", "allowed_ips": ["127.0.0.1"]}

    assert_error(with_csrf(staff("tokens.add_apikey"), "/keys", body), 403, says="operator")


def test_staff__head_without_the_permission__403() -> None:
    an_instance()

    api = staff("routing.view_account")

    assert api.send("HEAD", "/accounts").status_code == 200
    assert api.send("HEAD", "/keys").status_code == 403


def test_session__not_staff__401() -> None:
    assert_error(staff(superuser=True, is_staff=False).get("/keys"), 401)


def test_key_and_session__the_key_counts_and_needs_no_csrf() -> None:
    an_instance()
    api = staff(superuser=True)
    api.authorization = a_key()

    assert api.post("/tokens", {"name": "web"}).json()["created_by"].startswith("key 1/")
