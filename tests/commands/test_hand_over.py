"""One-time links that issue_token and issue_key print."""

from __future__ import annotations

from hashlib import sha256

import pytest
from pytest_django.fixtures import Settings

from routing.models import Account, Instance
from tests.commands.conftest import Run
from tests.tokens.links import PATH, Customer, part_of, shown_secret
from tokens.models import AccessToken, ApiKey, HandOver

TOKEN = "e65d8a9df2094f02b84cd660efff6f27"
CONSOLE = "https://console.example.com"


def test_issue_token__hand_over__the_link_alone_on_stdout(run: Run, instance: Instance) -> None:
    ran = run("issue_token", "1/8", "--name", "web", "--hand-over", "24h", "--console", f"{CONSOLE}/")
    assert ran.failure is None
    (url,) = ran.lines
    assert url.startswith(f"{CONSOLE}{PATH}#")
    assert "the link shows it once, until " in ran.stderr
    assert "only its digest" not in ran.stderr
    secret = shown_secret(Customer().press(part_of(url)))
    assert sha256(secret.encode()).hexdigest() == AccessToken.objects.get().digest
    assert secret not in ran.stdout + ran.stderr
    assert part_of(url) not in ran.stderr


def test_issue_key__hand_over__the_link_alone_on_stdout(run: Run, account: Account) -> None:
    ran = run("issue_key", "1", "--scope", "ingest", "--hand-over", "7d", "--console", CONSOLE)
    (url,) = ran.lines
    secret = shown_secret(Customer().press(part_of(url)))
    assert sha256(secret.encode()).hexdigest() == ApiKey.objects.get().digest
    assert HandOver.objects.get().created_by == "command"


@pytest.mark.parametrize(
    ("debug", "hosts", "console"),
    [
        (True, ["localhost"], "http://127.0.0.1:8123"),
        (False, ["console.example.com", "other.example.com"], CONSOLE),
        (False, [".example.com"], "https://example.com"),
    ],
)
def test_link__no_console_named__leads_to_its_own(
    run: Run, instance: Instance, settings: Settings, debug: bool, hosts: list[str], console: str
) -> None:
    settings.DEBUG, settings.ALLOWED_HOSTS, settings.PORT = debug, hosts, 8123
    assert run("issue_token", "1/8", "--name", "web", "--hand-over", "1h").stdout.startswith(f"{console}{PATH}#")


@pytest.mark.parametrize(
    ("arguments", "failure"),
    [
        (["--hand-over", "9m"], "a link lives from 10m to 7d"),
        (["--hand-over", "8d"], "a link lives from 10m to 7d"),
        (["--hand-over", "soon"], "a duration such as 30m, 12h or 7d is expected"),
        (["--hand-over", "1h", "--token", TOKEN], "the customer has this one already"),
        (["--hand-over", "1h", "--console", "console.example.com"], "a base URL is expected"),
        (["--hand-over", "1h", "--console", "https://[::1"], "a base URL is expected"),
    ],
)
def test_hand_over__cannot_be_done__is_said_and_nothing_issued(
    run: Run, instance: Instance, arguments: list[str], failure: str
) -> None:
    ran = run("issue_token", "1/8", "--name", "web", *arguments)
    assert failure in (ran.failure or "")
    assert ran.stdout == ""
    assert not AccessToken.objects.exists()
    assert not HandOver.objects.exists()
