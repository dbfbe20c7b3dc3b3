"""The endpoint as a process of its own, and a raw HTTP client for it."""

from __future__ import annotations

import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.ports import free_port

ROOT = Path(__file__).parents[2]
PASSED_ON = ("PATH", "HOME", "LANG", "PYTHONDONTWRITEBYTECODE")
START_SECONDS = 60
LOOK_INTERVAL = 0.02


@dataclass(frozen=True)
class Home:
    """A directory with a control database, an event store, and the header values of its customer."""

    directory: Path
    token: str = ""
    key: str = ""

    @property
    def store(self) -> Path:
        return self.directory / "events.sqlite3"

    def environment(self) -> dict[str, str]:
        variables = {
            "DEBUG": "true",
            "SECRET_KEY": "only-for-tests",
            "DATA_DIR": str(self.directory),
            "DATABASE_URL": f"sqlite:///{self.directory}/control.sqlite3",
            "EVENT_STORE": f"sqlite:///{self.store}",
            "BODY_DEADLINE": "0.5",
            "LOG_LEVEL": "WARNING",
        }
        return {name: os.environ[name] for name in PASSED_ON if name in os.environ} | variables

    def seed(self, *words: str) -> list[str]:
        """Run the seed program; returns the lines that it printed."""
        return subprocess.run(
            [sys.executable, "-m", "tests.personalization.seed", *words],
            cwd=ROOT,
            env=self.environment(),
            check=True,
            stdout=subprocess.PIPE,
            text=True,
            timeout=120,
        ).stdout.splitlines()

    def head(self, path: str = "/your_database/pageviews", **changes: str) -> bytes:
        """The head of a good POST but for what is changed."""
        headers = {
            "host": "endpoint",
            "content-type": "application/json",
            "wp13n-token": self.token,
            "authorization": self.key,
        } | {name.replace("_", "-"): value for name, value in changes.items()}
        lines = [f"POST {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
        return ("\r\n".join(lines) + "\r\n\r\n").encode()

    def request(self, event: Any) -> bytes:
        """A whole good request."""
        body = json.dumps(event).encode()
        return self.head(content_length=str(len(body))) + body


class ServerProcess:
    """Runs `application` with uvicorn from entering until leaving the context; `ready`: wait for it to be so.

    `options` are uvicorn's; with `tls` it is spoken to over TLS.
    """

    def __init__(
        self,
        home: Home,
        application: str = "personalization.asgi:application",
        *,
        ready: bool = True,
        options: tuple[str, ...] = (),
        tls: ssl.SSLContext | None = None,
        **settings: str,
    ) -> None:
        self.home = home
        self.options = options
        self.tls = tls
        self.awaited = frozenset({200}) if ready else frozenset({200, 503})
        self.settings = settings
        self.application = application
        self.port = free_port()
        self.ready_after = 0.0  # seconds from the last start

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def start(self) -> None:
        """Start it, and wait until it serves."""
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-m", "uvicorn", self.application, "--port", str(self.port), "--lifespan", "on"),
                *("--loop", "uvloop", "--http", "httptools", "--log-level", "warning", "--no-access-log"),
                *("--no-proxy-headers", "--timeout-graceful-shutdown", "10"),
                *self.options,
            ],
            cwd=ROOT,
            env=self.home.environment() | self.settings,
        )
        self._wait()

    def restart(self) -> None:
        """Stop in order and start again, at the same port."""
        self.stop()
        self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self.process.poll() is None:
            self.stop(signal.SIGKILL)

    def stop(self, by: signal.Signals = signal.SIGTERM) -> None:
        """Send a signal and wait for the end. The server stops in order first, then lets SIGTERM have its effect."""
        self.process.send_signal(by)
        assert self.process.wait(30) == -by

    def connect(self) -> socket.socket:
        """A new connection, with a limit on waiting."""
        plain = socket.create_connection(("127.0.0.1", self.port), timeout=20)
        return plain if self.tls is None else self.tls.wrap_socket(plain, server_hostname="localhost")

    def exchange(self, *parts: bytes) -> Response:
        """Send on a new connection, read one response."""
        with self.connect() as connection:
            for part in parts:
                connection.sendall(part)
            return read_response(connection)

    def get(self, path: str) -> Response:
        return self.exchange(f"GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n".encode())

    def post(self, event: Any) -> Response:
        return self.exchange(self.home.request(event))

    def _wait(self) -> None:
        began = time.monotonic()
        said = b"nothing"
        while time.monotonic() < began + START_SECONDS:
            assert self.process.poll() is None, "the server ended"
            with suppress(OSError):
                answer = self.get("/readyz")
                if answer.status in self.awaited:
                    self.ready_after = time.monotonic() - began
                    return
                said = answer.body
            time.sleep(LOOK_INTERVAL)
        raise AssertionError(f"the server did not become ready; it said {said.decode()}")


@dataclass(frozen=True)
class Response:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


def read_response(connection: socket.socket) -> Response:
    """One response. Raises ConnectionError when the connection ends first."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += _more(connection)
    head, _, body = data.partition(b"\r\n\r\n")
    status, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
    while len(body) < int(headers.get("content-length", "0")):
        body += _more(connection)
    while "transfer-encoding" in headers and not body.endswith(b"0\r\n\r\n"):
        body += _more(connection)
    return Response(int(status.split()[1]), headers, body)


def _more(connection: socket.socket) -> bytes:
    data = connection.recv(65536)
    if not data:
        raise ConnectionError("closed")
    return data
