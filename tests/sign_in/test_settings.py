from __future__ import annotations

from typing import Any

import pytest
from django.core.checks import CheckMessage, run_checks

from sign_in.provider_roles import Rule, read_rules, roles_by, values_of

PROVIDER = {
    "OIDC_ISSUER": "https://login.example.com",
    "OIDC_RP_CLIENT_ID": "p13nadmin",
    "OIDC_RP_CLIENT_SECRET": "hunter2",
    "OIDC_OP_AUTHORIZATION_ENDPOINT": "https://login.example.com/authorize",
    "OIDC_OP_TOKEN_ENDPOINT": "https://login.example.com/token",
    "OIDC_OP_JWKS_ENDPOINT": "https://login.example.com/jwks",
    "OIDC_ROLES": "admins=administrator;shop=editor@1",
}


def _messages() -> list[CheckMessage]:
    return [message for message in run_checks(tags=["settings"]) if message.id in ("p13nadmin.E020", "p13nadmin.E021")]


@pytest.mark.parametrize(
    ("name", "value"),
    [("SESSION_HOURS", 0), ("SESSION_IDLE_MINUTES", -1), ("SIGN_IN_FAILURES", 0), ("SIGN_IN_LOCKOUT_MINUTES", 10**9)],
)
def test_checks__number_out_of_range__is_named(settings: Any, name: str, value: int) -> None:
    setattr(settings, name, value)
    (message,) = _messages()
    assert message.id == "p13nadmin.E020"
    assert name in message.msg


def test_checks__single_sign_on_as_shown__clean(settings: Any) -> None:
    for name, value in PROVIDER.items():
        setattr(settings, name, value)
    assert _messages() == []


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("OIDC_RP_CLIENT_ID", "", "OIDC_CLIENT_ID is not"),
        ("OIDC_RP_CLIENT_SECRET", "", "OIDC_CLIENT_SECRET is not"),
        ("OIDC_OP_TOKEN_ENDPOINT", "", "OIDC_TOKEN_URL is not"),
        ("OIDC_OP_TOKEN_ENDPOINT", "http://login.example.com/token", "OIDC_TOKEN_URL is no HTTPS address"),
        ("OIDC_OP_USER_ENDPOINT", "ftp://login.example.com", "OIDC_USERINFO_URL is no HTTPS address"),
        ("OIDC_OP_JWKS_ENDPOINT", "https://[x", "OIDC_JWKS_URL is no HTTPS address"),
        ("OIDC_ROLES", "", "OIDC_ROLES is not"),
        ("OIDC_ROLES", "admins=chief", "OIDC_ROLES: write value=role"),
        ("OIDC_ROLES", "admins", "OIDC_ROLES: write value=role"),
        ("OIDC_ROLES", "shop=editor@x", "OIDC_ROLES: write value=role"),
    ],
)
def test_checks__single_sign_on_with_a_slip__is_named(settings: Any, name: str, value: str, says: str) -> None:
    for each, right in PROVIDER.items():
        setattr(settings, each, right)
    setattr(settings, name, value)
    (message,) = _messages()
    assert says in message.msg
    assert "hunter2" not in f"{message.msg}{message.hint}"


def test_rules__with_equals_signs_and_commas_in_a_value__are_read() -> None:
    assert read_rules(" cn=staff,dc=example=viewer ; a=editor@12;") == (
        Rule("cn=staff,dc=example", "viewer", None),
        Rule("a", "editor", 12),
    )


@pytest.mark.parametrize(
    ("values", "roles"),
    [
        (set(), {}),
        ({"a"}, {None: "viewer"}),
        ({"a", "b"}, {None: "administrator"}),
        ({"a", "c"}, {None: "viewer", 1: "publisher"}),
        ({"A"}, {}),
    ],
)
def test_roles__by_rules__are_the_highest_in_each_place(values: set[str], roles: dict[int | None, str]) -> None:
    rules = read_rules("a=viewer;b=administrator;b=editor;c=editor@1;c=publisher@1;c=viewer@1")
    assert roles_by(rules, frozenset(values)) == roles


@pytest.mark.parametrize(
    ("claims", "name", "values"),
    [
        ({"groups": ["a", "b"]}, "groups", {"a", "b"}),
        ({"groups": "a"}, "groups", {"a"}),
        ({"https://example.com/groups": ["a"]}, "https://example.com/groups", {"a"}),
        ({"realm": {"roles": ["a"]}}, "realm.roles", {"a"}),
        ({"realm": "x"}, "realm.roles", set()),
        ({}, "groups", set()),
        ({"groups": None}, "groups", set()),
        ({"groups": [["a"], 1, "b"]}, "groups", {"b"}),
    ],
)
def test_claim__in_any_form__gives_its_texts(claims: dict[str, Any], name: str, values: set[str]) -> None:
    assert values_of(claims, name) == values
