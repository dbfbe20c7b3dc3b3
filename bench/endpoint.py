"""Events per second of the endpoint on its stores, beside its own server answering a constant and two alternatives.

    .venv/bin/python bench/endpoint.py [--servers constant sqlite …] [--seconds 3] [--runs 3] [--connections 1 32 128]

PostgreSQL is the server of TEST_DATABASE_URL; databases are made there and dropped again. Server on one core,
load generator (wrk) and database processes on another; runs alternate; the table shows medians.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path

from customers import customer
from databases import cpu_seconds, event_store, has_redis, pin_backends, postgresql
from load import Measure, Summary, load, require_wrk, summary
from results import RESULTS, save
from servers import ALTERNATIVES, CONSTANT, ENDPOINT, Server, asgi, drf, fastify, running

SERVERS = ("constant", "sqlite", "postgresql", "redis", "fastify", "drf")
ALTERNATIVE = ("fastify", "drf")
FLOOR = "constant"
_WARM_UP = 2  # seconds

Measures = dict[tuple[str, int], list[Measure]]
Costs = dict[str, tuple[float, float]]  # CPU time of an event in the server and in its database, microseconds


def main() -> int:
    """Measure, print the table and keep the figures."""
    options = _options()
    require_wrk()
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) == 1:
        print("one core only: server and load generator share it, and the figures are lower for it", file=sys.stderr)
    names = [name for name in options.servers if _is_there(name)]
    with tempfile.TemporaryDirectory(prefix="p13nadmin-bench-") as directory:
        environment = customer(Path(directory))
        with _servers(names, environment, Path(directory), cores[-1]) as servers:
            measures, costs = _measured(options, servers, environment, cores[0], cores[-1])
    table = {key: summary(found) for key, found in measures.items()}
    _print(table, costs, names, options.connections)
    save(
        "endpoint",
        {
            "servers": [{"server": key[0], "connections": key[1]} | asdict(found) for key, found in table.items()],
            "cpu_microseconds": {name: {"server": own, "database": other} for name, (own, other) in costs.items()},
        },
        options.results,
    )
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--servers", nargs="+", choices=SERVERS, default=list(SERVERS))
    parser.add_argument("--seconds", type=int, default=3, help="length of one run")
    parser.add_argument("--runs", type=int, default=3, help="runs of each server at each number of connections")
    parser.add_argument("--connections", type=int, nargs="+", default=[1, 32, 128])
    parser.add_argument("--results", type=Path, default=RESULTS, help="folder to keep the figures in")
    return parser.parse_args()


def _is_there(name: str) -> bool:
    """Whether this machine has what a server needs; says so when not."""
    if name == "redis":
        return has_redis()
    if name == "fastify" and (shutil.which("node") is None or shutil.which("npm") is None):
        print("Fastify is left out: there is no node with npm (apt-get install nodejs npm)", file=sys.stderr)
        return False
    return True


@contextmanager
def _servers(names: list[str], environment: dict[str, str], directory: Path, core: int) -> Iterator[dict[str, Server]]:
    """How to start each; their databases are there meanwhile."""
    with ExitStack() as stack:
        servers = {}
        for name in names:
            if name in ALTERNATIVE:
                url = stack.enter_context(postgresql(name))
                servers[name] = _alternative(name, environment | {"ALTERNATIVE_DATABASE": url})
            elif name == FLOOR:
                servers[name] = asgi(CONSTANT, environment)
            else:
                store = stack.enter_context(event_store(name, "endpoint", directory, core))
                servers[name] = asgi(ENDPOINT, environment | {"EVENT_STORE": store})
        yield servers


def _alternative(name: str, environment: dict[str, str]) -> Server:
    if name == "drf":
        return drf(environment)
    subprocess.run(
        ["npm", "ci", "--no-audit", "--no-fund", "--silent"],
        cwd=ALTERNATIVES / "fastify",
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return fastify(environment)


def _measured(
    options: argparse.Namespace,
    servers: dict[str, Server],
    environment: dict[str, str],
    server_core: int,
    load_core: int,
) -> tuple[Measures, Costs]:
    """Every measure by server and connections; and what an event costs at the most connections."""
    measures: Measures = {}
    costs: dict[str, list[tuple[float, float]]] = {}
    for _ in range(options.runs):
        for name, server in servers.items():
            with running(server, [server_core]) as process:
                load(process.port, 32, _WARM_UP, environment, load_core)
                _pin(server, load_core)
                for connections in options.connections:
                    before, before_there = process.cpu_seconds(), cpu_seconds(_database(server))
                    measure = load(process.port, connections, options.seconds, environment, load_core)
                    measures.setdefault((name, connections), []).append(measure)
                    events = measure.rate * options.seconds / 1e6
                    there = cpu_seconds(_database(server)) - before_there
                    cost = ((process.cpu_seconds() - before) / events, there / events)
                costs.setdefault(name, []).append(cost)
    return measures, {name: sorted(found)[len(found) // 2] for name, found in costs.items()}


def _pin(server: Server, core: int) -> None:
    if _database(server).startswith("postgres"):
        pin_backends(_database(server), core)


def _database(server: Server) -> str:
    return server.environment.get("ALTERNATIVE_DATABASE") or server.environment["EVENT_STORE"]


def _print(table: dict[tuple[str, int], Summary], costs: Costs, names: list[str], all_connections: list[int]) -> None:
    others = [name for name in (FLOOR, *ALTERNATIVE) if name in names]
    heads = "".join(f"{'of ' + name:>13}" for name in others)
    print(f"{'':10}{'connections':>12}{'requests/s':>12}{heads}{'p50 ms':>9}{'p99 ms':>9}  runs")
    for connections in all_connections:
        for name in names:
            found = table[name, connections]
            ratios = "".join(f"{found.rate / table[other, connections].rate:>13.2f}" for other in others)
            runs = " ".join(f"{rate:,}" for rate in found.runs)
            print(f"{name:10}{connections:>12}{found.rate:>12,.0f}{ratios}{found.p50:>9.1f}{found.p99:>9.1f}  {runs}")
    print(f"\nCPU time of one event at {all_connections[-1]} connections, microseconds: in the server, in its database")
    print("  ".join(f"{name} {costs[name][0]:.0f}, {costs[name][1]:.0f};" for name in names))


if __name__ == "__main__":
    sys.exit(main())
