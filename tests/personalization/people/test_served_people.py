"""Events over HTTP into a running endpoint, and commands as processes of their own beside it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread

import pytest

from tests.commands.processes import manage
from tests.personalization.server_process import Home, ServerProcess

SECRET = "the-one-who-asked"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ServerProcess]:
    """The endpoint, serving the seeded customer 1/8."""
    with ServerProcess(Home(tmp_path, *Home(tmp_path).seed("make"))) as server:
        yield server


def command(server: ServerProcess, *words: str, stdin: str = "") -> str:
    """What a command prints."""
    ran = manage(*words, env=server.home.environment(), stdin=stdin.encode())
    assert ran.returncode == 0, ran.stderr.decode()
    return ran.stdout.decode()


def files(server: ServerProcess) -> bytes:
    """The bytes of the event store."""
    return b"".join(path.read_bytes() for path in server.home.directory.glob("events.sqlite3*"))


def visits(server: ServerProcess, visitor: str) -> int:
    """How many page views the endpoint counts for a visitor, this one among them."""
    return int(server.post({"td_client_id": visitor}).json()["offers"]["hello"]["attributes"]["views"])


def test_erase__while_the_endpoint_serves__nothing_stays_in_the_files(server: ServerProcess) -> None:
    assert [visits(server, SECRET) for _ in range(3)] == [1, 2, 3]
    assert visits(server, "other") == 1
    assert SECRET.encode() in files(server)

    exported = json.loads(command(server, "export_profile", "1/8", "td_client_id", "-", stdin=SECRET))
    erased = command(server, "erase_profile", "1/8", "td_client_id", "-", stdin=SECRET)

    assert (len(exported["events"]), exported["profile"]["attributes"]) == (3, {"views": 3})
    assert erased == "profiles 1, events 3, merges 0, activations 0\n"
    assert SECRET.encode() not in files(server)
    assert (visits(server, SECRET), visits(server, "other")) == (1, 2)


def test_erase__under_events_of_the_same_visitor__none_fails_and_none_is_left_over(server: ServerProcess) -> None:
    stop, counted = Event(), []

    def keep_visiting() -> None:
        while not stop.is_set():
            counted.append(visits(server, SECRET))

    visitor = Thread(target=keep_visiting)
    visitor.start()
    try:
        erased = command(server, "erase_profile", "1/8", "td_client_id", SECRET)
    finally:
        stop.set()
        visitor.join()

    restarts = counted.count(1)
    assert erased.startswith("profiles ")
    assert counted == [n for part in _parts(counted) for n in range(1, part + 1)]
    assert restarts <= 2
    exported = json.loads(command(server, "export_profile", "1/8", "td_client_id", SECRET))
    assert len(exported["events"]) == counted[-1]


def _parts(counted: list[int]) -> list[int]:
    """The last number of each run that counts from 1."""
    return [n for n, following in zip(counted, [*counted[1:], 1], strict=True) if following == 1]


def test_import__while_the_endpoint_serves__its_visitors_are_found(server: ServerProcess) -> None:
    rows = "td_client_id,views\n" + "".join(f"v{number},{number}\n" for number in range(1, 1001))
    printed = command(server, "import_profiles", "-", "--format", "csv", "--instance", "1/8", stdin=rows)
    assert printed == "created 1000, changed 0, unchanged 0, refused 0\n"
    assert [visits(server, f"v{number}") for number in (1, 500, 1000)] == [2, 501, 1001]
    again = command(server, "import_profiles", "-", "--format", "csv", "--instance", "1/8", stdin=rows)
    assert again == "created 0, changed 0, unchanged 1000, refused 0\n"
    assert visits(server, "v500") == 502
