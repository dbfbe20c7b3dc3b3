"""Scope by role by route by account: what an API key that provisions may do, for every route there is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, NamedTuple

import pytest
from django.db import transaction
from django.utils import timezone

from routing.models import Account, HistoryEntry
from tests.http import Api, assert_error
from tests.security.role_world import RANKS, World
from tests.security.test_api_matrix import NEED_FIRST, OPERATORS_ONLY, PEOPLE
from tests.security.test_role_api_matrix import NEEDED, path_of, request_of, state_of_world
from tests.world import ACTOR
from tokens.models import ApiKey
from tokens.services import issue_key

pytestmark = pytest.mark.django_db
ROLES = ("", *RANKS[1:5])


class Kind(NamedTuple):
    """What key: its scope, its role, and whose it is."""

    scope: str
    role: str = ""
    account: int = 1

    def __str__(self) -> str:
        return f"{self.scope} {self.role or 'without role'} of {self.account}"

    def may(self, what: tuple[str, str], account: int) -> bool:
        """Whether it may do that in that account."""
        if self.scope == "provision" and (what in OPERATORS_ONLY or (account != self.account and not _is_any(what))):
            return False
        if not self.role:
            return what not in PEOPLE
        return RANKS.index(self.role) >= RANKS.index(NEEDED[what])

    def key(self) -> str:
        """A header value with such a key."""
        return _key(self.scope, self.role, account=self.account)


def _key(scope: str, role: str, *, account: int = 1, name: str = "caller") -> str:
    expires_at = timezone.now() + timedelta(days=1) if scope == "operator" else None
    owner = Account.objects.get(number=account)
    return issue_key(account=owner, name=name, scope=scope, role=role, actor=ACTOR, expires_at=expires_at).header


def _is_any(what: tuple[str, str]) -> bool:
    """Whether it is about no account in particular."""
    return what == ("accounts", "GET")


KINDS = (
    *(Kind("provision", role) for role in ROLES),
    *(Kind("operator", role) for role in ROLES),
    Kind("provision", "administrator", 2),
)


def _cells(kind: Kind, *, allowed: bool) -> Iterator[tuple[str, str, int]]:
    for name, method in NEEDED:
        for account in (1, 2):
            if kind.may((name, method), account) is allowed:
                yield name, method, account


def _send(api: Api, name: str, method: str, account: int, world: World) -> Any:
    query, body = request_of(name, method, account)
    path = path_of(name, account, world[account]) + query
    return api.get(path) if method == "GET" else api.post(path, body)


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_key__that_may_not__403_or_404_and_nothing_changes(world: World, kind: Kind) -> None:
    api = Api(kind.key())
    before, history = state_of_world(), HistoryEntry.objects.count()
    for name, method, account in _cells(kind, allowed=False):
        response = _send(api, name, method, account, world)
        assert response.status_code in (403, 404), (name, method, account, response.content)
        assert_error(response, response.status_code)
        assert b"CALLED" not in response.content
    assert state_of_world() == before
    assert HistoryEntry.objects.count() == history


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_key__that_may__is_answered_about_that_account(world: World, kind: Kind) -> None:
    api = Api(kind.key())
    for name, method, account in _cells(kind, allowed=True):
        with transaction.atomic():  # taken back, so that none stands in another's way
            response = _send(api, name, method, account, world)
            transaction.set_rollback(True)
        expected = {NEED_FIRST[name]} if name in NEED_FIRST else {200, 201}
        assert response.status_code in expected, (name, method, account, response.content)
        hidden = b"" if kind.scope == "operator" else f"CALLED{3 - kind.account}".encode()
        assert not hidden or hidden not in response.content, (name, method)


# By who makes it, the keys that may be made: each scope with its roles.
MAKES: dict[tuple[str, str], dict[str, set[str]]] = {
    ("provision", "viewer"): {},
    ("provision", "editor"): {"ingest": {""}},
    ("provision", "publisher"): {"ingest": {""}},
    ("provision", "administrator"): {"ingest": {""}, "provision": set(ROLES)},
    ("provision", ""): {"ingest": {""}, "provision": set(ROLES[:4])},
    ("operator", "viewer"): {},
    ("operator", "editor"): {"ingest": {""}},
    ("operator", "publisher"): {"ingest": {""}},
    ("operator", "administrator"): {"ingest": {""}, "provision": set(ROLES), "operator": set(ROLES)},
    ("operator", ""): {"ingest": {""}, "provision": set(ROLES[:4]), "operator": set(ROLES[:4])},
}
MADE = [("ingest", ""), *((scope, role) for scope in ("provision", "operator") for role in ROLES)]


@pytest.mark.parametrize("maker", MAKES, ids=" ".join)
def test_key__is_made_rotated_and_revoked_by_who_may_as_much(world: World, maker: tuple[str, str]) -> None:
    api = Api(_key(*maker))
    for number, (scope, role) in enumerate(MADE):
        _key(scope, role, name=f"there {number}")
        there = ApiKey.objects.get(name=f"there {number}")
        body = {"account": 1, "name": f"made {number}", "scope": scope, **({"role": role} if role else {})}
        body |= {"expires_at": "2099-01-01T00:00:00Z", "allowed_ips": ["127.0.0.1"]} if scope == "operator" else {}
        answers = (
            api.post("/keys", body),
            api.post(f"/keys/{there.pk}/rotate", {"overlap": "1d"}),
            api.post(f"/keys/{there.pk}/revoke"),
        )
        expected = (201, 201, 200) if role in MAKES[maker].get(scope, ()) else (403, 403, 403)
        assert tuple(answer.status_code for answer in answers) == expected, (scope, role)
        if expected[0] == 201:
            assert [answer.json()["role"] for answer in answers] == [role, role, role]
            assert [answer.json()["scope"] for answer in answers] == [scope, scope, scope]
        else:
            assert ApiKey.objects.get(pk=there.pk).revoked_at is None
            assert not ApiKey.objects.filter(name=f"made {number}").exists()


@pytest.mark.parametrize("scope", ["ingest", "ingest_public"])
def test_key_that_sends_events__with_a_role__refused(world: World, scope: str) -> None:
    api = Api(_key("provision", "administrator"))
    body = {"name": "x", "scope": scope, "role": "viewer"}
    assert_error(api.post("/keys", body), 422, says="only a key with the scope provision or operator has a role")
    for role in ("", "owner", None, 1):
        assert_error(api.post("/keys", {"name": "x", "scope": "provision", "role": role}), 422)


def test_refusal__says_which_role_may(world: World) -> None:
    api = Api(_key("provision", "viewer"))
    place = {"account": 1, "instance": 8}
    for path, body, says in (
        ("/tokens", {**place, "name": "x"}, "use one with the role `editor`"),
        ("/provision/1/8/push", {}, "use one with the role `publisher`"),
        ("/profiles/export", {**place, "key": "k", "value": "v"}, "use one with the role `administrator`"),
        ("/instances", {"account": 1, "instance": 9, "name": "x"}, "use a key with the scope `operator`"),
    ):
        assert_error(api.post(path, body), 403, says=says)
