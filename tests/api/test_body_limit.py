"""Request bodies are bounded before the application sees them, whatever the server lets through."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from p13nadmin.api.body_limit import BodyLimit

Headers = list[tuple[bytes, bytes]]


async def echo(scope: Any, receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]) -> None:
    """Answers with the length that was declared to it and the body."""
    lengths = [value.decode() for name, value in scope["headers"] if name == b"content-length"]
    chunked = any(name == b"transfer-encoding" for name, _ in scope["headers"])
    message = await receive()
    answer = json.dumps({"lengths": lengths, "chunked": chunked, "body": message["body"].decode()})
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": answer.encode()})


def call(chunks: list[bytes], headers: Headers, *, stall: bool = False, leave: bool = False) -> list[Any]:
    """What is sent to a caller whose body comes in these chunks; then it stalls, leaves, or is done."""
    sent: list[Any] = []

    async def receive() -> Any:
        if chunks:
            chunk = chunks.pop(0)
            return {"type": "http.request", "body": chunk, "more_body": bool(chunks) or stall or leave}
        if leave:
            return {"type": "http.disconnect"}
        await asyncio.Event().wait()
        return None

    async def send(message: Any) -> None:
        sent.append(message)

    limited = BodyLimit(echo, limit=10, deadline=0.05 if stall else 60)
    asyncio.run(limited({"type": "http", "headers": headers}, receive, send))
    return sent


def status_and_body(sent: list[Any]) -> tuple[int, Any]:
    return sent[0]["status"], json.loads(sent[1]["body"])


@pytest.mark.parametrize(
    ("chunks", "headers"),
    [
        ([b"0123456789"], [(b"content-length", b"10")]),
        ([b"01234", b"56789"], [(b"transfer-encoding", b"chunked")]),
        ([b"0123456789"], []),
    ],
)
def test_body_limit__within__passed_on_with_its_length(chunks: list[bytes], headers: Headers) -> None:
    status, body = status_and_body(call(chunks, headers))

    assert status == 200
    assert body == {"lengths": ["10"], "chunked": False, "body": "0123456789"}


def test_body_limit__no_body__no_length() -> None:
    assert status_and_body(call([b""], []))[1] == {"lengths": [], "chunked": False, "body": ""}


@pytest.mark.parametrize(
    ("chunks", "headers"),
    [
        ([], [(b"content-length", b"11")]),
        ([], [(b"content-length", b"9" * 30)]),
        ([b"01234", b"567890"], [(b"transfer-encoding", b"chunked")]),
        ([b"0123456789", b"0"], [(b"content-length", b"1")]),
    ],
)
def test_body_limit__over__413_as_json(chunks: list[bytes], headers: Headers) -> None:
    status, body = status_and_body(call(chunks, headers))

    assert (status, body["code"], body["errors"]) == (413, 413, [])
    assert "10 bytes" in body["message"]


def test_body_limit__stalled__408_as_json() -> None:
    status, body = status_and_body(call([b"01"], [(b"content-length", b"10")], stall=True))

    assert (status, body["code"]) == (408, 408)


def test_body_limit__caller_leaves__nothing_is_sent() -> None:
    assert call([b"01"], [(b"content-length", b"10")], leave=True) == []


def test_body_limit__not_http__passed_on_untouched() -> None:
    seen = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        seen.append((scope, receive, send))

    asyncio.run(BodyLimit(application, limit=1, deadline=1)({"type": "lifespan"}, None, None))  # type: ignore[arg-type]

    assert seen == [({"type": "lifespan"}, None, None)]
