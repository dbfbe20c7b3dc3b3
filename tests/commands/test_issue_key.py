"""issue_key."""

from __future__ import annotations

import re

import pytest
from pytest_django.fixtures import Settings

from routing.models import Account
from tests.commands.conftest import Run
from tokens.header import digest
from tokens.models import ApiKey

KEY = "0123456789abcdef0123456789abcdef01234567"


@pytest.mark.parametrize("scope", ["ingest", "ingest_public", "provision"])
def test_issue_key__generated__the_header_alone_on_stdout(run: Run, account: Account, scope: str) -> None:
    ran = run("issue_key", "1", "--scope", scope)
    match = re.fullmatch(r"TD1 1/([0-9a-f]{40})\n", ran.stdout)
    assert match
    row = ApiKey.objects.get()
    assert (row.digest, row.scope, row.name) == (digest(match[1]), scope, scope)
    assert match[1] not in ran.stderr


def test_issue_key__no_name__the_first_free_one(run: Run, account: Account) -> None:
    for _ in range(3):
        assert run("issue_key", "1", "--scope", "ingest").failure is None
    assert sorted(ApiKey.objects.values_list("name", flat=True)) == ["ingest", "ingest #2", "ingest #3"]


@pytest.mark.parametrize(("given", "stdin"), [(KEY, b""), ("-", KEY.encode() + b"\n")])
def test_issue_key__existing__registered(run: Run, account: Account, given: str, stdin: bytes) -> None:
    ran = run("issue_key", "1", "--scope", "ingest", "--name", "old", "--key", given, stdin=stdin)
    assert ran.stdout == f"TD1 1/{KEY}\n"
    assert ApiKey.objects.get().imported


def test_issue_key__a_digest__nothing_secret_to_print(run: Run, account: Account) -> None:
    ran = run("issue_key", "1", "--scope", "ingest", "--key", f"sha256:{digest(KEY)}")
    assert (ran.stdout, ran.failure) == ("", None)


def test_issue_key__operator__needs_expiry_and_addresses_outside_debug(
    run: Run, account: Account, settings: Settings
) -> None:
    settings.DEBUG = False
    bare = run("issue_key", "1", "--scope", "operator")
    assert bare.failure is not None
    assert "expires_at: " in bare.failure
    assert "allowed_ips: " in bare.failure
    limits = ["--expires-at", "2099-01-01T00:00Z", "--allowed-ip", "10.0.0.0/8"]
    assert run("issue_key", "1", "--scope", "operator", *limits).failure is None
    assert ApiKey.objects.get().allowed_ips == ["10.0.0.0/8"]


@pytest.mark.parametrize(
    ("arguments", "failure"),
    [
        (["2", "--scope", "ingest"], "there is no account 2"),
        (["one", "--scope", "ingest"], "a number from 1 to"),
        (["9" * 5000, "--scope", "ingest"], "a number from 1 to"),
        (["1"], "the following arguments are required: --scope"),
        (["1", "--scope", "root"], "invalid choice"),
        (["1", "--scope", "ingest", "--key", KEY[:10]], "an API key is 20 to 256"),
    ],
)
def test_issue_key__bad_input__said_without_the_key(
    run: Run, account: Account, arguments: list[str], failure: str
) -> None:
    ran = run("issue_key", *arguments)
    assert ran.failure is not None
    assert failure in ran.failure
    assert KEY[:10] not in ran.failure + ran.stderr
    assert not ApiKey.objects.exists()


def test_issue_key__with_a_role__is_limited_to_it(run: Run, account: Account) -> None:
    ran = run("issue_key", "1", "--scope", "provision", "--role", "viewer", "--name", "reports")
    assert ran.failure is None
    assert "may provision, viewer" in ran.stderr
    assert (ApiKey.objects.get().scope, ApiKey.objects.get().role) == ("provision", "viewer")


@pytest.mark.parametrize(
    ("arguments", "failure"),
    [
        (["--scope", "ingest", "--role", "viewer"], "only a key with the scope provision or operator has a role"),
        (["--scope", "provision", "--role", "owner"], "invalid choice"),
    ],
)
def test_issue_key__with_a_role_that_it_cannot_have__refused(
    run: Run, account: Account, arguments: list[str], failure: str
) -> None:
    ran = run("issue_key", "1", *arguments)
    assert failure in (ran.failure or "")
    assert not ApiKey.objects.exists()


def test_issue_key__name_taken__refused(run: Run, account: Account) -> None:
    run("issue_key", "1", "--scope", "ingest", "--name", "ci")
    ran = run("issue_key", "1", "--scope", "ingest", "--name", "ci")
    assert ran.stdout == ""
    assert ran.failure is not None
    assert "a key named “ci” exists in account 1" in ran.failure
