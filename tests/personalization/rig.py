"""The endpoint with a real store and committer and a snapshot made by hand: HTTP in, HTTP out."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import replace
from ipaddress import ip_network
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from personalization.committer import Committer
from personalization.evaluation_errors import EvaluationErrors
from personalization.http import Endpoint, Limits
from personalization.live import LiveInstance
from personalization.metrics import Metrics
from personalization.program import program
from personalization.snapshot import Key, Snapshot, Token, snapshot
from personalization.stores.base import Store
from personalization.stores.sqlite import SqliteStore
from personalization.traffic_notes import TrafficNotes
from tests.personalization.world import NOW, plan_of
from tokens.header import digest

CONFIGURATION = """
keys:
  - {name: td_client_id, public: true}
  - {name: mail, sensitive: true}
events:
  - {name: pageview, database: your_database, table: pageviews}
attributes:
  - {name: preferences, type: list, event: pageview, if: EVENT.some_key != null, value: "${EVENT.some_key}"}
  - {name: views, type: counter, event: pageview}
offers:
  - name: preferences_known
    set:
      - event: pageview
        if: PROFILE.preferences.length > 0
        data:
          td_client_id: ${PROFILE.td_client_id}
          preferences: ${PROFILE.preferences.slice(-1)[0].value}
"""
PRIVATE, PUBLIC, LISTED_ONLY = "e65d8a9df2094f02b84cd660efff6f27", "b" * 32, "c" * 32
KEY, BROWSER_KEY = "0123456789abcdef0123456789abcdef01234567", "f" * 40
ORIGIN, OTHER_ORIGIN = "https://shop.example.com", "https://other.example.com"
PATH, PUBLIC_PATH = "/your_database/pageviews", "/public/your_database/pageviews"
PEER = "192.0.2.10"


def live(text: str = CONFIGURATION) -> LiveInstance:
    """Instance 1/8 with its version 3 live."""
    tables = frozenset({("your_database", "pageviews")})
    return LiveInstance(1, 8, 3, program(plan_of(text)), tables)


def known_to(instance: LiveInstance, **changes: Any) -> Snapshot:
    """Keys 1 and 2 (public only) of its account; tokens 1 (private, with these changes), 2 and 3 (public)."""
    tokens = [
        replace(Token(1, instance, digest(PRIVATE)), **changes),
        Token(2, instance, digest(PUBLIC), public=True, origins=frozenset({ORIGIN})),
        Token(3, instance, digest(LISTED_ONLY), public=True, origins=frozenset({OTHER_ORIGIN})),
    ]
    keys = [Key(1, 1, digest(KEY)), Key(2, 1, digest(BROWSER_KEY), public_only=True), Key(3, 2, digest("other" * 8))]
    return snapshot(revision=5, loaded_at=NOW, keys=keys, tokens=tokens)


class FixedSnapshots:
    """A snapshot that stays until a test changes it."""

    def __init__(self, current: Snapshot | None) -> None:
        self.current = current
        self.age_now = 0.0
        self.is_database_away = False
        self.is_from_disk = False

    def age(self, now: float) -> float:
        return self.age_now


class Used:
    """Which tokens and keys were used."""

    def __init__(self) -> None:
        self.notes: list[tuple[int, int]] = []
        self.callers: list[tuple[bytes, str, bytes]] = []

    def note(self, *, token: int, key: int, now: float, caller: tuple[bytes, str, bytes]) -> None:
        self.notes.append((token, key))
        self.callers.append(caller)


class Rig:
    """Use it as a context manager; then `post` and look."""

    def __init__(
        self,
        path: Path,
        *,
        text: str = CONFIGURATION,
        store: Store | None = None,
        limits: Limits | None = None,
        queue_limit: int = 100,
    ) -> None:
        self.now: float = NOW
        self.path = path / "events.sqlite3"
        self.instance = live(text)
        self.snapshots = FixedSnapshots(known_to(self.instance))
        self.used = Used()
        self.errors = EvaluationErrors()
        self.metrics = Metrics()
        self.traffic = TrafficNotes((ip_network("198.51.100.0/24"),))
        self.committer = Committer(store or SqliteStore(self.path), queue_limit=queue_limit)
        self.endpoint = Endpoint(
            snapshots=self.snapshots,
            committer=self.committer,
            usage=self.used,
            limits=limits or Limits(trusted_proxies=(ip_network("198.51.100.0/24"),)),
            errors=self.errors,
            metrics=self.metrics,
            traffic=self.traffic,
            clock=lambda: self.now,
        )

    def __enter__(self) -> Self:
        self.runner = asyncio.Runner()
        self.runner.run(self._start())
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.runner.run(self._stop())
        self.runner.close()

    async def _stop(self) -> None:
        others = asyncio.all_tasks() - {asyncio.current_task()}
        await self.committer.close()
        if others:
            await asyncio.wait(others)

    async def _start(self) -> None:
        await self.committer.start()

    def send(
        self,
        method: str,
        path: str,
        content: bytes | AsyncIterator[bytes] = b"",
        peer: str = PEER,
        **headers: str | None,
    ) -> httpx.Response:
        """Send exactly these headers (underscores are dashes) and this body."""
        return self.runner.run(self._send(method, path, content, peer, headers))

    async def _send(
        self,
        method: str,
        path: str,
        content: bytes | AsyncIterator[bytes],
        peer: str,
        headers: Mapping[str, str | None],
    ) -> httpx.Response:
        transport = httpx.ASGITransport(self.endpoint, client=(peer, 4321))
        given = {
            name.replace("_", "-"): value.encode("latin-1") for name, value in headers.items() if value is not None
        }
        async with httpx.AsyncClient(transport=transport, base_url="http://endpoint") as client:
            client.headers.clear()
            return await client.request(method, path, content=content, headers=given)

    def post(
        self, event: Any = None, *, path: str = PATH, content: bytes | None = None, **changes: Any
    ) -> httpx.Response:
        """A good request but for what is changed; a header that is None is left out."""
        return self.runner.run(self._post(event, path, content, changes))

    async def _post(self, event: Any, path: str, content: bytes | None, changes: Mapping[str, Any]) -> httpx.Response:
        body = (
            json.dumps(event if event is not None else {"td_client_id": "202"}).encode() if content is None else content
        )
        peer = changes.get("peer", PEER)
        others = {name: value for name, value in changes.items() if name != "peer"}
        return await self._send("POST", path, body, peer, good_headers(path) | others)

    def post_all(self, events: Iterable[Any]) -> Sequence[httpx.Response]:
        """All at once, so that they share a commit."""

        async def together() -> Sequence[httpx.Response]:
            return await asyncio.gather(*(self._post(event, PATH, None, {}) for event in events))

        return self.runner.run(together())

    def start_posting(self, events: Iterable[Any]) -> list[asyncio.Task[httpx.Response]]:
        """Begin, and return when all of them wait for the store."""
        wanted = list(events)

        async def start() -> list[asyncio.Task[httpx.Response]]:
            tasks = [asyncio.ensure_future(self._post(event, PATH, None, {})) for event in wanted]
            for _ in range(1000):
                if self.committer.queued == len(tasks):
                    break
                await asyncio.sleep(0)
            return tasks

        return self.runner.run(start())

    def query(self, sql: str) -> list[Any]:
        """Rows of the store."""
        db = sqlite3.connect(self.path)
        try:
            return db.execute(sql).fetchall()
        finally:
            db.close()


def good_headers(path: str) -> dict[str, str | None]:
    """The headers that this path wants."""
    public = path.startswith("/public/")
    return {
        "content_type": "application/vnd.treasuredata.v1+json",
        "authorization": f"TD1 1/{BROWSER_KEY if public else KEY}",
        "wp13n_token": f"1/8/{PUBLIC if public else PRIVATE}",
        "origin": ORIGIN if public else None,
    }


def assert_error(response: httpx.Response, status: int, code: int) -> str:
    """One form for every error; returns its message."""
    assert (response.status_code, response.json().get("code")) == (status, code), response.text
    assert response.headers["content-type"] == "application/json"
    assert response.headers["x-request-id"]
    assert response.json().keys() == {"code", "message"}
    message: str = response.json()["message"]
    assert len(message) > 15
    return message
