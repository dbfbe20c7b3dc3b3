"""Running manage.py as a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]
PASSED_ON = ("PATH", "HOME", "LANG", "PYTHONDONTWRITEBYTECODE")


def environment(**variables: str) -> dict[str, str]:
    """Nothing of ours but what is given."""
    return {name: os.environ[name] for name in PASSED_ON if name in os.environ} | variables


def manage(
    *arguments: str, env: Mapping[str, str], stdin: bytes = b"", timeout: float = 120
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), *arguments],
        env=env,
        input=stdin,
        capture_output=True,
        timeout=timeout,
        check=False,
        cwd=ROOT,
    )


def with_files(at_first: int, at_most: int) -> list[str]:
    """What to begin a command line with, for a process that may open so many files, and raise that so far."""
    return [
        "sh",
        "-c",
        'ulimit -S -n "$1" && ulimit -H -n "$2" && shift 2 && exec "$@"',
        "sh",
        f"{at_first}",
        f"{at_most}",
    ]
