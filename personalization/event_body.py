"""The body of an event: read with limits, parsed strictly."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Generator, Iterator, Mapping
from types import coroutine
from typing import Any

import orjson

from personalization.deadlines import Deadlines
from personalization.refusals import MAX_BODY, bad_body, too_large, too_slow
from personalization.responses import Receive

MAX_NESTING = 32
MAX_TIME = 253402300799  # 9999-12-31T23:59:59Z

_ESCAPE = re.compile(rb"\\.", re.DOTALL)
_UUID = re.compile(r"[0-9a-f]{32}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.ASCII)


class Disconnected(Exception):
    """The client went away before its body was complete."""


@coroutine
def received(receive: Receive, deadlines: Deadlines) -> Generator[Any, Any, bytes]:
    """The whole body, if it arrives in time. Raises Refusal and Disconnected.

    Most bodies are there already: only one that has to be waited for has a deadline.
    """
    whole = _whole(receive).__await__()
    try:
        waiting = next(whole)
    except StopIteration as there:
        body: bytes = there.value
        return body
    task = deadlines.begin()
    try:
        yield waiting
        return (yield from whole)
    except asyncio.CancelledError:
        if deadlines.passed(task):
            raise too_slow() from None
        raise
    finally:
        deadlines.end(task)


async def _whole(receive: Receive) -> bytes:
    message = await receive()
    body: bytes = message.get("body", b"")
    if message["type"] == "http.disconnect":
        raise Disconnected
    if message.get("more_body"):
        body = await _with_rest(body, receive)
    if len(body) > MAX_BODY:
        raise too_large()
    return body


async def _with_rest(first: bytes, receive: Receive) -> bytes:
    parts, size, more = [first], len(first), True
    while more and size <= MAX_BODY:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Disconnected
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        more = message.get("more_body", False)
    return b"".join(parts)


def parse(body: bytes) -> dict[str, Any]:
    """The one JSON object that a body is. Raises Refusal.

    orjson refuses what is not JSON in UTF-8, NaN, numbers beyond a double and lone surrogates, but keeps the
    last of duplicate keys. Each key and each string value has two quotation marks, so a lost one shows in
    their number.
    """
    try:
        event = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise bad_body(f"The body is not valid JSON in UTF-8: {error}.") from None
    if type(event) is not dict:
        raise bad_body("The body must be one JSON object, {…}.")
    if body.count(b'"') != 2 * _texts(event) and _quotation_marks(body) != 2 * _texts(event):
        raise bad_body("A key occurs twice in one object of the body; each key may occur once.")
    return event


def time_of(event: Mapping[str, Any], now: int) -> int:
    """The event's `time` in epoch seconds, `now` when it has none. Raises Refusal."""
    if "time" not in event:
        return now
    time = event["time"]
    if type(time) is not int or time < 0:
        raise bad_body("`time` must be an integer: seconds since 1970, from 0 to 253402300799.")
    if time > MAX_TIME:
        raise bad_body("`time` is too large: seconds expected, not milliseconds.")
    return time


def uuid_of(event: Mapping[str, Any]) -> bytes | None:
    """The 16 bytes of the event's `uuid`, None when it has none. Raises Refusal."""
    if "uuid" not in event:
        return None
    uuid = event["uuid"]
    if type(uuid) is not str or _UUID.fullmatch(uuid.lower()) is None or not uuid.isascii():
        raise bad_body("`uuid` must be a UUID: 32 hex digits, with or without dashes.")
    return bytes.fromhex(uuid.replace("-", ""))


def _texts(event: dict[str, Any]) -> int:
    """How many keys and strings there are. Raises Refusal for too deep nesting."""
    count = len(event)
    for value in event.values():
        if type(value) is str:
            count += 1
        elif type(value) is dict or type(value) is list:
            count += _texts_inside(value)
    return count


def _texts_inside(value: dict[str, Any] | list[Any]) -> int:
    level: list[Any] = [value]
    count, depth = 0, 1
    while level:
        depth += 1
        if depth > MAX_NESTING:
            raise bad_body(f"The body is nested more than {MAX_NESTING} deep.")
        count += sum(len(item) for item in level if type(item) is dict)
        inside = [child for item in level for child in _children(item)]
        count += sum(type(child) is str for child in inside)
        level = [child for child in inside if type(child) is dict or type(child) is list]
    return count


def _children(item: dict[str, Any] | list[Any]) -> Iterator[Any]:
    return iter(item.values()) if type(item) is dict else iter(item)


def _quotation_marks(body: bytes) -> int:
    """Without those inside strings, which are escaped."""
    return _ESCAPE.sub(b"", body).count(b'"')
