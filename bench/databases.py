"""What the stores need: an empty database on a PostgreSQL server, a Redis of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import redis as redis_client
from psycopg.sql import SQL, Identifier
from servers import free_port, process_cpu_seconds

STORES = ("sqlite", "postgresql", "redis")
_SERVER = "postgres://postgres@127.0.0.1:5432/test"


@contextmanager
def postgresql(name: str) -> Iterator[str]:
    """The URL of a new database on the server of TEST_DATABASE_URL, dropped afterwards."""
    server, name = urlsplit(os.environ.get("TEST_DATABASE_URL") or _SERVER), f"p13n_bench_{name}_{os.getpid()}"
    with psycopg.connect(server.geturl(), autocommit=True) as db:
        db.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
        try:
            yield server._replace(path=f"/{name}").geturl()
        finally:
            db.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))


def pin_backends(url: str, core: int) -> None:
    """Keep the server's processes that serve this database on one core, when it runs on this machine and lets us."""
    with psycopg.connect(url, autocommit=True) as db:
        found = db.execute("SELECT pid FROM pg_stat_activity WHERE datname = current_database()").fetchall()
    for (pid,) in found:
        try:
            os.sched_setaffinity(pid, {core})
        except (PermissionError, ProcessLookupError):
            continue


def cpu_seconds(url: str) -> float:
    """What the database has used up to now for those who are connected, 0 for one inside the server's process."""
    if url.startswith("redis:"):
        with redis_client.Redis.from_url(url) as client:
            used = client.info("cpu")
        return float(used["used_cpu_user"] + used["used_cpu_sys"])
    if not url.startswith("postgres"):
        return 0.0
    with psycopg.connect(url, autocommit=True) as db:
        found = db.execute("SELECT pid FROM pg_stat_activity WHERE datname = current_database()").fetchall()
    return sum(process_cpu_seconds(pid) for (pid,) in found)


@contextmanager
def event_store(kind: str, name: str, directory: Path, core: int) -> Iterator[str]:
    """The EVENT_STORE of a new store: `sqlite`, `postgresql`, or `redis` with a server of its own on that core."""
    if kind == "sqlite":
        yield f"sqlite:///{directory}/events-{name}.sqlite3"
    elif kind == "postgresql":
        with postgresql(name) as url:
            yield url
    else:
        place = directory / f"redis-{name}"
        place.mkdir()
        with redis(place, core) as url:
            yield url


def has_redis() -> bool:
    """Whether a Redis can be started; says so when not."""
    if shutil.which("redis-server") is None:
        print("redis is left out: there is no redis-server (apt-get install redis-server)", file=sys.stderr)
        return False
    return True


def stores_here(kinds: Iterable[str]) -> list[str]:
    """Those of the stores that can be had on this machine."""
    return [kind for kind in kinds if kind != "redis" or has_redis()]


@contextmanager
def redis(directory: Path, core: int) -> Iterator[str]:
    """The URL of a new Redis that syncs every write to disk before it answers, on a core."""
    port = free_port()
    options = ["--port", str(port), "--bind", "127.0.0.1", "--dir", str(directory), "--save", ""]
    options += ["--appendonly", "yes", "--appendfsync", "always", "--maxmemory-policy", "noeviction"]
    process = subprocess.Popen(
        ["taskset", "-c", str(core), "redis-server", *options], stdout=subprocess.DEVNULL, cwd=directory
    )
    try:
        time.sleep(0.5)
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        process.terminate()
        process.wait()
