"""The operations' page: its table of settings is complete, and its steps and backups work."""

from __future__ import annotations

import json
import re
import shlex
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from personalization.health import health
from tests.commands.processes import environment, manage
from tests.docs.blocks import ROOT, Block, blocks, tables
from tests.docs.examples import NOW
from tests.personalization.rig import Rig

PAGE = ROOT / "docs" / "operations.md"
BLOCKS = blocks(PAGE)
_SETTING = re.compile(r"^(#?)([A-Z_]+)=(.*)$", re.MULTILINE)
_PRODUCTION = {
    "SECRET_KEY": "k3y-" + "0123456789abcdefghijklmnopqrstuvwxyz" * 2,
    "ALLOWED_HOSTS": "console.example.com",
    "DJANGO_SUPERUSER_USERNAME": "anna",
    "DJANGO_SUPERUSER_EMAIL": "anna@example.com",
    "DJANGO_SUPERUSER_PASSWORD": "correct horse battery",
}


def test_settings__those_of_the_table__are_those_of_the_example_file_in_order() -> None:
    table = next(table for table in tables(PAGE) if table.header[0] == "setting")
    told = [(row[0].text, row[1].text) for row in table.rows]
    known = _SETTING.findall((ROOT / ".env.example").read_text())

    assert told == [(name, (value or "none") if commented else "required") for commented, name, value in known]


def _block(part: str) -> Block:
    return next(block for block in BLOCKS if part in block.text)


def _production(directory: Path) -> dict[str, str]:
    """The settings of the page's second step, with files of our own."""
    shown = dict(line.split("=", 1) for line in _block("BEHIND_TLS_PROXY=").text.splitlines())
    ours = {
        "DATABASE_URL": f"sqlite:///{directory}/control.sqlite3",
        "EVENT_STORE": f"sqlite:///{directory}/events.sqlite3",
        "DATA_DIR": str(directory),
    }
    return environment(**shown | _PRODUCTION | ours)


def test_set_up__step_by_step__makes_an_installation(tmp_path: Path) -> None:
    env = _production(tmp_path)
    lines = [*_block("createsuperuser").text.splitlines(), *_block("add_instance").text.splitlines()]
    outputs = []
    for line in lines:
        words = shlex.split(line.replace("createsuperuser", "createsuperuser --noinput"))[1:]
        ran = manage(*words, env=env)
        assert ran.returncode == 0, ran.stderr.decode()
        outputs.append(ran.stdout.decode())

    assert re.fullmatch(r"TD1 1/[0-9a-f]{40}\n", outputs[-1])
    assert (tmp_path / "static" / "staticfiles.json").exists()


@pytest.mark.parametrize("name", ["SECRET_KEY", "ALLOWED_HOSTS", "DATABASE_URL", "EVENT_STORE"])
def test_set_up__a_required_setting_missing__stops_the_start(tmp_path: Path, name: str) -> None:
    ran = manage("check", env={**_production(tmp_path), name: ""})

    assert ran.returncode != 0
    assert name in ran.stderr.decode()


def test_upgrade__its_commands__are_those_of_the_set_up() -> None:
    set_up, upgrade = (
        [line for line in _block(part).text.splitlines() if line.startswith("manage.py")]
        for part in ("createsuperuser", "git pull")
    )

    assert upgrade == [line for line in set_up if "createsuperuser" not in line]


def test_backup__of_the_event_store_in_use__is_whole(tmp_path: Path) -> None:
    line = _block("VACUUM INTO").text.splitlines()[1]
    copies = tmp_path / "copies"
    copies.mkdir()
    program = shlex.split(line)[2].replace("/var/lib/p13nadmin", str(tmp_path)).replace("/var/backups", str(copies))
    with Rig(tmp_path) as rig:
        rig.post()
        subprocess.run([sys.executable, "-c", program], check=True, timeout=60)

    copy = sqlite3.connect(copies / "events.sqlite3")
    assert copy.execute("SELECT count(*), count(profile) FROM events").fetchone() == (1, 1)
    assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    copy.close()


def test_readiness__as_shown__has_what_the_endpoint_says(tmp_path: Path) -> None:
    shown = json.loads(next(block.text for block in BLOCKS if "readyz" in block.flags))
    with Rig(tmp_path) as rig:
        rig.post()
        status, came = health("/readyz", snapshots=rig.snapshots, committer=rig.committer, max_age=1, now=NOW)

    assert status == 200
    assert {name: type(value) for name, value in came.items()} == {name: type(shown[name]) for name in shown}
    assert (came["ready"], came["store"], came["queued"]) == (shown["ready"], shown["store"], shown["queued"])
