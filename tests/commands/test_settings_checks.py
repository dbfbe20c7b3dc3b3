"""The settings: what is missing or wrong is named, and production is clean."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.core.checks import CheckMessage, run_checks
from pytest_django.fixtures import Settings

from tests.commands.processes import ROOT, environment, manage

REQUIRED = {
    "SECRET_KEY": "k3y-" + "0123456789abcdefghijklmnopqrstuvwxyz" * 2,
    "ALLOWED_HOSTS": "console.example.com",
    "DATABASE_URL": "sqlite:////nonexistent/control.sqlite3",
    "EVENT_STORE": "sqlite:////nonexistent/events.sqlite3",
}


def ours(*, deploy: bool = False) -> list[CheckMessage]:
    found = run_checks(tags=["settings", "security"], include_deployment_checks=deploy)
    return [message for message in found if str(message.id).startswith("p13nadmin.")]


def test_checks__the_tests_own_settings__clean() -> None:
    assert ours(deploy=True) == []


@pytest.mark.parametrize(
    ("name", "value", "id"),
    [
        ("EVENT_STORE", "mysql://user:hunter2@db/x", "p13nadmin.E001"),
        ("EVENT_STORE", "sqlite://", "p13nadmin.E001"),
        ("EVENT_STORE", "postgres://anna:hunter2@db", "p13nadmin.E001"),
        ("EVENT_STORE", "postgres://anna:hunter2@db:port/x", "p13nadmin.E001"),
        ("EVENT_STORE", "postgres://anna:hunter2@db/x?hunter2=1", "p13nadmin.E001"),
        ("EVENT_STORE", "", "p13nadmin.E001"),
        ("EVENT_STORE", "redis://127.0.0.1:6379", "p13nadmin.W001"),
        ("EVENT_WAREHOUSE", "mysql://user:hunter2@db/x", "p13nadmin.E007"),
        ("EVENT_WAREHOUSE", "redis://:hunter2@127.0.0.1:6379", "p13nadmin.E007"),
        ("TRUSTED_PROXIES", ["10.0.0.1", "proxy.example"], "p13nadmin.E003"),
        ("METRICS_ADDRESSES", ["monitor.example"], "p13nadmin.E003"),
        ("ENDPOINT_URLS", {"local": "https://a.example", "eu01": "ftp://b.example"}, "p13nadmin.E004"),
        ("ENDPOINT_URLS", {"local": "a.example"}, "p13nadmin.E004"),
        ("ENDPOINT_URLS", {"local": "https://[::1"}, "p13nadmin.E004"),
        ("ENDPOINT_URLS", {"eu01": "https://b.example"}, "p13nadmin.E004"),
        ("PORT", 0, "p13nadmin.E005"),
        ("PORT", 65_536, "p13nadmin.E005"),
        ("MAX_CONNECTIONS", 0, "p13nadmin.E005"),
        ("COMMIT_QUEUE_LIMIT", 0, "p13nadmin.E005"),
        ("BODY_DEADLINE", 0.0, "p13nadmin.E005"),
        ("BODY_DEADLINE", float("nan"), "p13nadmin.E005"),
        ("SNAPSHOT_MAX_AGE", 0, "p13nadmin.E005"),
        ("EVENT_RETENTION_DAYS", -1, "p13nadmin.E005"),
        ("PROFILE_EXPIRY_DAYS", 36_501, "p13nadmin.E005"),
        ("ALLOWED_HOSTS", ["*"], "p13nadmin.E006"),
    ],
)
def test_checks__bad_value__one_error_that_quotes_no_url(settings: Settings, name: str, value: Any, id: str) -> None:
    setattr(settings, name, value)
    (message,) = ours(deploy=True)
    assert message.id == id
    assert name in message.msg
    assert message.hint
    assert "hunter2" not in f"{message.msg}{message.hint}"


@pytest.mark.parametrize(("events", "refused"), [("x/../control.sqlite3", True), ("events.sqlite3", False)])
def test_checks__events_in_the_control_database__refused(tmp_path: Path, events: str, refused: bool) -> None:
    env = environment(
        DEBUG="true",
        DATA_DIR=str(tmp_path),
        DATABASE_URL=f"sqlite:///{tmp_path}/control.sqlite3",
        EVENT_STORE=f"sqlite:///{tmp_path}/{events}",
    )
    ran = manage("check", env=env)
    assert ran.returncode == int(refused)
    assert (b"EVENT_STORE and DATABASE_URL name the same file." in ran.stderr) == refused


def test_checks__trusted_networks_and_addresses__accepted(settings: Settings) -> None:
    settings.TRUSTED_PROXIES = ["10.0.0.1", "10.0.0.0/8", "fd00::/8"]
    assert ours() == []


def test_checks__redis_with_a_warehouse__clean(settings: Settings, tmp_path: Path) -> None:
    settings.EVENT_STORE = "redis://127.0.0.1:6379"
    settings.EVENT_WAREHOUSE = f"sqlite:///{tmp_path}/warehouse.sqlite3"
    assert ours(deploy=True) == []


@pytest.mark.parametrize("name", sorted(REQUIRED))
def test_production__a_setting_is_missing__named_without_a_traceback(name: str) -> None:
    ran = manage("check", env=environment(**{key: value for key, value in REQUIRED.items() if key != name}))
    assert ran.returncode == 1
    assert f"Set the environment variable {name}".encode() in ran.stderr
    assert b"Traceback" not in ran.stderr


def test_production__all_set__deployment_checks_are_clean() -> None:
    ran = manage("check", "--deploy", "--fail-level", "WARNING", env=environment(**REQUIRED))
    assert (ran.returncode, ran.stderr) == (0, b"")


def test_env_example__and_settings__name_the_same_variables() -> None:
    source = (ROOT / "p13nadmin" / "settings.py").read_text("utf-8")
    read = set(re.findall(r'(?:env\.\w+|_required)\(\s*"([A-Z_]+)"', source))
    listed = re.findall(r"(?m)^#?([A-Z_]+)=", (ROOT / ".env.example").read_text("utf-8"))
    assert len(listed) == len(set(listed))
    assert set(listed) == read


def test_env_example__each_variable__is_explained() -> None:
    blocks = (ROOT / ".env.example").read_text("utf-8").split("\n\n")
    for block in blocks:
        if re.search(r"(?m)^#?[A-Z_]+=", block):
            assert block.startswith("# "), block


@pytest.mark.parametrize(
    ("name", "value", "kind"),
    [
        ("PORT", "x", "a whole number"),
        ("PORT", "80.5", "a whole number"),
        ("COMMIT_QUEUE_LIMIT", "many", "a whole number"),
        ("BODY_DEADLINE", "soon", "a number"),
        ("ENDPOINT_URLS", "local", "of the form that .env.example shows"),
    ],
)
def test_settings__of_another_form__are_named_without_a_traceback(
    tmp_path: Path, name: str, value: str, kind: str
) -> None:
    ran = manage("check", env=environment(DEBUG="true", DATA_DIR=str(tmp_path), **{name: value}))
    assert ran.returncode == 1
    assert ran.stderr.decode().splitlines()[-1].endswith(f"The environment variable {name} must be {kind}.")
    assert b"Traceback" not in ran.stderr
