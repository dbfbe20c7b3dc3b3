"""The ASGI application: health, metrics, events, and what starts and stops with the process."""

from __future__ import annotations

import asyncio
import gc
import sys
import time
from pathlib import Path

from django.conf import settings

from p13nadmin.api.client_address import Network, networks
from personalization import cors, json_text, refusals
from personalization.committer import Committer
from personalization.evaluation_errors import EvaluationErrors
from personalization.health import health
from personalization.http import Endpoint, Limits, headers_of
from personalization.identifiers import Identifiers
from personalization.metrics import MeasuredStore, Metrics
from personalization.metrics_page import CONTENT_TYPE, Page, may_read
from personalization.own_paths import HEALTH_PATHS, METRICS_PATH
from personalization.recorder import RecordedStore, Recorder, batches_of
from personalization.recording import digesting_key
from personalization.recording_writer import RecordingWriter
from personalization.refusals import Header, Refusal
from personalization.responses import Receive, Reply, Scope, Send, refused, send_reply
from personalization.snapshot_copy import SnapshotCopy
from personalization.stores.base import Store
from personalization.stores.locations import store_working_with
from personalization.traffic_notes import TrafficNotes
from personalization.traffic_writer import TrafficWriter
from personalization.usage import Usage
from personalization.watcher import Watcher

_SWITCH_INTERVAL = 0.0005  # seconds that the writing thread waits at most for a busy event loop

_COLLECT_AFTER = 20_000  # new objects; an event makes about a hundred, none of them in a cycle


class Server:
    """One process of the endpoint. `errors` holds the evaluation errors that it has seen."""

    def __init__(
        self,
        *,
        store: Store,
        recorder: Recorder,
        limits: Limits,
        queue_limit: int,
        copy: SnapshotCopy,
        readers: tuple[Network, ...],
    ) -> None:
        self.errors = EvaluationErrors()
        self._limits = limits
        self._identifiers = Identifiers()
        usage, traffic = Usage(limits.trusted_proxies), TrafficNotes(limits.trusted_proxies)
        reports = (TrafficWriter(traffic, self.errors), RecordingWriter(recorder))
        self._watcher = Watcher(usage=usage, copy=copy, others=reports)
        self._metrics = Metrics()
        self._readers = readers
        self._committer = Committer(
            MeasuredStore(RecordedStore(store, recorder), self._metrics), queue_limit=queue_limit
        )
        self._endpoint = Endpoint(
            snapshots=self._watcher,
            committer=self._committer,
            usage=usage,
            limits=limits,
            errors=self.errors,
            metrics=self._metrics,
            traffic=traffic,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection of any type."""
        if scope["type"] == "lifespan":
            await self._live(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close"})
        elif scope["path"] in HEALTH_PATHS:
            await self._health(scope, send)
        elif scope["path"] == METRICS_PATH and scope["method"] == "GET" and self._may_read(scope):
            await self._tell(send)
        else:
            await self._endpoint(scope, receive, send)

    async def _live(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        scope.get("state", {})["turned_away"] = self._turned_away
        await asyncio.gather(self._committer.start(), self._watcher.start())
        _tune_interpreter()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._committer.close()
        await self._watcher.close()
        await send({"type": "lifespan.shutdown.complete"})

    def _turned_away(self, refusal: Refusal, path: bytes, headers: list[Header]) -> Reply:
        """The answer to what a connection refuses by itself; `path` and `headers` as far as they are known."""
        reply = refused(refusal)
        self._metrics.note_turned_away(refusal.status, refusal.code)
        if not path.startswith(b"/public/"):
            return reply
        return cors.with_headers(reply, headers_of(headers), self._watcher.current, time.time())

    async def _health(self, scope: Scope, send: Send) -> None:
        now = time.time()
        if scope["method"] in ("GET", "HEAD"):
            status, body = health(
                scope["path"],
                snapshots=self._watcher,
                committer=self._committer,
                max_age=self._limits.snapshot_max_age,
                now=now,
            )
            reply = Reply(status, json_text.dump_answer(body))
        else:
            reply = refused(refusals.wrong_method(b"GET"))
        await send_reply(send, reply, request_id=self._identifiers.fresh(now).hex())

    def _may_read(self, scope: Scope) -> bool:
        peer = scope["client"][0] if scope.get("client") else ""
        trusted = self._limits.trusted_proxies
        return may_read(headers_of(scope["headers"]), peer, allowed=self._readers, trusted=trusted)

    async def _tell(self, send: Send) -> None:
        text = Page(self._metrics, self._watcher, self._committer, self.errors, time.time()).text()
        headers = [(b"content-type", CONTENT_TYPE), (b"content-length", str(len(text)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": text})


def _tune_interpreter() -> None:
    """Let the writing thread have its turn soon, and the collector leave alone what lives as long as the process."""
    sys.setswitchinterval(_SWITCH_INTERVAL)
    gc.collect()
    gc.freeze()
    gc.set_threshold(_COLLECT_AFTER, *gc.get_threshold()[1:])


def server_from_settings() -> Server:
    """The server that the settings describe. Raises UnknownStore."""
    limits = Limits(
        body_deadline=settings.BODY_DEADLINE,
        snapshot_max_age=settings.SNAPSHOT_MAX_AGE,
        trusted_proxies=networks(tuple(settings.TRUSTED_PROXIES)),
    )
    recorder = Recorder(digesting_key(settings.SECRET_KEY))
    return Server(
        store=store_working_with(settings.EVENT_STORE, batches_of(recorder)),
        recorder=recorder,
        limits=limits,
        queue_limit=settings.COMMIT_QUEUE_LIMIT,
        copy=SnapshotCopy(Path(settings.SNAPSHOT_FILE), key=_installation()),
        readers=networks(tuple(settings.METRICS_ADDRESSES)),
    )


def _installation() -> bytes:
    """What tells this installation and its control database from any other."""
    control = settings.DATABASES["default"]
    place = (control.get(part) for part in ("ENGINE", "HOST", "PORT", "NAME"))
    return json_text.dump([settings.SECRET_KEY, *(str(part or "") for part in place)]).encode()
