"""serve: the real thing, in a process of its own."""

from __future__ import annotations

import queue
import re
import shlex
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import IO

import httpx
import pytest

from tests.commands.processes import ROOT, environment, manage, with_files
from tests.ports import free_port

START = 60.0
TOKEN = "e65d8a9df2094f02b84cd660efff6f27"


class Served:
    """A running `manage.py serve`; what it wrote is read by threads of their own."""

    def __init__(self, env: dict[str, str], *options: str, before: Sequence[str] = ()) -> None:
        self.process = subprocess.Popen(
            [*before, sys.executable, str(ROOT / "manage.py"), "serve", *options],
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        self.stdout, self.stderr = Stream(self.process.stdout), Stream(self.process.stderr)

    def stop(self, by: signal.Signals) -> int:
        self.process.send_signal(by)
        return self.process.wait(timeout=30)


class Stream:
    """Everything that came, and waiting for what has to come."""

    def __init__(self, pipe: IO[str] | None) -> None:
        assert pipe is not None
        self.text = ""
        self._lines: queue.Queue[str | None] = queue.Queue()
        threading.Thread(target=self._read, args=(pipe,), daemon=True).start()

    def _read(self, pipe: IO[str]) -> None:
        with pipe:
            for line in pipe:
                self._lines.put(line)
        self._lines.put(None)

    def until(self, part: str) -> str:
        while part not in self.text:
            line = self._lines.get(timeout=START)
            assert line is not None, f"it ended without “{part}”: {self.text}"
            self.text += line
        return self.text

    def rest(self) -> str:
        while (line := self._lines.get(timeout=START)) is not None:
            self.text += line
        return self.text


Serve = Callable[..., Served]


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    return environment(DEBUG="true", DATA_DIR=str(tmp_path), PORT=str(free_port()))


@pytest.fixture
def serve(env: dict[str, str]) -> Iterator[Serve]:
    assert manage("migrate", "--verbosity", "0", env=env).returncode == 0
    running: list[Served] = []

    def start(*options: str, before: Sequence[str] = ()) -> Served:
        running.append(Served(env, *options, before=before))
        return running[-1]

    yield start
    for each in running:
        each.process.kill()
        each.process.wait()


def post(text: str) -> httpx.Response:
    """What the printed curl line does."""
    words = shlex.split(text[text.index("curl ") :].replace("\\\n", " "))
    headers = [words[at + 1].partition(": ") for at, word in enumerate(words) if word == "--header"]
    url, body = words[words.index("--location") + 1], words[words.index("-d") + 1]
    return httpx.post(url, content=body, headers={name: value for name, _, value in headers})


def test_serve__demo__its_curl_line_answers_with_the_offer(serve: Serve, env: dict[str, str]) -> None:
    served = serve("--demo")
    served.stderr.until("startup complete")
    printed = served.stdout.until("--location")
    answers = [post(printed) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[1].json() == {
        "offers": {"preferences_known": {"attributes": {"td_client_id": "202", "preferences": "some other data"}}}
    }
    assert "server" not in answers[0].headers
    base = f"http://127.0.0.1:{env['PORT']}"
    assert httpx.get(f"{base}/admin/login/").status_code == 200
    served.stop(signal.SIGINT)
    assert "Traceback" not in served.stderr.rest()
    key = re.search(r"TD1 1/([0-9a-f]{40})", printed)
    assert key
    assert key[1] not in served.stderr.text
    assert TOKEN not in served.stderr.text

    again = serve("--demo")
    again.stderr.until("startup complete")
    assert key[1] in again.stdout.until("--location")
    assert post(again.stdout.text).status_code == 200
    again.stop(signal.SIGTERM)
    assert "Traceback" not in again.stderr.rest()


PLAN = """
from django.utils import timezone
from personalization.demo.customer import CONFIGURATION
from provisioning.models import ScheduledPush
from provisioning.selectors import newest_push
from provisioning.services import upload_configuration
from routing.models import Instance
instance = Instance.objects.get()
text = CONFIGURATION.read_text() + "# later\\n"
version = upload_configuration(instance=instance, text=text, actor="a test").version
ScheduledPush.objects.create(
    instance=instance, version=version, at=timezone.now(), planned_on=newest_push(instance), created_by="a test"
)
"""


def test_serve__push_that_was_planned__is_carried_out(serve: Serve, env: dict[str, str]) -> None:
    assert manage("demo", env=env).returncode == 0
    assert manage("shell", "-c", PLAN, env=env).returncode == 0
    served = serve()
    served.stderr.until("1/8 version 2: done")
    served.stop(signal.SIGINT)
    assert "Traceback" not in served.stderr.rest()


def test_serve__endpoint_only__no_route_to_the_console(serve: Serve, env: dict[str, str]) -> None:
    served = serve("--endpoint-only")
    served.stderr.until("startup complete")
    base = f"http://127.0.0.1:{env['PORT']}"
    assert httpx.get(f"{base}/admin/login/").status_code == 404
    assert httpx.post(f"{base}/your_database/pageviews").json()["code"] == 415
    assert served.stop(signal.SIGINT) in (0, -signal.SIGINT)


def test_serve__more_connections_than_files__others_are_served_and_no_event_fails(
    serve: Serve, env: dict[str, str]
) -> None:
    """It may open 64 files, and raises that to 240 by itself; 200 are kept for what is no connection."""
    served = serve("--demo", "--endpoint-only", before=with_files(64, 240))
    served.stderr.until("startup complete")
    printed = served.stdout.until("--location")
    assert "Only 40 connections, not MAX_CONNECTIONS: the system allows 240 open files." in served.stderr.text
    with ExitStack() as stack:
        address = ("127.0.0.1", int(env["PORT"]))
        held = [stack.enter_context(socket.create_connection(address, timeout=30)) for _ in range(300)]
        for each in held[40:]:
            with suppress(ConnectionResetError):
                assert each.recv(1) == b""
        refused = post(printed)
        assert (refused.status_code, refused.json()["code"], refused.headers["retry-after"]) == (503, 1005, "1")
    while (answer := post(printed)).status_code == 503:
        assert answer.json()["code"] == 1005
    assert answer.status_code == 200
    served.stop(signal.SIGTERM)
    assert "Traceback" not in served.stderr.rest()


def test_serve__port_taken__said_before_anything_is_done(env: dict[str, str]) -> None:
    with socket.create_server(("127.0.0.1", int(env["PORT"]))):
        ran = manage("serve", "--demo", env=env)
    assert (ran.returncode, ran.stdout) == (1, b"")
    assert f"cannot listen at 127.0.0.1:{env['PORT']}: address already in use; choose another with PORT=".encode() in (
        ran.stderr
    )
    assert b"Traceback" not in ran.stderr


@pytest.mark.parametrize(
    ("option", "reason"), [("256.0.0.1", "cannot listen at"), ("host.invalid", "cannot listen at")]
)
def test_serve__no_such_address__said(env: dict[str, str], option: str, reason: str) -> None:
    ran = manage("serve", "--host", option, env=env)
    assert ran.returncode == 1
    assert reason.encode() in ran.stderr
    assert b"Traceback" not in ran.stderr
