"""Events per second of the endpoint on its stores, and of the same server answering a constant, in one run.

    .venv/bin/python bench/endpoint.py [--store sqlite postgresql] [--seconds 5] [--runs 3] [--connections 32 128]

PostgreSQL is the server of TEST_DATABASE_URL; a database is made there and dropped again.

Server on one core, load generator (wrk) on another; runs alternate; the table shows medians.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit
from urllib.request import urlopen

import psycopg
from psycopg.sql import SQL, Identifier

ROOT = Path(__file__).resolve().parent.parent
CONSTANT = "constant"
APPLICATIONS = {CONSTANT: "bench.constant:application"}
ENDPOINT = "personalization.asgi:application"
POSTGRESQL = "postgres://postgres@127.0.0.1:5432/test"
START_SECONDS = 30
_UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0}


@dataclass(frozen=True, slots=True)
class Measure:
    """One run of wrk; latencies in milliseconds."""

    rate: float
    p50: float
    p99: float


def main() -> int:
    """Measure and print the table."""
    options = _options()
    if shutil.which("wrk") is None:
        print("wrk is not installed, so nothing was measured: apt-get install wrk", file=sys.stderr)
        return 1
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) == 1:
        print("one core only: server and load generator share it, and the figures are lower for it", file=sys.stderr)
    with tempfile.TemporaryDirectory(prefix="p13nadmin-bench-") as directory:
        environment = _environment(Path(directory))
        with _stores(options.store, directory) as stores:
            measures = _measured(options, environment, stores, cores[0], cores[-1])
    _print_table(measures, [CONSTANT, *stores], options.connections)
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--store", nargs="+", choices=("sqlite", "postgresql"), default=["sqlite"])
    parser.add_argument("--seconds", type=int, default=5, help="length of one run")
    parser.add_argument("--runs", type=int, default=3, help="runs of each server at each number of connections")
    parser.add_argument("--connections", type=int, nargs="+", default=[32, 128])
    return parser.parse_args()


@contextmanager
def _stores(names: list[str], directory: str) -> Iterator[dict[str, str]]:
    """Where each of the wanted stores is, for EVENT_STORE."""
    stores = {"sqlite": f"sqlite:///{directory}/events.sqlite3"}
    with ExitStack() as stack:
        if "postgresql" in names:
            stores["postgresql"] = stack.enter_context(_database())
        yield {name: stores[name] for name in names}


@contextmanager
def _database() -> Iterator[str]:
    server, name = urlsplit(os.environ.get("TEST_DATABASE_URL") or POSTGRESQL), f"p13n_bench_{os.getpid()}"
    with psycopg.connect(server.geturl(), autocommit=True) as db:
        db.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
        try:
            yield server._replace(path=f"/{name}").geturl()
        finally:
            db.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))


def _environment(directory: Path) -> dict[str, str]:
    """A control database with the demo customer, and what wrk needs to be that customer."""
    environment = os.environ | {
        "DEBUG": "true",
        "DATA_DIR": str(directory),
        "DATABASE_URL": f"sqlite:///{directory}/control.sqlite3",
        "EVENT_STORE": f"sqlite:///{directory}/events.sqlite3",
        "LOG_LEVEL": "WARNING",
    }
    made = subprocess.run(
        [sys.executable, __file__.replace("endpoint.py", "customer.py")],
        cwd=ROOT,
        env=environment | {"PYTHONPATH": str(ROOT)},
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    ).stdout.splitlines()
    return environment | {"TOKEN": made[0], "KEY": made[1]}


def _measured(
    options: argparse.Namespace, environment: dict[str, str], stores: dict[str, str], server_core: int, load_core: int
) -> dict[tuple[str, int], list[Measure]]:
    measures: dict[tuple[str, int], list[Measure]] = {}
    environments = {name: environment | {"EVENT_STORE": url} for name, url in stores.items()}
    for serving in environments.values():
        with _server(ENDPOINT, serving, server_core) as port:
            _load(port, 128, 8, environment, load_core)  # makes most of the profiles
    for _ in range(options.runs):
        for name in (CONSTANT, *stores):
            with _server(APPLICATIONS.get(name, ENDPOINT), environments.get(name, environment), server_core) as port:
                _load(port, 32, 1, environment, load_core)
                for connections in options.connections:
                    measure = _load(port, connections, options.seconds, environment, load_core)
                    measures.setdefault((name, connections), []).append(measure)
    return measures


@contextmanager
def _server(application: str, environment: dict[str, str], core: int) -> Iterator[int]:
    port = _free_port()
    arguments = [
        *(sys.executable, "-m", "uvicorn", application, "--port", str(port), "--log-level", "warning"),
        *("--loop", "uvloop", "--http", "httptools", "--no-access-log", "--no-proxy-headers", "--no-server-header"),
    ]
    process = subprocess.Popen(["taskset", "-c", str(core), *arguments], cwd=ROOT, env=environment)
    try:
        _wait(port, process)
        yield port
    finally:
        process.terminate()
        process.wait()


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            urlopen(f"http://127.0.0.1:{port}/readyz", timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise SystemExit("the server did not start")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _load(port: int, connections: int, seconds: int, environment: dict[str, str], core: int) -> Measure:
    arguments = [
        "-t",
        "1",
        "-c",
        str(connections),
        "-d",
        f"{seconds}s",
        "--latency",
        "-s",
        str(ROOT / "bench/events.lua"),
    ]
    output = subprocess.run(
        ["taskset", "-c", str(core), "wrk", *arguments, f"http://127.0.0.1:{port}"],
        env=environment,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    ).stdout
    if "Non-2xx" in output or "Socket errors" in output:
        raise SystemExit(f"requests failed:\n{output}")
    return Measure(_found(r"Requests/sec:\s+([\d.]+)", output), _latency("50%", output), _latency("99%", output))


def _found(pattern: str, output: str) -> float:
    match = re.search(pattern, output)
    if match is None:
        raise SystemExit(f"wrk said something unexpected:\n{output}")
    return float(match[1])


def _latency(percentile: str, output: str) -> float:
    match = re.search(rf"{percentile}\s+([\d.]+)(us|ms|s)", output)
    return float(match[1]) * _UNITS[match[2]] if match else 0.0


def _print_table(measures: dict[tuple[str, int], list[Measure]], names: list[str], all_connections: list[int]) -> None:
    print(f"{'':10}{'connections':>12}{'requests/s':>12}{'of constant':>12}{'p50 ms':>9}{'p99 ms':>9}{'runs':>28}")
    for connections in all_connections:
        floor = median(measure.rate for measure in measures[(CONSTANT, connections)])
        for name in names:
            found = measures[(name, connections)]
            rate = median(measure.rate for measure in found)
            p50, p99 = median(measure.p50 for measure in found), median(measure.p99 for measure in found)
            runs = " ".join(f"{measure.rate:,.0f}" for measure in found)
            print(f"{name:10}{connections:>12}{rate:>12,.0f}{rate / floor:>12.2f}{p50:>9.1f}{p99:>9.1f}{runs:>28}")


if __name__ == "__main__":
    sys.exit(main())
