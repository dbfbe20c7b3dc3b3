"""Starts servers pinned to one core, and says where they listen."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

ROOT = Path(__file__).resolve().parent.parent
ALTERNATIVES = ROOT / "bench/alternatives"
ENDPOINT = "personalization.asgi:application"
CONSTANT = "bench.constant:application"
PROTOCOL = "personalization.connections:BoundedHttp"  # as `manage.py serve` has it
POOL = 16  # connections to PostgreSQL that each alternative keeps
_START_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Server:
    """How a server is started: the command, in which PORT stands for the port, and what it needs to know."""

    command: Sequence[str]
    environment: dict[str, str] = field(default_factory=dict, repr=False)
    directory: Path = ROOT


@dataclass(frozen=True, slots=True)
class Running:
    """A server at work."""

    port: int
    pid: int

    def cpu_seconds(self) -> float:
        """What it has used up to now, its children too."""
        return sum(map(process_cpu_seconds, _family(self.pid)))

    def memory(self) -> int:
        """Bytes of memory that are its own alone or its share of what is shared."""
        text = Path(f"/proc/{self.pid}/smaps_rollup").read_text()
        return next(int(line.split()[1]) * 1024 for line in text.splitlines() if line.startswith("Pss:"))


def asgi(application: str, environment: dict[str, str], *, workers: int = 1) -> Server:
    """The server of this project with an application."""
    options = ["--loop", "uvloop", "--http", PROTOCOL, "--log-level", "warning", "--no-access-log"]
    options += ["--no-proxy-headers", "--no-server-header", "--workers", str(workers)]
    return Server([sys.executable, "-m", "uvicorn", application, "--port", "PORT", *options], environment)


def drf(environment: dict[str, str]) -> Server:
    """The plain DRF view, as many threads as connections to the database."""
    options = ["--workers", "1", "--threads", str(POOL), "--keep-alive", "75", "--log-level", "warning"]
    options += ["--worker-class", "gthread", "--worker-connections", "1000"]
    command = [sys.executable, "-m", "gunicorn", "drf.wsgi:application", "--bind", "127.0.0.1:PORT", *options]
    return Server(command, environment | {"PYTHONPATH": str(ALTERNATIVES)}, ALTERNATIVES)


def fastify(environment: dict[str, str]) -> Server:
    """Fastify with pg."""
    return Server(["node", "server.js", "PORT"], environment | {"NODE_ENV": "production"}, ALTERNATIVES / "fastify")


@contextmanager
def running(server: Server, cores: Sequence[int]) -> Iterator[Running]:
    """Start it on these cores, and stop it afterwards."""
    port = free_port()
    command = [part.replace("PORT", str(port)) for part in server.command]
    pinned = ["taskset", "-c", ",".join(map(str, cores)), *command]
    process = subprocess.Popen(pinned, cwd=server.directory, env=server.environment)
    try:
        _wait(port, process)
        yield Running(port, process.pid)
    finally:
        process.terminate()
        process.wait()


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + _START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            urlopen(f"http://127.0.0.1:{port}/readyz", timeout=1).close()
        except HTTPError as answer:
            if answer.code != 503:  # an alternative knows no such path, which is an answer too
                return
        except OSError:
            pass
        else:
            return
        time.sleep(0.05)
    raise SystemExit("the server did not start")


def _family(pid: int) -> list[int]:
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except FileNotFoundError:
        return []
    return [pid, *(member for child in children for member in _family(int(child)))]


def process_cpu_seconds(pid: int) -> float:
    """CPU time that a process on this machine has used, 0 when it cannot be seen or has ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
