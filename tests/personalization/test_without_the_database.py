"""Starting while the control database is away: from the copy on disk, for as long as it may be believed."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Never

import pytest
from django.db import OperationalError

from personalization import copy_keeper
from personalization import watcher as module
from personalization.control_reader import ControlReader
from personalization.heartbeat import Heartbeat
from personalization.snapshot_copy import SnapshotCopy
from personalization.usage import Usage
from personalization.watcher import Watcher
from tests.personalization.customer import Customer, a_customer
from tests.personalization.server_process import Home, ServerProcess
from tests.personalization.test_watcher import elsewhere
from tests.world import ACTOR
from tokens.services import revoke

pytestmark = pytest.mark.django_db(transaction=True)
EVENT = {"td_client_id": "202"}


@pytest.fixture
def customer() -> Customer:
    return a_customer()


@pytest.fixture
def copy(tmp_path: Path) -> SnapshotCopy:
    return SnapshotCopy(tmp_path / "snapshot.json", key=b"ours")


@pytest.fixture
def _away(monkeypatch: pytest.MonkeyPatch) -> None:
    take_away(monkeypatch)


def take_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "read_revision", gone)
    monkeypatch.setattr(ControlReader, "read", gone)


def gone(*arguments: object) -> Never:
    raise OperationalError("gone")


def in_process(copy: SnapshotCopy, look: Callable[[Watcher], Awaitable[None]]) -> None:
    """One process from start to end."""

    async def main() -> None:
        watcher = Watcher(usage=Usage(), copy=copy)
        await watcher.start()
        try:
            await look(watcher)
        finally:
            await watcher.close()

    asyncio.run(main())


async def nothing(watcher: Watcher) -> None:
    """Start and end are enough."""


async def until(condition: Callable[[], Any]) -> None:
    for _ in range(1000):
        if condition():
            return
        await asyncio.sleep(0.01)
    pytest.fail("it did not come about within 10 seconds")


def test_start__database_away__serves_what_was_live(
    customer: Customer, copy: SnapshotCopy, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: list[Any] = []

    async def remember(watcher: Watcher) -> None:
        kept.append((watcher.current, watcher.confirmed_at))

    async def look(watcher: Watcher) -> None:
        before, confirmed_at = kept[0]
        assert watcher.current is not None
        assert watcher.is_from_disk
        assert watcher.is_database_away
        assert watcher.confirmed_at == confirmed_at
        (old,), (new,) = before.tokens.values(), watcher.current.tokens.values()
        assert watcher.current.tokens.keys() == before.tokens.keys()
        assert watcher.current.keys == before.keys
        assert (new.live.version, new.live.destinations) == (old.live.version, old.live.destinations)
        assert new.live.program is not None
        assert watcher.current.revision == before.revision

    in_process(copy, remember)
    take_away(monkeypatch)
    in_process(copy, look)


def test_start__database_away_and_back__what_changed_is_seen(
    customer: Customer, copy: SnapshotCopy, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_process(copy, nothing)

    async def look(watcher: Watcher) -> None:
        assert watcher.is_from_disk
        assert watcher.current is not None
        assert watcher.current.tokens
        await elsewhere(lambda: revoke(row=customer.token_row, actor=ACTOR))
        monkeypatch.undo()
        await until(lambda: not watcher.is_from_disk)
        assert not watcher.is_database_away
        assert not watcher.current.tokens

    take_away(monkeypatch)
    in_process(copy, look)


def test_start__database_does_not_answer__waits_only_so_long(
    customer: Customer, copy: SnapshotCopy, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_process(copy, nothing)
    go_on = threading.Event()
    monkeypatch.setattr(module, "FIRST_READ", 0.01)
    original = ControlReader.read

    def slow(reader: ControlReader) -> Any:
        go_on.wait(10)
        return original(reader)

    monkeypatch.setattr(ControlReader, "read", slow)

    async def look(watcher: Watcher) -> None:
        assert watcher.is_from_disk
        go_on.set()
        await until(lambda: not watcher.is_from_disk)

    in_process(copy, look)


@pytest.mark.usefixtures("_away")
def test_start__database_away_and_no_copy__has_nothing(copy: SnapshotCopy) -> None:
    async def look(watcher: Watcher) -> None:
        assert watcher.current is None
        assert not watcher.is_from_disk

    in_process(copy, look)


@pytest.mark.usefixtures("_away")
def test_start__database_away_and_a_bad_copy__is_ignored_and_said(
    copy: SnapshotCopy, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "snapshot.json").write_text('{"format": 1}\n{}')

    async def look(watcher: Watcher) -> None:
        assert watcher.current is None

    in_process(copy, look)
    assert "copy on disk is ignored" in caplog.text


def test_copy__cannot_be_written__serving_goes_on(
    customer: Customer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").touch()

    async def look(watcher: Watcher) -> None:
        confirmed = watcher.confirmed_at
        await until(lambda: watcher.confirmed_at > confirmed)

    in_process(SnapshotCopy(tmp_path / "file" / "snapshot.json", key=b"ours"), look)
    assert "could not be written" in caplog.text


def test_copy__is_kept_up_to_date(customer: Customer, copy: SnapshotCopy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copy_keeper, "CONFIRM_INTERVAL", 0.0)

    def confirmed_at() -> float:
        copied = copy.read()
        return 0 if copied is None else copied[1]

    async def look(watcher: Watcher) -> None:
        first = confirmed_at()
        await until(lambda: confirmed_at() > first)
        assert confirmed_at() <= time.time()

    in_process(copy, look)


def test_copy__nothing_else_can_be_written__is_on_disk_all_the_same(
    customer: Customer, copy: SnapshotCopy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = threading.Event()
    monkeypatch.setattr(Heartbeat, "beat", lambda *arguments: go_on.wait(20))

    async def look(watcher: Watcher) -> None:
        await until((tmp_path / "snapshot.json").exists)
        assert not go_on.is_set()
        go_on.set()

    in_process(copy, look)
    assert copy.read() is not None


def test_copy__taken_away__is_written_anew(
    customer: Customer, copy: SnapshotCopy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copy_keeper, "CONFIRM_INTERVAL", 0.0)

    async def look(watcher: Watcher) -> None:
        await until((tmp_path / "snapshot.json").exists)
        (tmp_path / "snapshot.json").unlink()
        await until((tmp_path / "snapshot.json").exists)

    in_process(copy, look)
    assert copy.read() is not None


def test_copy__holds_no_secret(customer: Customer, copy: SnapshotCopy, tmp_path: Path) -> None:
    in_process(copy, nothing)
    text = (tmp_path / "snapshot.json").read_text()
    for header in (customer.key, customer.token):
        assert header.rpartition("/")[2] not in text


class Cut:
    """A home whose control database can be taken away and put back."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self._file = home.directory / "control.sqlite3"
        self._aside = home.directory / "aside"

    def take(self) -> None:
        self._file.rename(self._aside)
        self._file.mkdir()  # it cannot be opened, and is not made again

    def put_back(self) -> None:
        self._file.rmdir()
        self._aside.rename(self._file)


