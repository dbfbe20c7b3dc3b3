"""The bench measures what it says, in a run too short to mean anything."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def test_endpoint__shortest_run__table_with_ratios_and_figures_kept(tmp_path: Path) -> None:
    if shutil.which("wrk") is None and not os.environ.get("CI"):
        pytest.skip("there is no wrk: apt-get install wrk")
    options = ["--servers", "constant", "sqlite", "--seconds", "1", "--runs", "1", "--connections", "4"]
    run = subprocess.run(
        [sys.executable, "bench/endpoint.py", *options, "--results", str(tmp_path)],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    rows = {line.split()[0]: line.split() for line in run.stdout.splitlines()[1:3]}
    assert rows["constant"][3] == "1.00"
    assert 0 < float(rows["sqlite"][3]) < 1
    kept = json.loads((tmp_path / "endpoint.json").read_text())
    assert [(row["server"], row["connections"]) for row in kept["servers"]] == [("constant", 4), ("sqlite", 4)]
    assert kept["cpu_microseconds"]["sqlite"]["server"] > kept["cpu_microseconds"]["constant"]["server"] > 0
