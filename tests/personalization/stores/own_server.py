"""A PostgreSQL server of the tests' own, which they may stop, freeze and crash."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg
import pytest

from tests.ports import free_port

DATABASES = ("events", "control")
_OPTIONS = ("listen_addresses=127.0.0.1", "unix_socket_directories=", "max_connections=40", "shared_buffers=16MB")
_START_SECONDS = 60


def binaries() -> Path | None:
    """Where `postgres` and `initdb` are, the newest."""
    on_path = shutil.which("initdb")
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return Path(on_path).resolve().parent if on_path else found[-1].parent if found else None


class OwnServer:
    """One server. It never runs as root, which PostgreSQL refuses."""

    def __init__(self, programs: Path, directory: Path) -> None:
        self._programs = programs
        self._data = directory / "data"
        self._log = directory / "log"
        self._user: dict[str, Any] = {}
        if os.geteuid() == 0:
            postgres = pwd.getpwnam("postgres")
            self._user = {"user": postgres.pw_uid, "group": postgres.pw_gid, "extra_groups": ()}
            os.chown(directory, postgres.pw_uid, postgres.pw_gid)
        self.port = free_port()

    def url(self, database: str) -> str:
        """Where one of the databases is."""
        return f"postgres://postgres@127.0.0.1:{self.port}/{database}"

    def create(self) -> None:
        """Make the files, start, and make the databases."""
        self._data.mkdir(mode=0o700)
        if self._user:
            os.chown(self._data, self._user["user"], self._user["group"])
        self._run("initdb", "--pgdata", ".", "--username", "postgres", "--auth", "trust", "--no-sync", "-E", "UTF8")
        self.start()
        with psycopg.connect(self.url("postgres"), autocommit=True) as db:
            for name in DATABASES:
                db.execute(f"CREATE DATABASE {name}")

    def start(self) -> None:
        """Start it, and return when it takes connections."""
        options = [word for option in _OPTIONS for word in ("-c", option)]
        command = [self._programs / "postgres", "-D", self._data, "-p", str(self.port), *options]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(command, cwd=self._data, stdout=log, stderr=log, **self._user)
        until = time.monotonic() + _START_SECONDS
        while not self._answers():
            assert self._process.poll() is None, self._log.read_text()
            assert time.monotonic() < until, "the server did not start"
            time.sleep(0.02)

    def stop(self) -> None:
        """Stop as `pg_ctl stop -m immediate` does: nothing is tidied up, the next start recovers from the log."""
        self.thaw()
        self._process.send_signal(signal.SIGQUIT)
        self._process.wait(_START_SECONDS)

    def freeze(self) -> None:
        """Every process of it stands still; the kernel still takes what clients send."""
        os.kill(self._process.pid, signal.SIGSTOP)
        for pid in self._children():
            os.kill(pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        for pid in (*self._children(), self._process.pid):
            os.kill(pid, signal.SIGCONT)

    def _children(self) -> list[int]:
        listed = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children")
        return [int(pid) for pid in listed.read_text().split()] if listed.exists() else []

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.url("postgres"), connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True

    def _run(self, program: str, *words: str) -> None:
        subprocess.run(
            [self._programs / program, *words], cwd=self._data, check=True, stdout=subprocess.DEVNULL, **self._user
        )


@contextmanager
def own_server() -> Iterator[OwnServer]:
    """A running server, which is gone in the end."""
    programs = binaries()
    if programs is None:
        if os.environ.get("CI"):
            raise FileNotFoundError("initdb")
        pytest.skip("no PostgreSQL programs on this machine: apt-get install postgresql")
    with TemporaryDirectory(prefix="p13nadmin-postgresql-") as directory:
        server = OwnServer(programs, Path(directory))
        server.create()
        yield server
        server.stop()
