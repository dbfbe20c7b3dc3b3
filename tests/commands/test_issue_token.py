"""issue_token."""

from __future__ import annotations

import re

import pytest

from routing.models import Instance, LiveSummary
from tests.commands.conftest import Run
from tokens.header import digest
from tokens.models import AccessToken

UUID = "e65d8a9d-f209-4f02-b84c-d660efff6f27"
TOKEN = UUID.replace("-", "")


def test_issue_token__generated__the_header_alone_on_stdout(run: Run, instance: Instance) -> None:
    ran = run("issue_token", "1/8", "--name", "web")
    match = re.fullmatch(r"1/8/([0-9a-f]{32})\n", ran.stdout)
    assert match
    row = AccessToken.objects.get()
    assert (row.digest, row.imported, row.type) == (digest(match[1]), False, "private")
    assert match[1] not in ran.stderr
    assert "not accepted yet: the instance has no live version; list it under `tokens` as web and push" in ran.stderr


@pytest.mark.parametrize("written", [UUID, TOKEN, UUID.upper()])
def test_issue_token__the_customers_own__registered(run: Run, instance: Instance, written: str) -> None:
    ran = run("issue_token", "1/8", "--name", "web", "--token", written)
    assert ran.stdout == f"1/8/{TOKEN}\n"
    assert AccessToken.objects.get().imported


def test_issue_token__from_standard_input__stays_out_of_the_arguments(run: Run, instance: Instance) -> None:
    assert run("issue_token", "1/8", "--name", "web", "--token", "-", stdin=UUID.encode() + b"\n").stdout == (
        f"1/8/{TOKEN}\n"
    )


def test_issue_token__a_digest__nothing_secret_to_print(run: Run, instance: Instance) -> None:
    ran = run("issue_token", "1/8", "--name", "web", "--token", f"sha256:{digest(TOKEN)}")
    assert (ran.stdout, ran.failure) == ("", None)
    assert "only its digest is known here" in ran.stderr
    assert AccessToken.objects.get().digest == digest(TOKEN)


def test_issue_token__public_with_limits__kept(run: Run, instance: Instance) -> None:
    limits = ["--allowed-origin", "https://Shop.example", "--allowed-origin", "https://b.example:443"]
    run("issue_token", "1/8", "--name", "web", "--type", "public", *limits, "--expires-at", "2099-01-01T00:00+02:00")
    row = AccessToken.objects.get()
    assert row.allowed_origins == ["https://shop.example", "https://b.example"]
    assert row.expires_at is not None
    assert row.expires_at.isoformat() == "2098-12-31T22:00:00+00:00"


def test_issue_token__listed_already__said_to_be_accepted(run: Run, instance: Instance) -> None:
    LiveSummary.objects.create(instance=instance, version=4, token_names=["web"])
    assert "the endpoint accepts it" in run("issue_token", "1/8", "--name", "web").stderr
    assert "not accepted yet: not listed in live version 4" in run("issue_token", "1/8", "--name", "app").stderr


def test_issue_token__not_a_version_4_uuid__warned(run: Run, instance: Instance) -> None:
    ran = run("issue_token", "1/8", "--name", "web", "--token", "0" * 32)
    assert ran.stdout == f"1/8/{'0' * 32}\n"
    assert "warning: this token is not a version 4 UUID" in ran.stderr


@pytest.mark.parametrize(
    ("arguments", "failure"),
    [
        (["1/9", "--name", "web"], "there is no instance 1/9"),
        (["eight", "--name", "web"], "“eight” is not an instance"),
        (["1/8", "--name", ""], "a name of 1 to 256 printable characters"),
        (["1/8", "--name", "web", "--token", TOKEN[:-1]], "a token is 32 hexadecimal digits"),
        (["1/8", "--name", "web", "--allowed-ip", "10.0.0"], "“10.0.0” is not an address"),
        (["1/8", "--name", "web", "--allowed-origin", "https://a.example"], "only a public token has allowed origins"),
        (["1/8", "--name", "web", "--expires-at", "2001-01-01T00:00Z"], "this time is past"),
        (["1/8", "--name", "web", "--expires-at", "2099-01-01"], "an ISO 8601 time with its zone is expected"),
        (["1/8", "--name", "web", "--type", "secret"], "invalid choice"),
    ],
)
def test_issue_token__bad_input__said_without_the_token(
    run: Run, instance: Instance, arguments: list[str], failure: str
) -> None:
    ran = run("issue_token", *arguments)
    assert ran.failure is not None
    assert failure in ran.failure
    assert TOKEN[:-1] not in ran.failure + ran.stdout + ran.stderr
    assert not AccessToken.objects.exists()


@pytest.mark.parametrize(
    ("name", "token", "failure"),
    [
        ("web", "", "a token named “web” exists in instance 1/8; choose another name"),
        ("app", TOKEN, "this secret cannot be registered: it is in use already; generate a new one"),
    ],
)
def test_issue_token__name_or_token_taken__refused(
    run: Run, instance: Instance, name: str, token: str, failure: str
) -> None:
    run("issue_token", "1/8", "--name", "web", "--token", TOKEN)
    ran = run("issue_token", "1/8", "--name", name, "--token", token)
    assert (ran.stdout, ran.failure) == ("", failure)
    assert AccessToken.objects.count() == 1
