"""Sending an answer: always JSON (but for preflights), always with a request id."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, NamedTuple

from personalization import json_text
from personalization.refusals import Header, Refusal

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]

_CONTENT_TYPE = (b"content-type", b"application/json")


class Reply(NamedTuple):
    """What goes back. An empty body goes without a content type."""

    status: int
    body: bytes
    headers: tuple[Header, ...] = ()


def refused(refusal: Refusal) -> Reply:
    """The error body of a refusal."""
    body = json_text.dump_answer({"code": refusal.code, "message": refusal.message})
    return Reply(refusal.status, body, refusal.headers)


async def send_reply(send: Send, reply: Reply, *, request_id: str) -> None:
    """Send it whole."""
    headers: list[Header] = [(b"x-request-id", request_id.encode()), *reply.headers]
    if reply.body:
        headers += (_CONTENT_TYPE, (b"content-length", str(len(reply.body)).encode()))
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": reply.body})
