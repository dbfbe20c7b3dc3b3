"""The browser library as npm delivers it, installed once into `var` and never changed."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from hashlib import sha256
from pathlib import Path

import pytest

HERE = Path(__file__).parent
CACHE = HERE.parents[1] / "var" / "browser-tests"
_FILES = ("package.json", "package-lock.json")


def sdk() -> bytes:
    """The script that a page loads. Skips where it cannot be had."""
    name = sha256(b"".join((HERE / each).read_bytes() for each in _FILES)).hexdigest()[:16]
    script = CACHE / name / "node_modules" / "td-js-sdk" / "dist" / "td.min.js"
    if not script.exists():
        _install(CACHE / name)
    return script.read_bytes()


def _install(place: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        _cannot("npm is needed to fetch td-js-sdk: install Node.js 20 or later")
        return
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE) as directory:
        new = Path(directory) / "new"
        new.mkdir()
        for each in _FILES:
            shutil.copy(HERE / each, new)
        ran = subprocess.run(
            [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"],
            cwd=new,
            check=False,
            capture_output=True,
            text=True,
            timeout=300,
        )
        if ran.returncode:
            _cannot(f"td-js-sdk could not be fetched with npm: {ran.stderr[-500:]}")
        try:
            new.rename(place)
        except OSError:  # another test process was faster
            assert place.is_dir()


def _cannot(why: str) -> None:
    if os.environ.get("CI"):
        pytest.fail(why)
    pytest.skip(why)
