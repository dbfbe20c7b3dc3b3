"""Scope by route by account, for every route there is: one that is added later is closed until it is named here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as current
from django.urls import URLPattern, URLResolver, get_resolver
from pytest_django.fixtures import Settings

from personalization.stores.locations import records_at, store_at
from provisioning.services import upload_configuration
from routing.models import Destination, Instance
from routing.services import change_destinations
from tests.http import Api, assert_error
from tests.personalization.stores.arrivals import arrival
from tests.provisioning.configurations import numbered
from tests.world import a_hand_over, a_key, an_account, an_instance
from tokens.models import AccessToken, ApiKey, HandOver
from tokens.services import issue_key, issue_token

pytestmark = pytest.mark.django_db

EVERYBODY = {"schema", "docs", "hand-over"}
EVERY_CALLER = {"language-schema"}
PLANTED = "PLANTED"


def _patterns(resolver: URLResolver, before: str = "") -> Iterator[tuple[str, URLPattern]]:
    for each in resolver.url_patterns:
        path = before + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from _patterns(each, path)
        else:
            yield path, each


def _routes() -> dict[str, str]:
    """Every route but the console's by name, with its path."""
    found = ((pattern.name or "", path) for path, pattern in _patterns(get_resolver()) if not path.startswith("admin/"))
    return {name: f"/{path}" for name, path in found if name}


SOON = (datetime.now(UTC) + timedelta(days=1)).isoformat()
# For each route and method: a good request about instance 1/8, by body or query.
PLACE = {"account": 1, "instance": 8}
REQUESTS: dict[tuple[str, str], tuple[str, Any]] = {
    ("accounts", "GET"): ("", None),
    ("accounts", "POST"): ("", {"account": 7, "name": "New"}),
    ("instances", "GET"): ("?account=1", None),
    ("instances", "POST"): ("", {"account": 1, "instance": 9, "name": "New"}),
    ("routing", "GET"): ("?account=1&instance=8", None),
    ("routing", "POST"): ("", {**PLACE, "add": {"destinations": [{"database": "new", "table": "new"}]}}),
    ("tokens", "GET"): ("?account=1&instance=8", None),
    ("tokens", "POST"): ("", {**PLACE, "name": "new"}),
    ("revoke-token", "POST"): ("", None),
    ("rotate-token", "POST"): ("", {"overlap": "1d"}),
    ("token-use", "GET"): ("", None),
    ("key-use", "GET"): ("", None),
    ("token-links", "GET"): ("", None),
    ("key-links", "GET"): ("", None),
    ("withdraw-link", "POST"): ("", None),
    ("keys", "GET"): ("?account=1", None),
    ("keys", "POST"): ("", {"account": 1, "name": "new", "scope": "ingest"}),
    ("revoke-key", "POST"): ("", None),
    ("rotate-key", "POST"): ("", {"overlap": "1d"}),
    ("provision", "GET"): ("?account=1", None),
    ("provision", "POST"): ("?account=1&instance=8&push=true", {"configuration": numbered(3)}),
    ("live", "GET"): ("", None),
    ("version", "GET"): ("", None),
    ("diff", "GET"): ("?from=1&to=2", None),
    ("push", "POST"): ("", {"version": 1}),
    ("rollback", "POST"): ("", {}),
    ("pause", "POST"): ("", {"offer": "offer 2"}),
    ("resume", "POST"): ("", {"offer": "offer 2"}),
    ("replay", "POST"): ("", {"version": 1}),
    ("policy", "GET"): ("", None),
    ("policy", "POST"): ("", {"approval_required": True}),
    ("approvals", "GET"): ("", None),
    ("approvals", "POST"): ("", {"version": 1}),
    ("decide-approval", "POST"): ("", {"version": 1, "approve": False}),
    ("schedules", "GET"): ("", None),
    ("schedules", "POST"): ("", {"version": 1, "at": SOON}),
    ("cancel-schedule", "POST"): ("", None),
    ("explain", "POST"): ("", {"table": "your_database/pageviews", "event": {}, "profile": {}}),
    ("check-call", "POST"): ("", {"path": "/your_database/pageviews", "token": "web", "key": "planted"}),
    ("find-profile", "POST"): ("", {**PLACE, "key": "td_client_id", "value": PLANTED}),
    ("export-profile", "POST"): ("", {**PLACE, "key": "td_client_id", "value": PLANTED}),
    ("erase-profile", "POST"): ("", {**PLACE, "key": "td_client_id", "value": PLANTED}),
}
# By whom, and whether accounts 1's things are theirs.
CALLERS = {"none": 401, "ingest": 403, "ingest_public": 403, "provision": 200, "provision of 2": 403, "operator": 200}
OPERATORS_ONLY = {("accounts", "POST"), ("instances", "POST"), ("policy", "POST")}
# What a key may do only when its role says so.
PEOPLE = {("export-profile", "POST"), ("erase-profile", "POST")}
# What these are about has to be there first.
NEED_FIRST = {"decide-approval": 409, "cancel-schedule": 409}
HIDDEN_BY_404 = {
    *(
        "revoke-token",
        "rotate-token",
        "revoke-key",
        "rotate-key",
        "token-use",
        "key-use",
        "token-links",
        "key-links",
        "withdraw-link",
    ),
}


