"""Connections that nobody can hold open for nothing: the server's HTTP protocol with a limit on each request's head.

The body's limits are the application's; what comes before it, no application ever sees. Use it as
`uvicorn personalization.asgi:application --http personalization.connections:BoundedHttp`.
"""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from time import time as wall_time
from typing import ClassVar

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from personalization.identifiers import Identifiers
from personalization.refusals import Refusal
from personalization.responses import refused


class BoundedHttp(HttpToolsProtocol):
    """One connection.

    A head (request line and headers) has `head_deadline` seconds, from the connection's start or from its first
    byte on, and about `head_limit` bytes; so long, too, may the rest of a body take that was refused unread.
    Whatever is no HTTP is answered as every error is.

    When the server ends, a request that is already on its way is still answered, and told that it was the last here:
    an idle connection is closed only after `parting_time` seconds.
    """

    head_deadline: ClassVar[float] = 10.0
    head_limit: ClassVar[int] = 64 * 1024
    parting_time: ClassVar[float] = 0.5
    _identifiers: ClassVar[Identifiers] = Identifiers()

    _in_head = False
    _is_parting = False
    _head_size = 0  # bytes of the head but for the read that it began with
    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._start_timer()

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
        super().on_headers_complete()
        if self._is_parting:
            self.cycle.keep_alive = False

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
            self._timer = self.loop.call_later(self.head_deadline, self._overdue)

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
        reply = refused(Refusal(status, status, message))
        headers = [
            *self.server_state.default_headers,
            (b"x-request-id", self._identifiers.fresh(wall_time()).hex().encode()),
            (b"content-type", b"application/json"),
            (b"content-length", str(len(reply.body)).encode()),
            (b"connection", b"close"),
        ]
        lines = [b"HTTP/1.1 %d %s" % (status, HTTPStatus(status).phrase.encode())]
        lines += [name + b": " + value for name, value in headers]
        return b"\r\n".join((*lines, b"", reply.body))
