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
