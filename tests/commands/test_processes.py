"""Commands as processes: exit statuses, streams, and words instead of tracebacks."""

from __future__ import annotations

import re
import stat
from pathlib import Path

import pytest

from tests.commands.processes import environment, manage

TOKEN = "e65d8a9df2094f02b84cd660efff6f27"


@pytest.fixture(scope="module")
def env(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    found = environment(DEBUG="true", DATA_DIR=str(tmp_path_factory.mktemp("data")))
    assert manage("migrate", "--verbosity", "0", env=found).returncode == 0
    assert manage("add_instance", "1/8", env=found).stdout == b"1/8\n"
    return found


def test_secrets__printed__on_standard_output_alone(env: dict[str, str]) -> None:
    for arguments, form in (
        (["issue_token", "1/8", "--name", "web"], rb"1/8/[0-9a-f]{32}\n"),
        (["issue_key", "1", "--scope", "ingest"], rb"TD1 1/[0-9a-f]{40}\n"),
    ):
        ran = manage(*arguments, env=env)
        assert ran.returncode == 0
        assert re.fullmatch(form, ran.stdout)
        assert ran.stdout.strip().rpartition(b"/")[2] not in ran.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["add_instance", "8"],
        ["issue_token", "1/9", "--name", "web"],
        ["issue_token", "1/8", "--name", "x", "--token", TOKEN[1:]],
        ["issue_key", "2", "--scope", "ingest"],
        ["import_destinations", "/nowhere.csv"],
        ["import_destinations", "-"],
        ["import_tokens", "-", "--format", "json"],
        ["import_configurations", "/nowhere.yaml", "--instance", "1/8"],
        ["push_configuration", "1/8"],
        ["rollback_configuration", "1/8"],
        ["validate_configuration", "/nowhere.yaml"],
    ],
    ids=" ".join,
)
def test_failure__any_command__exit_status_1_and_words(env: dict[str, str], arguments: list[str]) -> None:
    ran = manage(*arguments, env=env, stdin=b"\xff\0")
    assert ran.returncode == 1
    assert ran.stderr.strip()
    assert b"Traceback" not in ran.stdout + ran.stderr
    assert TOKEN[1:].encode() not in ran.stdout + ran.stderr


def test_failure__database_not_migrated__words(tmp_path: Path) -> None:
    ran = manage("add_instance", "1/8", env=environment(DEBUG="true", DATA_DIR=str(tmp_path)))
    assert ran.returncode == 1
    assert b"the database refused: " in ran.stderr
    assert b"manage.py migrate" in ran.stderr
    assert b"Traceback" not in ran.stderr


def test_failure__database_away__words_without_the_password(tmp_path: Path) -> None:
    url = "postgres://someone:hunter2@127.0.0.1:1/none"
    ran = manage("add_instance", "1/8", env=environment(DEBUG="true", DATA_DIR=str(tmp_path), DATABASE_URL=url))
    assert ran.returncode == 1
    assert b"the database refused: " in ran.stderr
    assert b"Traceback" not in ran.stderr
    assert b"hunter2" not in ran.stderr


def test_debug_secret_key__made_by_a_first_command__only_its_owners(tmp_path: Path) -> None:
    manage("check", env=environment(DEBUG="true", DATA_DIR=str(tmp_path)))
    assert stat.S_IMODE((tmp_path / "debug-secret-key").stat().st_mode) == 0o600
