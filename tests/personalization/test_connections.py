"""What comes before a request: heads that are late or endless, silence, and what is no HTTP."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest
import uvicorn

from personalization.connections import BoundedHttp
from tests.personalization.server_process import Response, read_response

HEAD = b"POST /some_database/table HTTP/1.1\r\nhost: endpoint\r\n"
REQUEST = HEAD + b"content-length: 0\r\n\r\n"
LIMIT = 2000


class Impatient(BoundedHttp):
    """The same with limits that a test can wait for."""

    head_deadline = 0.2
    head_limit = LIMIT


async def answers(scope: Any, receive: Any, send: Any) -> None:
    """Reads the body, but not of what is sent to `/unread`."""
    assert scope["type"] == "http"
    more = scope["path"] != "/unread"
    while more:
        more = (await receive()).get("more_body", False)
    headers = [(b"content-length", b"2")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"ok"})


@contextmanager
def running(config: uvicorn.Config) -> Iterator[tuple[int, uvicorn.Server]]:
    """A server at a port of its own, which may be ended."""
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=asyncio.run, args=(server.serve(sockets=[listener]),))
        thread.start()
        yield listener.getsockname()[1], server
        server.should_exit = True
        thread.join(timeout=30)
        assert not thread.is_alive()


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """A server of such connections."""
    config = uvicorn.Config(answers, loop="uvloop", http=Impatient, ws="none", lifespan="off", log_config=None)
    with running(config) as (port, _):
        yield port


@pytest.fixture
def connection(port: int) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as opened:
        yield opened


def is_over(connection: socket.socket) -> bool:
    """Whether the other side ends the connection; waits for it."""
    try:
        return connection.recv(1000) == b""
    except ConnectionResetError:
        return True


def assert_error(response: Response, status: int, code: int = 0) -> None:
    body = response.json()
    assert (response.status, body["code"]) == (status, code or status)
    assert set(body) == {"code", "message"}
    assert response.headers["content-type"] == "application/json"
    assert len(response.headers["x-request-id"]) == 32
    assert response.headers["connection"] == "close"


def test_deadline__of_the_real_ones__is_under_the_ten_seconds_that_are_promised() -> None:
    assert 9 <= BoundedHttp.head_deadline < 10


def test_silence__connection_ends(connection: socket.socket) -> None:
    assert is_over(connection)


@pytest.mark.parametrize("sent", [b"P", HEAD[:20], HEAD, HEAD + b"x-a: "], ids=["letter", "line", "headers", "header"])
def test_head__does_not_end_in_time__408(connection: socket.socket, sent: bytes) -> None:
    connection.sendall(sent)
    assert_error(read_response(connection), 408)
    assert is_over(connection)


def test_head__dribbles_in__408_all_the_same(connection: socket.socket) -> None:
    connection.sendall(HEAD)
    connection.settimeout(0.02)
    data = b""
    for _ in range(1000):
        try:
            connection.sendall(b"x: y\r\n")
            data = connection.recv(1000)
            break
        except TimeoutError:
            continue
    assert data.startswith(b"HTTP/1.1 408 ")


def test_head__over_the_limit__431_as_json(connection: socket.socket) -> None:
    connection.sendall(HEAD)
    read, sent = b"", 0
    connection.settimeout(0.02)
    while not read and sent < 100:
        connection.sendall(b"x-filler: " + b"y" * (LIMIT // 4) + b"\r\n")
        sent += 1
        try:
            read = connection.recv(2000)
        except TimeoutError:
            continue
    assert read.startswith(b"HTTP/1.1 431 ")
    assert b'{"code":431,' in read


@pytest.mark.parametrize("garbage", [b"GET\r\n\r\n", b"\x16\x03\x01\x02\x00\x01", b"FOO / HTTP/1.1\r\n\r\n", b"\x00"])
def test_garbage__400_as_json(connection: socket.socket, garbage: bytes) -> None:
    connection.sendall(garbage)
    assert_error(read_response(connection), 400)
    assert is_over(connection)


def test_request__whole__is_answered_on_a_connection_that_stays(connection: socket.socket) -> None:
    for _ in range(3):
        connection.sendall(HEAD + b"content-length: 3\r\n\r\nabc")
        assert read_response(connection).status == 200


def test_request__in_pieces__is_answered(connection: socket.socket) -> None:
    for piece in (HEAD[:9], HEAD[9:], b"content-length: 3\r\n", b"\r\na", b"bc"):
        connection.sendall(piece)
    assert read_response(connection).body == b"ok"


def test_body__longer_than_a_head_may_be__is_read(connection: socket.socket) -> None:
    """And the beginning of the next head behind it in the same read does not make that one too large."""
    body = b"z" * (20 * LIMIT)
    connection.sendall(HEAD + b"content-length: %d\r\n\r\n" % len(body) + body + HEAD)
    assert read_response(connection).status == 200
    connection.sendall(b"content-length: 0\r\n\r\n")
    assert read_response(connection).status == 200


def test_next_head__does_not_end_in_time__408(connection: socket.socket) -> None:
    connection.sendall(HEAD + b"content-length: 0\r\n\r\n")
    assert read_response(connection).status == 200
    connection.sendall(HEAD)
    assert_error(read_response(connection), 408)


def test_body__refused_unread_and_never_ending__connection_ends(connection: socket.socket) -> None:
    connection.sendall(b"POST /unread HTTP/1.1\r\nhost: x\r\ncontent-length: 1000000\r\n\r\n")
    assert read_response(connection).body == b"ok"
    connection.sendall(b"a")
    assert is_over(connection)


class Crowded(BoundedHttp):
    """Takes two connections (as uvicorn is told), and two more to refuse them, soon."""

    surplus = 2
    surplus_deadline = 0.2


@pytest.fixture
def crowded() -> Iterator[int]:
    """The port of a server of such connections."""
    config = uvicorn.Config(
        answers, loop="uvloop", http=Crowded, limit_concurrency=2, ws="none", lifespan="off", log_config=None
    )
    with running(config) as (port, _):
        yield port


@pytest.fixture
def both(crowded: int) -> Iterator[list[socket.socket]]:
    """The two connections that it takes, in use."""
    with opened(crowded) as first, opened(crowded) as second:
        for connection in (first, second):
            connection.sendall(REQUEST)
            assert read_response(connection).status == 200
        yield [first, second]


def opened(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=20)


def test_connections__as_many_as_there_may_be__the_next_is_told_to_come_again(
    crowded: int, both: list[socket.socket], caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(5):
        with opened(crowded) as third:
            third.sendall(REQUEST)
            response = read_response(third)
            assert is_over(third)
        assert_error(response, 503, 1005)
        assert int(response.headers["retry-after"]) >= 1
    for connection in both:
        connection.sendall(REQUEST)
        assert read_response(connection).status == 200


def test_connections__one_of_them_ends__another_is_taken(crowded: int, both: list[socket.socket]) -> None:
    both[0].close()
    statuses = set()
    while 200 not in statuses:
        with opened(crowded) as third:
            third.sendall(REQUEST)
            statuses.add(read_response(third).status)
    assert statuses <= {200, 503}


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_connections__as_many_as_there_may_be__who_watches_is_answered(
    crowded: int, both: list[socket.socket], path: str
) -> None:
    with opened(crowded) as third:
        third.sendall(f"GET {path} HTTP/1.1\r\nhost: endpoint\r\n\r\n".encode())
        response = read_response(third)
        assert (response.status, response.headers["connection"]) == (200, "close")


def test_connections__too_many_that_say_nothing__end_soon(crowded: int, both: list[socket.socket]) -> None:
    with opened(crowded) as third, opened(crowded) as fourth:
        assert is_over(third)
        assert is_over(fourth)


def test_connections__far_too_many__end_at_once(
    crowded: int, both: list[socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Crowded, "surplus_deadline", 60.0)
    with opened(crowded), opened(crowded), opened(crowded) as fifth:
        assert is_over(fifth)


class Parting(BoundedHttp):
    """Parts late enough for a test to be in time."""

    parting_time = 1.5


def a_server() -> AbstractContextManager[tuple[int, uvicorn.Server]]:
    """One that a test may end."""
    return running(uvicorn.Config(answers, loop="uvloop", http=Parting, ws="none", lifespan="off", log_config=None))


def test_end__request_on_its_way_on_an_idle_connection__is_answered_as_the_last() -> None:
    with a_server() as (port, server), socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(REQUEST)
        assert "connection" not in read_response(connection).headers
        server.should_exit = True
        wait_until_nobody_listens(port)
        connection.sendall(REQUEST)
        assert read_response(connection).headers["connection"] == "close"
        assert is_over(connection)


def test_end__new_connection_that_has_said_nothing_yet__is_still_answered() -> None:
    with a_server() as (port, server), socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(HEAD)
        wait_until_accepted(port)
        server.should_exit = True
        wait_until_nobody_listens(port)
        connection.sendall(b"content-length: 0\r\n\r\n")
        assert read_response(connection).headers["connection"] == "close"


def test_end__body_on_its_way__is_read_and_answered_as_the_last() -> None:
    with a_server() as (port, server), socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(HEAD + b"content-length: 3\r\n\r\na")
        wait_until_accepted(port)
        server.should_exit = True
        wait_until_nobody_listens(port)
        connection.sendall(b"bc")
        response = read_response(connection)
        assert (response.status, response.headers["connection"]) == (200, "close")


def test_end__idle_connection__is_closed() -> None:
    with a_server() as (port, server), socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(REQUEST)
        read_response(connection)
        server.should_exit = True
        assert is_over(connection)


def wait_until_accepted(port: int) -> None:
    """Connections are taken in order: when a later one is answered, the earlier ones are in the server's hands."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as later:
        later.sendall(REQUEST)
        read_response(later)


def wait_until_nobody_listens(port: int) -> None:
    """So that the end has begun."""
    for _ in range(2000):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=20).close()
        except ConnectionRefusedError:
            return
        time.sleep(0.002)
    raise AssertionError("the server listens on")
