"""Processes of the endpoint on PostgreSQL: killed under load, refused where commits are not safe."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.personalization.server_process import ROOT, Home, ServerProcess
from tests.personalization.stores.killing import counted_once, killed_under_load
from tests.personalization.stores.places import Place
from tests.personalization.test_durability import Note, ready_again_soon

pytestmark = [pytest.mark.postgresql, pytest.mark.load]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path, *Home(tmp_path).seed("make"))


def test_kill__under_load__every_acknowledged_event_is_stored_and_counted_once(
    home: Home, postgresql: Place, record_property: Note
) -> None:
    load = killed_under_load(home, postgresql)
    assert counted_once(postgresql) == load.acknowledged
    ready_again_soon(load, record_property)


def test_start__commits_would_not_wait_for_the_disk__ends_and_says_why(home: Home, postgresql: Place) -> None:
    unsafe = {"EVENT_STORE": f"{postgresql.url}?options=-csynchronous_commit%3Doff"}
    ran = subprocess.run(
        [sys.executable, "manage.py", "serve", "--endpoint-only"],
        cwd=ROOT,
        env=home.environment() | unsafe | {"PORT": str(ServerProcess(home).port)},
        check=False,
        capture_output=True,
        timeout=120,
    )
    assert ran.returncode != 0
    assert b"events would not survive a crash" in ran.stderr
