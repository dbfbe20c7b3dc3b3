"""What was measured, kept for the simulation: one JSON file for each program, in bench/results."""

from __future__ import annotations

import json
import os
import platform
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).resolve().parent / "results"


def save(name: str, figures: dict[str, Any], directory: Path = RESULTS) -> None:
    """Write the figures of one program, and what machine they are of."""
    directory.mkdir(exist_ok=True)
    machine = {"cores": os.cpu_count(), "python": platform.python_version(), "system": platform.system()}
    (directory / f"{name}.json").write_text(json.dumps({"machine": machine} | figures, indent=1) + "\n")
