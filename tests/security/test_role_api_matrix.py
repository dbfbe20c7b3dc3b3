"""Role by route by account: what staff may do over the API with the session of the console."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings as current
from django.db import transaction
from django.test import Client

from personalization.stores.locations import records_at
from tests.http import Api, assert_error
from tests.security.role_world import RANKS, STAFF, VISITOR, Staff, World, changed_rows
from tests.security.test_api_matrix import NEED_FIRST, REQUESTS
from tests.security.test_api_matrix import _routes as routes

pytestmark = pytest.mark.django_db

V, E, P, A = RANKS[1:5]
# The least role for each route and method.
NEEDED: dict[tuple[str, str], str] = {
    **dict.fromkeys(
        (
            *(("accounts", "GET"), ("instances", "GET"), ("routing", "GET"), ("tokens", "GET"), ("keys", "GET")),
            *(("token-use", "GET"), ("token-links", "GET"), ("key-links", "GET"), ("provision", "GET")),
            ("key-use", "GET"),
            *(("live", "GET"), ("version", "GET"), ("diff", "GET"), ("policy", "GET"), ("approvals", "GET")),
            *(("schedules", "GET"), ("explain", "POST"), ("check-call", "POST")),
        ),
        V,
    ),
    **dict.fromkeys(
        (
            *(("routing", "POST"), ("tokens", "POST"), ("keys", "POST"), ("revoke-token", "POST")),
            *(("rotate-token", "POST"), ("revoke-key", "POST"), ("rotate-key", "POST"), ("withdraw-link", "POST")),
            ("approvals", "POST"),
        ),
        E,
    ),
    **dict.fromkeys(
        (
            *(("provision", "POST"), ("push", "POST"), ("rollback", "POST"), ("pause", "POST"), ("resume", "POST")),
            *(("replay", "POST"), ("decide-approval", "POST"), ("schedules", "POST")),
            *(("cancel-schedule", "POST"), ("find-profile", "POST")),
        ),
        P,
    ),
    **dict.fromkeys(
        (
            *(("accounts", "POST"), ("instances", "POST"), ("policy", "POST")),
            *(("export-profile", "POST"), ("erase-profile", "POST")),
        ),
        A,
    ),
}
EVERYWHERE = {("accounts", "POST")}
_ROWS = {"token": "handed", "tokens": "handed", "key": "key", "keys": "key", "link": "link"}


def path_of(name: str, account: int, rows: dict[str, Any]) -> str:
    of = next((row for word, row in _ROWS.items() if word in name.split("-")), "handed")
    values = {"account": account, "instance": 8, "version": 1, "number": rows[of].pk}
    return re.sub(r"<\w+:(\w+)>", lambda match: str(values[match[1]]), routes()[name])


def request_of(name: str, method: str, account: int) -> tuple[str, Any]:
    query, body = copy.deepcopy(REQUESTS[name, method])
    if isinstance(body, dict) and name != "accounts":
        body |= {"account": account} if "account" in body else {}
        body |= {"key": f"CALLED{account}"} if body.get("key") == "planted" else {}
    return query.replace("account=1", f"account={account}"), body


def _send(client: Client, name: str, method: str, account: int, world: World) -> Any:
    query, body = request_of(name, method, account)
    path = path_of(name, account, world[account]) + query
    return Api(client=client).get(path) if method == "GET" else Api(client=client).post(path, body)


def _may(staff: Staff, what: tuple[str, str], account: int) -> bool:
    rank = staff.rank_everywhere if what in EVERYWHERE else staff.rank(account)
    if what == ("accounts", "GET"):
        rank = staff.rank(None)
    return rank >= RANKS.index(NEEDED[what])


def state_of_world() -> tuple[Any, ...]:
    people = records_at(current.EVENT_STORE)
    planted = [people.find(f"{number}/8", ("td_client_id", VISITOR)) is not None for number in (1, 2)]
    people.close()
    return (*changed_rows(), *planted)


def _cells(staff: Staff, *, allowed: bool) -> Iterator[tuple[str, str, int]]:
    for name, method in NEEDED:
        for account in (1, 2):
            if _may(staff, (name, method), account) is allowed:
                yield name, method, account


def test_routes__each_is_named_here() -> None:
    assert set(NEEDED) == set(REQUESTS)


@pytest.mark.parametrize("staff", STAFF, ids=str)
def test_role_route_account__too_little__403_or_404_and_nothing_changes(world: World, staff: Staff) -> None:
    client, before = staff.signed_in(), state_of_world()
    for name, method, account in _cells(staff, allowed=False):
        response = _send(client, name, method, account, world)
        assert response.status_code in (403, 404), (name, method, account, response.content)
        assert_error(response, response.status_code)
        assert b"CALLED" not in response.content
    assert (state_of_world()[-2:], state_of_world()[: len(before) - 2]) == (before[-2:], before[:-2])


@pytest.mark.parametrize("staff", STAFF, ids=str)
def test_role_route_account__enough__is_answered_about_that_account(world: World, staff: Staff) -> None:
    client = staff.signed_in()
    for name, method, account in _cells(staff, allowed=True):
        with transaction.atomic():  # taken back, so that none stands in another's way
            response = _send(client, name, method, account, world)
            transaction.set_rollback(True)
        expected = {NEED_FIRST[name]} if name in NEED_FIRST else {200, 201}
        assert response.status_code in expected, (name, method, account, response.content)
        hidden = [other for other in (1, 2) if not staff.rank(other)]
        assert not [other for other in hidden if f"CALLED{other}".encode() in response.content], (name, method)
