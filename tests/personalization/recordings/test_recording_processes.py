"""A recorded visitor at the endpoint: two processes, and commands and pages beside them."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.commands.processes import manage
from tests.personalization.server_process import Home, ServerProcess

VISITOR = "the-one-who-complains"
_BEGIN = """
from routing.models import Instance
from personalization.recordings import start_recording
made = start_recording(
    instance=Instance.objects.get(), key="td_client_id", value="{value}", note="a complaint", actor="a test"
)
print("made", made.pk)
"""
_END = """
from personalization.models import Recording
from personalization.recordings import stop_recording
stop_recording(recording=Recording.objects.latest("pk"), actor="a test")
"""


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path, *Home(tmp_path).seed("make"))


@pytest.fixture
def servers(home: Home) -> Iterator[list[ServerProcess]]:
    """Two processes of the endpoint of one customer."""
    with ServerProcess(home) as one, ServerProcess(home) as other:
        yield [one, other]


def shell(home: Home, script: str) -> str:
    ran = manage("shell", "-c", script, env=home.environment())
    assert ran.returncode == 0, ran.stderr.decode()
    return ran.stdout.decode()


def rows(home: Home, query: str) -> list[Any]:
    with closing(sqlite3.connect(home.directory / "control.sqlite3", timeout=10)) as db:
        return db.execute(query).fetchall()


def wait_until_served(home: Home) -> None:
    """Until both processes say that they serve what is in the control database now."""
    newest = "(SELECT number FROM routing_controlrevision)"
    behind = f"SELECT count(*) FROM provisioning_endpointprocess WHERE revision < {newest}"
    until = time.monotonic() + 20
    while rows(home, behind) != [(0,)]:
        assert time.monotonic() < until
        time.sleep(0.02)


def recorded(home: Home) -> list[dict[str, Any]]:
    """The explanations, the oldest first."""
    query = "SELECT explanation FROM personalization_recordedevent ORDER BY at, id"
    return [json.loads(text) for (text,) in rows(home, query)]


def wait_for(home: Home, count: int) -> list[dict[str, Any]]:
    until = time.monotonic() + 20
    while len(found := recorded(home)) < count and time.monotonic() < until:
        time.sleep(0.05)
    return found


def views(explanation: dict[str, Any]) -> tuple[str, str]:
    [attribute] = [each for each in explanation["attributes"] if each["name"] == "views"]
    return attribute["before"], attribute["after"]


def test_recording__events_at_two_processes__each_explained_from_the_profile_before_it(
    home: Home, servers: list[ServerProcess]
) -> None:
    assert servers[0].post({"td_client_id": VISITOR}).status == 200
    shell(home, _BEGIN.format(value=VISITOR))
    wait_until_served(home)
    for server in (*servers, *servers):
        assert server.post({"td_client_id": VISITOR}).status == 200
        assert server.post({"td_client_id": "somebody else"}).status == 200

    found = wait_for(home, 4)

    assert sorted(map(views, found)) == [("1", "2"), ("2", "3"), ("3", "4"), ("4", "5")]
    assert all(each["answer"]["offers"] for each in found)
    assert "somebody else" not in json.dumps(found)


def test_recording__that_ended__records_no_more(home: Home, servers: list[ServerProcess]) -> None:
    shell(home, _BEGIN.format(value=VISITOR))
    wait_until_served(home)
    servers[0].post({"td_client_id": VISITOR})
    assert len(wait_for(home, 1)) == 1
    shell(home, _END)
    wait_until_served(home)
    for server in servers:
        assert server.post({"td_client_id": VISITOR}).status == 200
        server.stop()
    assert len(recorded(home)) == 1


def test_recording__the_key_value__is_nowhere_but_in_the_explanations(home: Home, servers: list[ServerProcess]) -> None:
    printed = shell(home, _BEGIN.format(value=VISITOR))
    wait_until_served(home)
    assert VISITOR not in printed
    files = [path for path in home.directory.iterdir() if path.is_file() and not path.name.startswith("events")]
    assert files
    assert not [path for path in files if VISITOR.encode() in path.read_bytes()]


def test_erasure__of_a_recorded_visitor__takes_what_was_recorded(home: Home, servers: list[ServerProcess]) -> None:
    shell(home, _BEGIN.format(value=VISITOR))
    wait_until_served(home)
    servers[0].post({"td_client_id": VISITOR})
    assert len(wait_for(home, 1)) == 1
    ran = manage("erase_profile", "1/8", "td_client_id", VISITOR, env=home.environment(), stdin=b"")
    assert ran.returncode == 0, ran.stderr.decode()
    assert rows(home, "SELECT count(*) FROM personalization_recording") == [(0,)]
    assert recorded(home) == []
