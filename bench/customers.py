"""A control database of its own with a customer in it, and the environment that servers and wrk need for it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from servers import ROOT


def customer(directory: Path, *arguments: str) -> dict[str, str]:
    """Make the customer in a folder; `arguments` are those of customer.py. TOKEN and KEY are its headers."""
    environment = os.environ | {
        "DEBUG": "true",
        "DATA_DIR": str(directory),
        "DATABASE_URL": f"sqlite:///{directory}/control.sqlite3",
        "EVENT_STORE": f"sqlite:///{directory}/events.sqlite3",
        "SNAPSHOT_FILE": str(directory / "snapshot"),
        "LOG_LEVEL": "WARNING",
        "PYTHONPATH": str(ROOT),
        "PROFILES": "100000",
    }
    made = subprocess.run(
        [sys.executable, str(ROOT / "bench/customer.py"), *arguments],
        cwd=ROOT,
        env=environment,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    token, key = made.stdout.splitlines()[-2:]
    return environment | {"TOKEN": token, "KEY": key}
