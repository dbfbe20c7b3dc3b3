"""Redis servers of the tests' own: one by itself and a cluster of three masters with a replica each.

The test processes of one run share them. A process of its own starts them (this module, run as a program with a
directory and the id of the test run's process) and stops them when the run has ended, however it ended.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pytest
import redis

from tests.ports import free_port

START_SECONDS = 60
_SLOTS = 16384
_MASTERS = 3
_DURABLE = (
    "--repl-diskless-sync-delay",
    "0",
    "--save",
    "",
    "--appendonly",
    "yes",
    "--appendfsync",
    "always",
    "--bind",
    "127.0.0.1",
)
_CLUSTER = (
    *("--cluster-enabled", "yes", "--cluster-node-timeout", "1500", "--cluster-require-full-coverage", "no"),
    *("--repl-ping-replica-period", "1"),
)


class RedisServerProcess:
    """One server, with files in a directory of its own; it runs from entering until leaving the context."""

    def __init__(self, directory: Path, *options: str) -> None:
        self.directory = directory
        self.port, self.bus_port = free_port(), free_port()
        self._options = options

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self.process.poll() is None:
            self.kill()

    def start(self) -> Self:
        """Start it, and return when it takes connections."""
        self.directory.mkdir(exist_ok=True)
        program = shutil.which("redis-server")
        assert program is not None
        words = [program, "--port", str(self.port), "--dir", str(self.directory), *_DURABLE, *self._options]
        if "--cluster-enabled" in self._options:
            words += ["--cluster-port", str(self.bus_port)]
        with (self.directory / "log").open("ab") as log:
            self.process = subprocess.Popen(words, stdout=log, stderr=log)
        try:
            until(self._answers, f"the Redis server in {self.directory} does not answer")
        except BaseException:
            self.kill()
            raise
        return self

    def client(self) -> redis.Redis:
        """A connection to it."""
        return redis.Redis(port=self.port, socket_timeout=10)

    def send(self, by: signal.Signals) -> None:
        """Send a signal; SIGSTOP freezes it."""
        self.process.send_signal(by)

    def kill(self) -> None:
        """End it as a crash of the machine would, and wait for the end."""
        self.process.kill()
        self.process.wait(30)

    def _answers(self) -> bool:
        assert self.process.poll() is None, (self.directory / "log").read_text()
        try:
            with self.client() as client:
                return bool(client.info("server")["process_id"] == self.process.pid)
        except redis.RedisError:
            return False


class RedisClusterProcesses:
    """Three masters and three replicas, servers 0 to 2 and 3 to 5; the replica of `n` is `n + 3` at first.

    They run from entering until leaving the context.
    """

    def __init__(self, directory: Path) -> None:
        self.servers = [RedisServerProcess(directory / f"node{number}", *_CLUSTER) for number in range(2 * _MASTERS)]

    def __enter__(self) -> Self:
        with ExitStack() as starting:
            for server in self.servers:
                starting.enter_context(server)
            self._form()
            self._running = starting.pop_all()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._running.close()

    def _form(self) -> None:
        clients = [server.client() for server in self.servers]
        for number, client in enumerate(clients):
            client.execute_command("CLUSTER", "SET-CONFIG-EPOCH", number + 1)
            if number < _MASTERS:
                bounds = [_SLOTS * part // _MASTERS for part in (number, number + 1)]
                client.execute_command("CLUSTER", "ADDSLOTSRANGE", bounds[0], bounds[1] - 1)
            client.execute_command("CLUSTER", "MEET", "127.0.0.1", self.servers[0].port, self.servers[0].bus_port)
        until(lambda: all(known_nodes(client) == len(clients) for client in clients), "the nodes did not meet")
        for number in range(_MASTERS):
            master = clients[number].execute_command("CLUSTER", "MYID")
            clients[number + _MASTERS].execute_command("CLUSTER", "REPLICATE", master)
        until(lambda: all(is_whole(client) for client in clients), "the cluster did not form")
        for client in clients:
            client.close()

    def url(self, prefix: str = "p13n") -> str:
        """For EVENT_STORE."""
        hosts = ",".join(f"127.0.0.1:{server.port}" for server in self.servers[:_MASTERS])
        return f"redis+cluster://{hosts}/?prefix={prefix}"


def known_nodes(client: redis.Redis) -> int:
    """How many nodes a node has met."""
    return int(client.execute_command("CLUSTER", "NODES").count(b"\n"))


def is_whole(client: redis.Redis, replicas: int = 1) -> bool:
    """Whether a node knows a master for every slot, each with so many replicas that follow it."""
    slots = [entry for entry in _slots(client) if len(entry) == 3 + replicas]
    return sum(last - first + 1 for first, last, *_ in slots) == _SLOTS


def _slots(client: redis.Redis) -> list[list[Any]]:
    connection = client.connection_pool.get_connection()
    try:
        connection.send_command("CLUSTER", "SLOTS")
        return list(connection.read_response())
    finally:
        client.connection_pool.release(connection)


def until(condition: Callable[[], bool], problem: str) -> None:
    """Wait until a condition holds."""
    end = time.monotonic() + START_SECONDS
    while not condition():
        assert time.monotonic() < end, problem
        time.sleep(0.02)


def redis_or_skip() -> None:
    """Skip where the programs are missing; fail in continuous integration."""
    if shutil.which("redis-server") is None:
        if os.environ.get("CI"):
            pytest.fail("CI needs redis-server, and it is not here")
        pytest.skip("no redis-server: apt-get install redis-server")


@dataclass(frozen=True)
class SharedServers:
    """What one test run shares."""

    server: str
    cluster: str


def shared_servers(basetemp: Path) -> SharedServers:
    """The servers of this test run, started by the first test process that asks; `basetemp` is pytest's."""
    redis_or_skip()
    worker = "PYTEST_XDIST_WORKER" in os.environ
    directory = (basetemp.parent if worker else basetemp) / "redis"
    directory.mkdir(exist_ok=True)
    ready = directory / "ready.json"
    with (directory / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not ready.exists():
            owner = os.getppid() if worker else os.getpid()
            words = [sys.executable, "-m", __name__, str(directory), str(owner)]
            with (directory / "log").open("ab") as log:
                starting = subprocess.Popen(words, stdout=log, stderr=log, start_new_session=True)
            until(lambda: ready.exists() or starting.poll() is not None, "the Redis servers did not start")
            assert ready.exists(), (directory / "log").read_text()
            starting.returncode = 0  # it outlives this process
    return SharedServers(**json.loads(ready.read_text()))


@contextmanager
def _running(directory: Path) -> Iterator[SharedServers]:
    with ExitStack() as stack:
        server = stack.enter_context(RedisServerProcess(directory / "server"))
        cluster = stack.enter_context(RedisClusterProcesses(directory))
        hosts = cluster.url().removeprefix("redis+cluster://").split("/")[0]
        yield SharedServers(f"redis://127.0.0.1:{server.port}", f"redis+cluster://{hosts}")


def _is_there(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def main(words: Sequence[str]) -> None:
    """Run the servers in a directory until a process has ended."""
    directory, owner = Path(words[0]), int(words[1])
    with _running(directory) as servers:
        draft = directory / "draft.json"
        draft.write_text(json.dumps({"server": servers.server, "cluster": servers.cluster}))
        draft.rename(directory / "ready.json")
        while _is_there(owner):
            time.sleep(0.2)
    shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    main(sys.argv[1:])
