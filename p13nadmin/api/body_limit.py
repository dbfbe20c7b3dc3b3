"""An ASGI application's request bodies, bounded in size and time before it sees them.

No server here bounds them. The whole body is read first, so that the application gets a `Content-Length`
even when the caller sent the body in chunks.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

Message = Mapping[str, Any]
Scope = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]


class BodyLimit:
    """Passes requests on to `application` with bodies of at most `limit` bytes that came within `deadline` seconds."""

    def __init__(self, application: Application, *, limit: int, deadline: float) -> None:
        self.application = application
        self.limit = limit
        self.deadline = deadline

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.application(scope, receive, send)
            return
        try:
            async with asyncio.timeout(self.deadline):
                body = await self._body(scope, receive)
        except _Refused as refused:
            await _answer(send, refused)
        except TimeoutError:
            await _answer(send, _Refused(408, "The body did not arrive in time."))
        else:
            if body is not None:
                await self.application(_with_length(scope, len(body)), _replay(body, receive), send)

    async def _body(self, scope: Scope, receive: Receive) -> bytes | None:
        """The whole body; None when the caller went away."""
        self._check(_declared(scope))
        body = bytearray()
        more = True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return None
            body += message.get("body", b"")
            self._check(len(body))
            more = message.get("more_body", False)
        return bytes(body)

    def _check(self, size: int) -> None:
        if size > self.limit:
            raise _Refused(413, f"The body is too large: at most {self.limit} bytes are taken.")


class _Refused(Exception):
    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


def _declared(scope: Scope) -> int:
    given = [value for name, value in scope["headers"] if name == b"content-length"]
    return max((int(value) for value in given if value.isdigit()), default=0)


def _with_length(scope: Scope, length: int) -> Scope:
    framing = (b"content-length", b"transfer-encoding")
    headers = [(name, value) for name, value in scope["headers"] if name not in framing]
    if length:
        headers.append((b"content-length", str(length).encode()))
    return {**scope, "headers": headers}


def _replay(body: bytes, receive: Receive) -> Receive:
    messages = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return messages.pop() if messages else await receive()

    return replay


async def _answer(send: Send, refused: _Refused) -> None:
    body = json.dumps({"code": refused.status, "message": refused.message, "errors": []}).encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": refused.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
