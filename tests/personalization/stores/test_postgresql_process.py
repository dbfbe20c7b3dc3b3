"""Processes of the endpoint on PostgreSQL: killed under load, refused where commits are not safe."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.personalization.server_process import ROOT, Home, ServerProcess
from tests.personalization.stores.arrivals import views
from tests.personalization.stores.places import Place
from tests.personalization.test_durability import LEAST_RATE, Load

pytestmark = [pytest.mark.postgresql, pytest.mark.load]

KILLS = int(os.environ.get("P13N_KILLS", "10")) // 3
RUNS = 4 * KILLS  # those below the least rate do not count


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path, *Home(tmp_path).seed("make"))


def assert_counted_once(place: Place) -> set[int]:
    """Every logged event counts in its profile, once; returns their numbers."""
    numbers = [int.from_bytes(uuid) for (uuid,) in place.rows("SELECT uuid FROM events")]
    assert len(numbers) == len(set(numbers))
    logged = Counter(person for (person,) in place.rows("SELECT body::json ->> 'td_client_id' FROM events"))
    assert {person: views(profile) for person, profile in place.profiles().items()} == logged
    return set(numbers)


def test_kill__under_load__every_acknowledged_event_is_stored_and_counted_once(home: Home, postgresql: Place) -> None:
    load, counted = Load(home), 0
    for _ in range(RUNS):
        with ServerProcess(home, EVENT_STORE=postgresql.url) as server:
            counted += asyncio.run(load.run(server)) >= LEAST_RATE
        assert load.acknowledged <= assert_counted_once(postgresql)
        if counted == KILLS:
            break
    assert counted == KILLS
    with ServerProcess(home, EVENT_STORE=postgresql.url) as server:
        asyncio.run(load.finish(server))
        server.stop()
    assert assert_counted_once(postgresql) == load.acknowledged


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