@pytest.fixture
def cut(tmp_path: Path) -> Cut:
    return Cut(Home(tmp_path, *Home(tmp_path).seed("make")))


def test_process__restarted_while_the_database_is_away__answers_and_says_so(cut: Cut) -> None:
    with ServerProcess(cut.home) as server:
        assert server.post(EVENT).status == 200
        server.stop()
    cut.take()
    with ServerProcess(cut.home) as server:
        assert server.post(EVENT).status == 200
        ready = server.get("/readyz").json()
        assert (ready["snapshot_from"], ready["control_database"]) == ("disk", "away")
        assert 0 < ready["snapshot_age"] < 60
        cut.put_back()
        until_true(lambda: server.get("/readyz").json()["snapshot_from"] == "database")
        server.stop()


def test_process__copy_too_old__503_until_the_database_is_back(cut: Cut) -> None:
    with ServerProcess(cut.home) as server:
        server.stop()
    cut.take()
    file = cut.home.directory / "snapshot.json"
    confirmed_at = json.loads(file.read_bytes().partition(b"\n")[0])["confirmed_at"]
    until_true(lambda: time.time() > confirmed_at + 1)
    with ServerProcess(cut.home, ready=False, SNAPSHOT_MAX_AGE="1") as server:
        ready = server.get("/readyz")
        assert (ready.status, ready.json()["ready"], ready.json()["snapshot_from"]) == (503, False, "disk")
        assert "away for too long" in ready.json()["why"]
        answer = server.post(EVENT)
        assert (answer.status, answer.json()["code"]) == (503, 1005)
        assert server.get("/healthz").status == 200
        cut.put_back()
        until_true(lambda: server.get("/readyz").status == 200)
        assert server.post(EVENT).status == 200
        server.stop()


def until_true(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.02)
