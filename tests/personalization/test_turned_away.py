"""What a connection refuses by itself is told as the application tells it: to browsers too, and counted."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from select import select

import pytest

from tests.personalization.server_process import Home, Response, ServerProcess, read_response

ORIGIN = "https://shop.example.com"
PUBLIC, PRIVATE = "/public/your_database/pageviews", "/your_database/pageviews"
OPTIONS = ("--http", "tests.personalization.impatient:ImpatientHttp", "--limit-concurrency", "40")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """The endpoint, with a public token for the origin, and forty connections at most."""
    directory = tmp_path_factory.mktemp("home")
    home = Home(directory, *Home(directory).seed("make"))
    home.seed("open", ORIGIN)
    with ServerProcess(home, options=OPTIONS) as running:
        yield running


def head(path: str, origin: str) -> bytes:
    """Of a request, not yet at its end."""
    return f"POST {path} HTTP/1.1\r\nhost: endpoint\r\norigin: {origin}\r\naccept: */*\r\n".encode()


REST = {400: b"no header\r\n\r\n", 431: b"x-filler: " + b"y" * 8_000 + b"\r\n", 408: b"x-a: "}


def answer(server: ServerProcess, path: str, status: int, origin: str = ORIGIN) -> Response:
    """To a head that goes on in a way that has this status; only one that is too large goes on and on."""
    with server.connect() as connection:
        connection.sendall(head(path, origin))
        connection.sendall(REST[status])
        while status == 431 and not select([connection], [], [], 0.02)[0]:
            connection.sendall(REST[status])
        return read_response(connection)


def cors(response: Response) -> dict[str, str]:
    names = ("access-control-allow-origin", "access-control-allow-credentials", "vary")
    return {name: response.headers[name] for name in names if name in response.headers}


@pytest.mark.parametrize("status", REST)
def test_turned_away__on_the_public_path__a_listed_origin_may_read_it(server: ServerProcess, status: int) -> None:
    response = answer(server, PUBLIC, status)
    assert (response.status, response.json()["code"]) == (status, status)
    assert cors(response) == {
        "access-control-allow-origin": ORIGIN,
        "access-control-allow-credentials": "true",
        "vary": "Origin",
    }
    assert cors(answer(server, PUBLIC, status, "https://elsewhere.example.com")) == {"vary": "Origin"}
    assert cors(answer(server, PRIVATE, status)) == {}
    counted = server.get("/metrics").body.decode()
    assert f'p13n_requests_total{{code="{status}",status="{status}"}} ' in counted


def test_turned_away__garbage_after_a_good_request__is_not_taken_for_its_continuation(server: ServerProcess) -> None:
    with server.connect() as connection:
        connection.sendall(head(PUBLIC, ORIGIN) + b"content-length: 0\r\n\r\n")
        assert cors(read_response(connection))["access-control-allow-origin"] == ORIGIN
        connection.sendall(b"\x00\x00")
        response = read_response(connection)
    assert (response.status, cors(response)) == (400, {})


def test_turned_away__too_many_connections__a_listed_origin_may_read_it(server: ServerProcess) -> None:
    request = head(PUBLIC, ORIGIN) + b"content-length: 0\r\n\r\n"
    held: list[socket.socket] = []
    try:
        while len(held) < 60:
            held.append(server.connect())
            held[-1].sendall(request)
            response = read_response(held[-1])
            if response.status == 503:
                break
        assert (len(held) <= 41, response.json()["code"]) == (True, 1005)
        assert cors(response)["access-control-allow-origin"] == ORIGIN
        assert response.headers["retry-after"]
        assert server.get("/readyz").status == 200
    finally:
        for each in held:
            each.close()
