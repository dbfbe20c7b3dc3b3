"""The first page: its line, its answers, and its walks through a customer's set-up, run against the real thing."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from personalization.demo.customer import DemoCustomer
from personalization.demo.words import demo_text
from tests.commands.processes import environment, manage
from tests.commands.test_serve import Served
from tests.docs.blocks import ROOT, Block, blocks
from tests.docs.matching import text_fits
from tests.ports import free_port

PAGE = ROOT / "README.md"
BLOCKS = blocks(PAGE)
LARGEST_PICTURE = 200 * 1024
_LAST_STEP = "# 5. "
# The endpoint sees a push within a second: the event is sent again until then, 100 times at the most.
_SEND = """
for _ in $(seq 100); do
  answer=$(send)
  case "$answer" in *offers*) break ;; esac
  sleep 0.1
done
echo "$answer"
"""


def _block(part: str) -> Block:
    return next(block for block in BLOCKS if part in block.text)


def _answer_after(block: Block) -> object:
    return json.loads(BLOCKS[BLOCKS.index(block) + 1].text)


def test_curl_line__of_the_first_screen__is_what_the_demo_prints() -> None:
    demo = DemoCustomer(
        token_header="1/8/e65d8a9df2094f02b84cd660efff6f27", key_header="TD1 1/" + "0" * 40, password=""
    )
    here = "http://127.0.0.1:8000"
    printed = demo_text(demo, console_url=f"{here}/admin/", endpoint_url=here)

    assert text_fits(_block("'WP13n-Token: 1/8/").text, printed[printed.index("curl ") :])


def test_picture__of_the_console__is_there_and_small() -> None:
    picture = ROOT / "docs" / "images" / "console.png"

    assert f"]({picture.relative_to(ROOT)})" in PAGE.read_text()
    assert picture.stat().st_size <= LARGEST_PICTURE


@dataclass(frozen=True)
class Shell:
    """A second terminal beside a running demo."""

    env: dict[str, str]
    printed: str

    def run(self, *texts: str) -> str:
        """What the last of the page's blocks prints last, run by bash after the others."""
        *before, last = (self._here(text) for text in texts)
        steps, _, event = last.partition(_LAST_STEP)
        event = event.partition("\n")[2]
        script = "\n".join(("set -euo pipefail", *before, steps, f"send() {{\n{event}\n}}", _SEND))
        ran = subprocess.run(
            ["bash", "-c", script], check=False, env=self.env, cwd=ROOT, capture_output=True, text=True, timeout=120
        )
        assert ran.returncode == 0, ran.stderr
        return ran.stdout.splitlines()[-1]

    def _here(self, text: str) -> str:
        own_python = text.replace(".venv/bin/python", f"'{sys.executable}'")
        return own_python.replace("127.0.0.1:8000", f"127.0.0.1:{self.env['PORT']}")


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    if shutil.which("curl") is None and not os.environ.get("CI"):
        pytest.skip("needs curl")
    env = environment(DEBUG="true", DATA_DIR=str(tmp_path_factory.mktemp("data")), PORT=str(free_port()))
    assert manage("migrate", "--verbosity", "0", env=env).returncode == 0
    served = Served(env, "--demo")
    served.stderr.until("startup complete")
    yield Shell(env, served.stdout.until("--location"))
    served.stop(signal.SIGTERM)
    served.stderr.rest()
    served.stdout.rest()


def test_first_event__of_the_printed_line__gets_the_answer_of_the_page(shell: Shell) -> None:
    line = shell.printed[shell.printed.index("curl ") :]
    answer = shell.run(f"{_LAST_STEP}\n{line}")

    assert json.loads(answer) == _answer_after(_block("'WP13n-Token: 1/8/"))


@pytest.mark.parametrize("walk", ["WP13n-Token: 2/1/", "TOKEN_HEADER="])
def test_walk__run_as_it_stands__ends_with_the_answer_of_the_page(shell: Shell, walk: str) -> None:
    answer = shell.run(_set_up_for(walk), _block(walk).text)

    assert json.loads(answer) == _answer_after(_block(walk))


def _set_up_for(walk: str) -> str:
    """The preparing block; each walk has a name of its own for the key, for they share the demo's database."""
    name = re.sub(r"\W+", "-", walk)
    return _block("add_instance 2/1").text.replace("--scope ingest", f"--scope ingest --name {name}")


def test_walks__each__takes_five_steps() -> None:
    for walk in ("WP13n-Token: 2/1/", "TOKEN_HEADER="):
        assert re.findall(r"^# (\d)\. ", _block(walk).text, re.MULTILINE) == ["1", "2", "3", "4", "5"]


def test_paths__of_the_walks__are_there() -> None:
    named = re.findall(r"[\w/]+\.yaml", "".join(block.text for block in BLOCKS))

    assert [name for name in named if not Path(ROOT, name).exists()] == []
