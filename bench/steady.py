"""Latency at half of the maximum rate, events arriving when they arrive and not when the last one was answered.

    .venv/bin/python bench/steady.py [--store sqlite postgresql redis] [--seconds 6]

The maximum is wrk's at 128 connections, just before. Then events are due at random times (a Poisson process of a
fixed seed) and sent over whichever of 128 connections is free; their latency counts from when they were due.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import sys
import tempfile
import time
from collections import deque
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import uvloop
from customers import customer
from databases import STORES, event_store, pin_backends, stores_here
from load import load, require_wrk
from results import save
from servers import ENDPOINT, asgi, running

_CONNECTIONS = 128
_SEED = 7
_PROFILES = 100_000


class Connection(asyncio.Protocol):
    """Sends one request at a time and notes how long after it was due the answer was whole."""

    def __init__(self, generator: Generator) -> None:
        self._generator = generator
        self._due = 0.0
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self._generator.free.append(self)

    def send(self, request: bytes, due: float) -> None:
        self._due = due
        self.transport.write(request)  # type: ignore[attr-defined]

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, _, body = self._received.partition(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise SystemExit(f"a request failed: {head[:100]!r}")
        length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
        if length and len(body) >= int(length):
            self._received = b""
            self._generator.done(self, time.perf_counter() - self._due)


class Generator:
    """Events due at random times."""

    def __init__(self, token: str, key: str) -> None:
        self.free: list[Connection] = []
        self.latencies: list[float] = []
        self._waiting: deque[tuple[bytes, float]] = deque()
        self._random = random.Random(_SEED)
        self._head = (
            "POST /your_database/pageviews HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            f"WP13n-Token: {token}\r\nAuthorization: {key}\r\nContent-Length: "
        )

    async def run(self, port: int, rate: float, seconds: float) -> None:
        """Send for so long, and wait for the last answers."""
        loop = asyncio.get_running_loop()
        for _ in range(_CONNECTIONS):
            await loop.create_connection(lambda: Connection(self), "127.0.0.1", port)
        due = time.perf_counter()
        until = due + seconds
        while due < until:
            if due > time.perf_counter():
                await asyncio.sleep(due - time.perf_counter())
            while due <= time.perf_counter() and due < until:
                self._send(self._request(), due)
                due += self._random.expovariate(rate)
        while len(self.free) < _CONNECTIONS:  # noqa: ASYNC110 - an event for each answer would cost more than this
            await asyncio.sleep(0.01)

    def done(self, connection: Connection, latency: float) -> None:
        """A connection has its answer."""
        self.latencies.append(latency)
        if self._waiting:
            connection.send(*self._waiting.popleft())
        else:
            self.free.append(connection)

    def _send(self, request: bytes, due: float) -> None:
        if self.free:
            self.free.pop().send(request, due)
        else:
            self._waiting.append((request, due))

    def _request(self) -> bytes:
        body = f'{{"td_client_id":"{self._random.randrange(_PROFILES)}", "some_key":"some other data"}}'
        return f"{self._head}{len(body)}\r\n\r\n{body}".encode()


def main() -> int:
    """Measure, print and keep the figures."""
    options = _options()
    require_wrk()
    figures = {}
    with tempfile.TemporaryDirectory(prefix="p13nadmin-bench-") as directory, ExitStack() as stack:
        environment = customer(Path(directory))
        print("store         maximum/s      half   p50 ms   p99 ms  worst ms")
        for store in stores_here(options.store):
            url = stack.enter_context(event_store(store, "steady", Path(directory), max(os.sched_getaffinity(0))))
            figures[store] = _measured(environment | {"EVENT_STORE": url}, options.seconds)
            print(f"{store:12}" + "".join(f"{figures[store][name]:>10,.1f}" for name in figures[store]))
    save("steady", figures)
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--store", nargs="+", choices=STORES, default=list(STORES))
    parser.add_argument("--seconds", type=int, default=6)
    return parser.parse_args()


def _measured(environment: dict[str, str], seconds: int) -> dict[str, Any]:
    cores = sorted(os.sched_getaffinity(0))
    with running(asgi(ENDPOINT, environment), [cores[0]]) as process:
        load(process.port, _CONNECTIONS, seconds, environment, cores[-1])
        if environment["EVENT_STORE"].startswith("postgres"):
            pin_backends(environment["EVENT_STORE"], cores[-1])
        rate = load(process.port, _CONNECTIONS, 3, environment, cores[-1]).rate
        generator = Generator(environment["TOKEN"], environment["KEY"])
        os.sched_setaffinity(0, {cores[-1]})
        uvloop.run(generator.run(process.port, rate / 2, seconds))
        os.sched_setaffinity(0, set(cores))
    found = sorted(generator.latencies)
    p50, p99 = (found[int(len(found) * share)] * 1000 for share in (0.5, 0.99))
    return {"maximum": rate, "half": len(found) / seconds, "p50": p50, "p99": p99, "worst": found[-1] * 1000}


if __name__ == "__main__":
    sys.exit(main())
