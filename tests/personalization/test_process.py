"""The endpoint as a real process: limits on the wire, what is live and when, stopping."""

from __future__ import annotations

import json
import socket
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.personalization.server_process import Home, Response, ServerProcess, read_response

EVENT = {"td_client_id": "202"}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A customer whose token is not revoked by any test that uses this one."""
    directory = tmp_path_factory.mktemp("home")
    return Home(directory, *Home(directory).seed("make"))


@pytest.fixture(scope="module")
def server(home: Home) -> Iterator[ServerProcess]:
    with ServerProcess(home) as running:
        yield running


def assert_error(response: Response, status: int, code: int) -> None:
    assert (response.status, response.json()["code"]) == (status, code)
    assert response.headers["x-request-id"]


def test_event__over_the_wire__is_answered_on_a_connection_that_stays(server: ServerProcess) -> None:
    with server.connect() as connection:
        for _ in range(3):
            connection.sendall(server.home.request(EVENT))
            response = read_response(connection)
            assert response.status == 200
            assert response.json()["offers"]["hello"]["attributes"]["text"] == "one"


@pytest.mark.parametrize("sent", [b"", b'{"td_client_id"'])
def test_body__does_not_arrive_in_time__408_and_the_connection_ends(server: ServerProcess, sent: bytes) -> None:
    with server.connect() as connection:
        connection.sendall(server.home.head(content_length="100") + sent)
        response = read_response(connection)
        assert_error(response, 408, 408)
        assert connection.recv(10) == b""


def test_body__dribbles_in__408_all_the_same(server: ServerProcess) -> None:
    with server.connect() as connection:
        connection.sendall(server.home.head(content_length="1000"))
        stop = threading.Event()
        thread = threading.Thread(target=_dribble, args=(connection, stop))
        thread.start()
        response = read_response(connection)
        stop.set()
        thread.join()
        assert_error(response, 408, 408)


def _dribble(connection: socket.socket, stop: threading.Event) -> None:
    while not stop.wait(0.05):
        try:
            connection.sendall(b" ")
        except OSError:
            return


def test_body__streamed_over_1_mb__413(server: ServerProcess) -> None:
    chunk = b"10000\r\n" + b" " * 65536 + b"\r\n"
    with server.connect() as connection:
        connection.sendall(server.home.head(transfer_encoding="chunked"))
        try:
            for _ in range(64):
                connection.sendall(chunk)
        except OSError:
            pass  # it does not wait for the end
        assert_error(read_response(connection), 413, 413)


def test_body__in_chunks__is_one_event(server: ServerProcess) -> None:
    body = json.dumps(EVENT).encode()
    chunks = b"".join(b"%x\r\n%s\r\n" % (1, body[at : at + 1]) for at in range(len(body)))
    response = server.exchange(server.home.head(transfer_encoding="chunked") + chunks + b"0\r\n\r\n")
    assert response.status == 200


@pytest.mark.parametrize(
    "garbage",
    [
        b"\x00\xff\x16\x03\x01",
        b"GET\r\n\r\n",
        b"POST / HTTP/9.9\r\n\r\n",
        b"POST /a b c HTTP/1.1\r\n\r\n",
        b"\r\n" * 50,
    ],
)
def test_garbage__on_the_wire__does_no_harm(server: ServerProcess, garbage: bytes) -> None:
    with server.connect() as connection:
        connection.sendall(garbage)
        connection.shutdown(socket.SHUT_WR)
        connection.recv(1000)
    assert server.post(EVENT).status == 200


def test_client__goes_away_in_the_middle__does_no_harm(server: ServerProcess) -> None:
    with server.connect() as connection:
        connection.sendall(server.home.head(content_length="100") + b"{")
    assert server.post(EVENT).status == 200


@pytest.mark.parametrize(("path", "key"), [("/healthz", "status"), ("/readyz", "ready")])
def test_health__is_json(server: ServerProcess, path: str, key: str) -> None:
    response = server.get(path)
    assert (response.status, response.headers["content-type"]) == (200, "application/json")
    assert response.json()[key]
    assert_error(server.exchange(f"POST {path} HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n".encode()), 405, 3009)


def test_readyz__tells_revision_age_and_store(server: ServerProcess) -> None:
    body = server.get("/readyz").json()
    assert body.keys() == {
        *("ready", "revision", "snapshot_age", "snapshot_from", "control_database", "store", "queued"),
    }
    assert body["revision"] > 0
    assert 0 <= body["snapshot_age"] < 60
    assert body["store"] == "available"


@pytest.mark.parametrize("path", ["/", "/admin/", "/admin/login", "/static/x.css", "/docs", "/schema", "/x-y/abc"])
def test_endpoint_alone__has_no_route_to_the_console(server: ServerProcess, path: str) -> None:
    assert_error(server.get(path), 404, 404)


def test_push__under_load__live_within_a_second_and_nothing_fails(home: Home, server: ServerProcess) -> None:
    stop = threading.Event()
    answers: list[tuple[int, str, str]] = []

    def load() -> None:
        with server.connect() as connection:
            while not stop.is_set():
                connection.sendall(home.request(EVENT))
                response = read_response(connection)
                text = response.json()["offers"]["hello"]["attributes"]["text"]
                answers.append((response.status, response.headers["x-p13n-version"], text))

    threads = [threading.Thread(target=load) for _ in range(3)]
    for thread in threads:
        thread.start()
    home.seed("push", "two")
    pushed_at = time.monotonic()
    while server.post(EVENT).headers["x-p13n-version"] != "2":
        assert time.monotonic() < pushed_at + 1
    stop.set()
    for thread in threads:
        thread.join()
    assert set(answers) == {(200, "1", "one"), (200, "2", "two")}


def test_revoked_token__is_refused_within_a_second(tmp_path: Any) -> None:
    home = Home(tmp_path, *Home(tmp_path).seed("make"))
    with ServerProcess(home) as server:
        assert server.post(EVENT).status == 200
        home.seed("revoke")
        revoked_at = time.monotonic()
        while (response := server.post(EVENT)).status == 200:
            assert time.monotonic() < revoked_at + 1
        assert_error(response, 400, 3001)
        server.stop()


def test_stopping__what_was_taken__is_answered_and_stored(home: Home) -> None:
    with ServerProcess(home) as server, ExitStack() as stack:
        connections = [stack.enter_context(server.connect()) for _ in range(30)]
        for number, connection in enumerate(connections):
            connection.sendall(home.request(EVENT | {"uuid": f"{number:032x}"}))
        answered = sum(read_response(connection).status == 200 for connection in connections[:5])
        server.stop()
        answered += sum(read_response(connection).status == 200 for connection in connections[5:])
    db = sqlite3.connect(home.store)
    [(stored,)] = db.execute("SELECT count(*) FROM events WHERE uuid < x'000000000000000000000000000000ff'")
    db.close()
    assert (answered, stored) == (30, 30)
    db = sqlite3.connect(home.directory / "control.sqlite3")
    assert db.execute("SELECT last_used_at IS NOT NULL FROM tokens_accesstoken").fetchall() == [(1,)]
    db.close()


def test_everything_from_one_process__each_path_goes_to_its_own(home: Home) -> None:
    with ServerProcess(home, "p13nadmin.asgi:application") as server:
        assert server.post(EVENT).status == 200
        assert server.get("/readyz").json()["ready"] is True
        assert server.get("/").headers["location"] == "/admin/"
        assert server.get("/admin/").status == 302
        assert server.get("/accounts").status == 401
        assert b"see /docs" in server.get("/x-y/abc").body
        assert_error(server.get("/your_database/pageviews"), 405, 3009)
        assert_error(server.get("/nothing"), 404, 404)
        assert_error(server.get("/public/nothing"), 404, 404)
        server.stop()
