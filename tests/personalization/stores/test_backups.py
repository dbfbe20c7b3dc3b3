"""Backups taken while events come in, as docs/operations.md and docs/redis.md say, and restored elsewhere."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.personalization.load import Load
from tests.personalization.server_process import Home, ServerProcess
from tests.personalization.stores.killing import counted_once
from tests.personalization.stores.places import Place, a_database
from tests.personalization.stores.redis_servers import RedisServerProcess, redis_or_skip, until

CONNECTIONS = 8
BEFORE = 200  # events acknowledged before the backup begins, and while or after it is taken

_VACUUM = "import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute('VACUUM INTO ?', (sys.argv[2],))"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path, *Home(tmp_path).seed("make"))


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisServerProcess]:
    redis_or_skip()
    with RedisServerProcess(tmp_path / "redis") as server:
        yield server


def backed_up_under_load(home: Home, place: Place, back_up: Callable[[], None]) -> set[int]:
    """Take a backup while events come in; returns what was acknowledged before it began."""
    before: set[int] = set()
    with ServerProcess(home, EVENT_STORE=place.url) as endpoint:
        load = Load(home, [endpoint.port])

        async def work() -> None:
            await load.answered(200, BEFORE)
            before.update(load.acknowledged)
            await asyncio.to_thread(back_up)
            await load.answered(200, BEFORE)

        asyncio.run(load.during(work, connections=CONNECTIONS))
        assert set(load.statuses) == {200}
        endpoint.stop()
    assert len(before) >= BEFORE
    return before


def assert_goes_on(home: Home, restored: Place, before: set[int]) -> None:
    """Nothing that was acknowledged before is missing, nothing counts twice, and what is missing can be sent again."""
    had = counted_once(restored)
    assert before <= had
    with ServerProcess(home, EVENT_STORE=restored.url) as endpoint:
        load = Load(home, [endpoint.port])
        load.unknown.update(range(1, max(had) + BEFORE))
        asyncio.run(load.finish())
        assert set(load.statuses) == {200}
        endpoint.stop()
    assert counted_once(restored) == set(range(1, max(had) + BEFORE))


def test_sqlite__vacuumed_into_a_file_under_load__the_file_has_all_and_goes_on(home: Home, tmp_path: Path) -> None:
    copy = tmp_path / "copy.sqlite3"

    def back_up() -> None:
        subprocess.run([sys.executable, "-c", _VACUUM, str(home.store), str(copy)], check=True, timeout=60)

    before = backed_up_under_load(home, Place(f"sqlite:///{home.store}"), back_up)
    assert_goes_on(home, Place(f"sqlite:///{copy}"), before)


@pytest.mark.postgresql
def test_postgresql__dumped_under_load__the_dump_has_all_and_goes_on(
    home: Home, postgresql: Place, tmp_path: Path
) -> None:
    dump = tmp_path / "events.dump"

    def back_up() -> None:
        subprocess.run(["pg_dump", "--format=custom", f"--file={dump}", postgresql.url], check=True, timeout=60)

    before = backed_up_under_load(home, postgresql, back_up)
    with a_database() as url:
        subprocess.run(["pg_restore", f"--dbname={url}", str(dump)], check=True, timeout=60)
        assert_goes_on(home, Place(url), before)


@pytest.mark.redis
def test_redis__append_only_directory_copied_under_load__the_copy_has_all_and_goes_on(
    home: Home, server: RedisServerProcess, tmp_path: Path
) -> None:
    copy = tmp_path / "restored"

    def back_up() -> None:
        with server.client() as client:
            client.config_set("auto-aof-rewrite-percentage", 0)
            until(lambda: not client.info("persistence")["aof_rewrite_in_progress"], "the log is being rewritten")
            shutil.copytree(server.directory / "appendonlydir", copy / "appendonlydir")
            client.config_set("auto-aof-rewrite-percentage", 100)

    before = backed_up_under_load(home, Place(f"redis://127.0.0.1:{server.port}"), back_up)
    with RedisServerProcess(copy) as restored:
        assert_goes_on(home, Place(f"redis://127.0.0.1:{restored.port}"), before)
