"""Following the control database, and living without it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Never

import pytest
from django.db import OperationalError, connection

from personalization import reports
from personalization import watcher as module
from personalization.control_reader import ControlReader
from personalization.control_state import ControlState
from personalization.snapshot_copy import SnapshotCopy
from personalization.snapshot_loader import SnapshotLoader
from personalization.usage import Usage
from personalization.watcher import Watcher
from tests.personalization.customer import Customer, a_customer
from tokens.models import AccessToken, ApiKey

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def customer() -> Customer:
    return a_customer()


Scenario = Callable[[Watcher, Usage], Awaitable[None]]
Run = Callable[[Scenario], None]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "snapshot.json"


@pytest.fixture
def run(path: Path) -> Run:
    return lambda scenario: _run(scenario, SnapshotCopy(path, key=b"ours"))


def _run(scenario: Scenario, copy: SnapshotCopy) -> None:
    async def main() -> None:
        usage = Usage()
        watcher = Watcher(usage=usage, copy=copy)
        await watcher.start()
        try:
            await scenario(watcher, usage)
        finally:
            await watcher.close()

    asyncio.run(main())


async def until(condition: Callable[[], bool]) -> None:
    for _ in range(1000):
        if condition():
            return
        await asyncio.sleep(0.01)
    pytest.fail("it did not come about within 10 seconds")


async def elsewhere(work: Callable[[], object]) -> None:
    """Do something in another thread that leaves no connection behind."""

    def whole() -> None:
        try:
            work()
        finally:
            connection.close()

    await asyncio.to_thread(whole)


def version_of(watcher: Watcher) -> int | None:
    assert watcher.current is not None
    return next(iter(watcher.current.tokens.values())).live.version


def test_push__is_followed_within_a_second(customer: Customer, run: Run) -> None:
    async def scenario(watcher: Watcher, usage: Usage) -> None:
        assert version_of(watcher) == 1
        await elsewhere(lambda: customer.push("two"))
        async with asyncio.timeout(1):
            await until(lambda: version_of(watcher) == 2)

    run(scenario)


@pytest.mark.postgresql
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite tells nobody")
def test_push__on_postgresql__is_followed_without_polling(
    customer: Customer, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "POLL_INTERVAL", 60.0)

    async def scenario(watcher: Watcher, usage: Usage) -> None:
        confirmed = watcher.confirmed_at
        await until(lambda: watcher.confirmed_at > confirmed)  # it listens from now on
        began = watcher.current
        await elsewhere(lambda: customer.push("two"))
        await until(lambda: version_of(watcher) == 2)
        assert watcher.current is not began

    run(scenario)


def test_snapshot__nothing_changed__stays_the_same_object(customer: Customer, run: Run) -> None:
    async def scenario(watcher: Watcher, usage: Usage) -> None:
        before, confirmed = watcher.current, watcher.confirmed_at
        await until(lambda: watcher.confirmed_at > confirmed)
        assert watcher.current is before

    run(scenario)


def test_database_away__serves_on_and_says_how_old_it_is(
    customer: Customer, run: Run, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario(watcher: Watcher, usage: Usage) -> None:
        before = watcher.current
        monkeypatch.setattr(module, "read_revision", _gone)
        await until(lambda: "the control database cannot be read" in caplog.text)
        confirmed = watcher.confirmed_at
        await watcher.refresh()
        assert watcher.current is before
        assert watcher.is_database_away
        assert not watcher.is_from_disk
        assert watcher.confirmed_at == confirmed
        assert watcher.age(confirmed + 60) == 60
        monkeypatch.undo()
        await until(lambda: watcher.confirmed_at > confirmed)

    run(scenario)
    assert caplog.text.count("the control database cannot be read") == 1


def test_database_away_at_the_start__is_found_later(
    customer: Customer, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ControlReader, "read", _gone)

    async def scenario(watcher: Watcher, usage: Usage) -> None:
        assert watcher.current is None
        monkeypatch.undo()
        await until(lambda: watcher.current is not None)

    run(scenario)


def test_snapshot__cannot_be_made__the_last_one_serves_on_and_following_goes_on(
    customer: Customer, run: Run, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    tried: list[ControlState] = []

    def fails(loader: SnapshotLoader, state: ControlState, *, at: float) -> Never:
        tried.append(state)
        raise KeyError("a version")

    async def scenario(watcher: Watcher, usage: Usage) -> None:
        before, confirmed = watcher.current, watcher.confirmed_at
        monkeypatch.setattr(SnapshotLoader, "load", fails)
        await elsewhere(lambda: customer.push("two"))
        await until(lambda: len(tried) > 2)
        assert (watcher.is_database_away, watcher.current) == (True, before)
        confirmed = watcher.confirmed_at
        await watcher.refresh()
        assert watcher.confirmed_at == confirmed
        monkeypatch.undo()
        await until(lambda: version_of(watcher) == 2)
        assert not watcher.is_database_away

    run(scenario)
    assert caplog.text.count("what the control database says cannot be served") == 1


def test_copy__cannot_be_served__the_process_starts_all_the_same(
    customer: Customer, run: Run, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def waits_for_the_copy(watcher: Watcher, usage: Usage) -> None:
        await until(lambda: watcher._copy.read() is not None)

    def fails(*_: object, **__: object) -> Never:
        raise KeyError("a version")

    async def scenario(watcher: Watcher, usage: Usage) -> None:
        assert watcher.current is None
        monkeypatch.undo()
        await until(lambda: watcher.current is not None)

    run(waits_for_the_copy)
    monkeypatch.setattr(SnapshotLoader, "load", fails)
    run(scenario)
    assert "the snapshot's copy on disk cannot be served" in caplog.text


def test_use__is_written_at_the_end(customer: Customer, run: Run) -> None:
    now = time.time()
    key = ApiKey.objects.get()

    async def scenario(watcher: Watcher, usage: Usage) -> None:
        usage.note(token=customer.token_row.pk, key=key.pk, now=now)

    run(scenario)
    token = AccessToken.objects.get(pk=customer.token_row.pk)
    key.refresh_from_db()
    assert token.last_used_at is not None
    assert key.last_used_at is not None
    assert token.last_used_at.timestamp() == pytest.approx(now, abs=0.001)
    assert key.last_used_at == token.last_used_at


def test_use__is_written_now_and_then(customer: Customer, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reports, "WRITE_INTERVAL", 0.0)

    async def scenario(watcher: Watcher, usage: Usage) -> None:
        usage.note(token=customer.token_row.pk, key=0, now=time.time())
        await until(lambda: bool(usage._written.requests))

    run(scenario)
    assert AccessToken.objects.get(pk=customer.token_row.pk).last_used_at is not None


def test_use__database_away__is_kept_for_the_next_time(
    customer: Customer, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = Usage()
    usage.note(token=customer.token_row.pk, key=1, now=time.time())
    with monkeypatch.context() as patch:
        patch.setattr("personalization.usage.record_uses", _gone)
        with pytest.raises(OperationalError):
            usage.write()
    usage.write()
    assert AccessToken.objects.get(pk=customer.token_row.pk).last_used_at is not None


def _gone(*arguments: object) -> Never:
    raise OperationalError("gone")