@pytest.fixture
def world(settings: Settings, tmp_path: Path) -> Instance:
    """Account 1 with one of everything, all called PLANTED; account 2 with an instance."""
    settings.EVENT_STORE = f"sqlite:///{tmp_path}/events.sqlite3"
    made = an_instance(1, 8)
    an_instance(2, 8)
    change_destinations(instance=made, actor=PLANTED, add=[("your_database", "pageviews")])
    issue_token(instance=made, name="web", actor=PLANTED)
    a_hand_over(made, name=PLANTED)
    issue_key(account=an_account(1), name="planted", scope="ingest", actor=PLANTED)
    for number in (1, 2):
        upload_configuration(instance=made, text=numbered(number), actor=PLANTED, note=PLANTED, push=True)
    store = store_at(settings.EVENT_STORE)
    store.commit([arrival(1, td_client_id=PLANTED)])
    store.close()
    return made


def _path(name: str) -> str:
    token, key = AccessToken.objects.get(name="web").pk, ApiKey.objects.get(name="planted").pk
    number = HandOver.objects.get().pk if name == "withdraw-link" else key if "key" in name else token
    values = {"account": 1, "instance": 8, "version": 1, "number": number}
    return re.sub(r"<\w+:(\w+)>", lambda match: str(values[match[1]]), _routes()[name])


def _caller(kind: str) -> Api:
    if kind == "none":
        return Api()
    scope, _, account = kind.partition(" of ")
    return Api(a_key(scope, account=int(account or 1), name="caller"))


def _state() -> tuple[Any, ...]:
    """What a refused request must not change."""
    keys = ApiKey.objects.order_by("pk").values_list("pk", "revoked_at", "successor_id")
    tokens = AccessToken.objects.order_by("pk").values_list("pk", "revoked_at", "successor_id")
    links = HandOver.objects.values_list("pk", "withdrawn_at")
    pushes = Instance.objects.order_by("pk").values_list(
        "pk", "versions__number", "pushes__number", "approval_requests", "scheduled_pushes", "push_policy"
    )
    people = records_at(current.EVENT_STORE)
    planted = people.find("1/8", ("td_client_id", PLANTED))
    people.close()
    return (*keys, *tokens, *links, *pushes, *Destination.objects.order_by("pk").values_list("pk"), planted)


def test_routes__each_is_named_here() -> None:
    named = {name for name, _ in REQUESTS} | EVERYBODY | EVERY_CALLER
    assert named == set(_routes())
    # The one that has no name leads from the root to the console.
    unnamed = [path for path, pattern in _patterns(get_resolver()) if not pattern.name]
    assert [path for path in unnamed if not path.startswith("admin/")] == [""]


@pytest.mark.parametrize("kind", CALLERS)
@pytest.mark.parametrize(("name", "method"), REQUESTS)
def test_scope_route_account__every_cell(world: Instance, name: str, method: str, kind: str) -> None:
    api, path = _caller(kind), _path(name)
    query, body = REQUESTS[name, method]
    before = _state()

    response = api.get(path + query) if method == "GET" else api.post(path + query, body)

    assert response["Cache-Control"] == "no-store"
    expected = CALLERS[kind]
    if (name, method) in OPERATORS_ONLY and kind == "provision":
        expected = 403
    if expected == 200 and (name, method) in PEOPLE:
        expected = 403
    if kind == "provision of 2" and name in HIDDEN_BY_404:
        expected = 404
    if (name, method, kind) == ("accounts", "GET", "provision of 2"):
        assert [each["account"] for each in response.json()["results"]] == [2]
    elif expected == 200 and name in NEED_FIRST:
        assert_error(response, NEED_FIRST[name])
    elif expected == 200:
        assert response.status_code in (200, 201), response.content
    else:
        assert_error(response, expected)
        assert PLANTED.lower() not in response.content.decode().lower()
        assert _state() == before


@pytest.mark.parametrize("kind", CALLERS)
def test_other_methods__every_route__do_nothing(world: Instance, kind: str) -> None:
    api = _caller(kind)
    before = _state()

    for name in {name for name, _ in REQUESTS}:
        for method in ("PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"):
            assert api.send(method, _path(name), b"{}").status_code in (401, 403, 405), (name, method)

    assert _state() == before


@pytest.mark.parametrize(("name", "status"), [("schema", 200), ("docs", 200), ("language-schema", 401)])
def test_documentation__tells_nothing_of_customers(world: Instance, name: str, status: int) -> None:
    response = Api().get(_path(name))

    assert response.status_code == status
    assert PLANTED not in response.content.decode()


@pytest.mark.parametrize("kind", ["provision", "ingest"])
def test_key__of_a_wider_scope__is_not_made_rotated_or_revoked(world: Instance, kind: str) -> None:
    a_key("operator", name="theirs")
    theirs = ApiKey.objects.get(name="theirs").pk
    api = _caller(kind)
    before = _state()

    for path, body in (
        ("/keys", {"name": "wide", "scope": "operator", "expires_at": "2099-01-01T00:00:00Z", "allowed_ips": ["::1"]}),
        (f"/keys/{theirs}/rotate", {"overlap": "1d"}),
        (f"/keys/{theirs}/revoke", None),
    ):
        assert_error(api.post(path, body), 403)

    assert _state() == before
