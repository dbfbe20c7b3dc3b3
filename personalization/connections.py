"""Connections that nobody can hold open for nothing: the server's HTTP protocol with limits on requests' heads.

The body's limits are the application's; what comes before it, no application ever sees. Use it as
`uvicorn personalization.asgi:application --http personalization.connections:BoundedHttp --limit-concurrency 10000`.
"""

from __future__ import annotations

import asyncio
import logging
from http import HTTPStatus
from time import time as wall_time
from typing import Any, ClassVar

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from personalization import refusals
from personalization.identifiers import Identifiers
from personalization.own_paths import HEALTH_PATHS, METRICS_PATH
from personalization.refusals import Refusal
from personalization.responses import Receive, Reply, Scope, Send, refused, send_reply

_TOLD = HEALTH_PATHS | {METRICS_PATH}  # to everybody, however many connections there are
_WARNING_INTERVAL = 60.0  # seconds
_log = logging.getLogger(__name__)


class BoundedHttp(HttpToolsProtocol):
    """One connection.

    A head (request line and headers) has `head_deadline` seconds, from the connection's start or from its first
    byte on, and about `head_limit` bytes; so long, too, may the rest of a body take that was refused unread.
    Whatever is no HTTP is answered as every error is.

    There are at most as many connections as uvicorn's `limit_concurrency` says. The next `surplus` are answered 503
    and closed, which has to be soon; beyond these a connection is closed at once.

    When the server ends, a request that is already on its way is still answered, and told that it was the last here:
    an idle connection is closed only after `parting_time` seconds.
    """

    head_deadline: ClassVar[float] = 9.5  # after 10 it is over, also where the loop is late
    head_limit: ClassVar[int] = 64 * 1024
    surplus: ClassVar[int] = 100
    surplus_deadline: ClassVar[float] = 1.0
    parting_time: ClassVar[float] = 0.5
    _identifiers: ClassVar[Identifiers] = Identifiers()
    _warned_until: ClassVar[float] = 0.0

    _in_head = False
    _is_parting = False
    _is_surplus = False
    _head_size = 0  # bytes of the head but for the read that it began with
    _timer: asyncio.TimerHandle | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._most, self.limit_concurrency = self.limit_concurrency, None  # uvicorn's own way refuses old ones too

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if self._most is not None and len(self.connections) > self._most:
            self._be_surplus(self._most)
        self._start_timer()

    def _be_surplus(self, most: int) -> None:
        self._is_surplus = True
        now = self.loop.time()
        if now >= self._warned_until:
            BoundedHttp._warned_until = now + _WARNING_INTERVAL
            _log.warning("all %d connections are in use: further ones are refused", most)
        if len(self.connections) > most + self.surplus:
            self.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._in_head:
            self._head_size += len(data)
        super().data_received(data)
        if self._in_head and self._head_size > self.head_limit:
            self._turn_away(431, f"The request's headers are too large: at most {self.head_limit} bytes are read.")
        elif self._in_head or (self.cycle is not None and self._is_idle):
            self._start_timer()
        else:
            self._stop_timer()

    def on_message_begin(self) -> None:
        self._in_head, self._head_size = True, 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._in_head = False
        if self._is_surplus:
            self.app = self._serve_surplus
        super().on_headers_complete()
        if self._is_parting or self._is_surplus:
            self.cycle.keep_alive = False

    async def _serve_surplus(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] in _TOLD:
            await self.config.loaded_app(scope, receive, send)
        else:
            reply = self._refused(refusals.no_connection())
            await send_reply(send, reply, request_id=self._fresh_id())

    def shutdown(self) -> None:
        """The server ends."""
        self._is_parting = True
        if self._is_idle:
            self.loop.call_later(self.parting_time, self._part)
        else:
            self.cycle.keep_alive = False

    @property
    def _is_idle(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    def _part(self) -> None:
        if self._is_idle and not self._in_head:
            self.transport.close()

    def send_400_response(self, msg: str) -> None:
        """The answer to what is no HTTP; `msg` is for the server's log alone."""
        self._turn_away(400, "This is not an HTTP/1.1 request as it should be.")

    def _start_timer(self) -> None:
        if self._timer is None:
            seconds = self.surplus_deadline if self._is_surplus else self.head_deadline
            self._timer = self.loop.call_later(seconds, self._overdue)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _overdue(self) -> None:
        self._timer = None
        if self._in_head:
            self._turn_away(408, "The request's headers did not arrive in time; send it again.")
        else:
            self.transport.close()

    def _turn_away(self, status: int, message: str) -> None:
        if not self.transport.is_closing() and self._is_idle:
            self.transport.write(self._error(status, message))
        self.transport.close()

    def _error(self, status: int, message: str) -> bytes:
        if not self._in_head:  # what is known is of the request before
            self.url, self.headers = b"", []
        reply = self._refused(Refusal(status, status, message))
        headers = [
            *self.server_state.default_headers,
            (b"x-request-id", self._fresh_id().encode()),
            *reply.headers,
            (b"content-type", b"application/json"),
            (b"content-length", str(len(reply.body)).encode()),
            (b"connection", b"close"),
        ]
        lines = [b"HTTP/1.1 %d %s" % (status, HTTPStatus(status).phrase.encode())]
        lines += [name + b": " + value for name, value in headers]
        return b"\r\n".join((*lines, b"", reply.body))

    def _refused(self, refusal: Refusal) -> Reply:
        """As the application would answer it, where it says how when it starts."""
        turned_away = self.app_state.get("turned_away")
        return refused(refusal) if turned_away is None else turned_away(refusal, self.url, self.headers)

    def _fresh_id(self) -> str:
        return self._identifiers.fresh(wall_time()).hex()
