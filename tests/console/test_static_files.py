"""Outside debug mode every script and stylesheet has its content's hash in its name."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.commands.processes import environment, manage
from tests.console.editing import NEEDS_EDITOR


def _collected(directory: Path) -> Path:
    env = environment(
        DEBUG="false",
        SECRET_KEY="k3y-" + "0123456789abcdefghijklmnopqrstuvwxyz" * 2,
        ALLOWED_HOSTS="console.example.com",
        DATABASE_URL=f"sqlite:///{directory}/control.sqlite3",
        EVENT_STORE=f"sqlite:///{directory}/events.sqlite3",
        DATA_DIR=str(directory),
    )
    ran = manage("collectstatic", "--noinput", env=env)
    assert ran.returncode == 0, ran.stderr.decode()
    return directory / "static" / "console"


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _collected(tmp_path_factory.mktemp("collected"))


def test_modules__collected__import_each_other_by_hashed_names(collected: Path) -> None:
    (draft,) = collected.glob("draft.????????????.js")
    imported = re.findall(r'from "\./([^"]+)"', draft.read_text())
    assert len(imported) == 4
    for name in imported:
        assert re.fullmatch(r"[a-z_]+\.[0-9a-f]{12}\.js", name)
        assert (collected / name).is_file()


@NEEDS_EDITOR
def test_editor__collected__is_there_once_hashed_and_compressed(collected: Path) -> None:
    (editor,) = collected.glob("built/editor.????????????.js")
    packed = editor.with_name(editor.name + ".gz")
    assert packed.stat().st_size < 250_000
