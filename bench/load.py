"""Load from wrk: events of distinct visitors over connections that are kept."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from servers import ROOT

_UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0}


@dataclass(frozen=True, slots=True)
class Measure:
    """One run of wrk; latencies in milliseconds."""

    rate: float
    p50: float
    p99: float


@dataclass(frozen=True, slots=True)
class Summary:
    """The medians of several runs, and the rate of each."""

    rate: float
    p50: float
    p99: float
    runs: tuple[float, ...]


def summary(measures: Sequence[Measure]) -> Summary:
    """The medians."""
    return Summary(
        median(measure.rate for measure in measures),
        median(measure.p50 for measure in measures),
        median(measure.p99 for measure in measures),
        tuple(round(measure.rate) for measure in measures),
    )


def require_wrk() -> None:
    """End the program when there is no wrk."""
    if shutil.which("wrk") is None:
        print("wrk is not installed, so nothing was measured: apt-get install wrk", file=sys.stderr)
        raise SystemExit(1)


def load(port: int, connections: int, seconds: int, environment: dict[str, str], core: int) -> Measure:
    """Run wrk on a core. `environment` holds TOKEN and KEY; PROFILES is the number of visitors."""
    arguments = ["-t", "1", "-c", str(connections), "-d", f"{seconds}s", "--latency"]
    arguments += ["-s", str(ROOT / "bench/events.lua"), f"http://127.0.0.1:{port}"]
    run = subprocess.run(
        ["taskset", "-c", str(core), "wrk", *arguments], env=environment, check=True, stdout=subprocess.PIPE, text=True
    )
    if "Non-2xx" in run.stdout or "Socket errors" in run.stdout:
        raise SystemExit(f"requests failed:\n{run.stdout}")
    rate = re.search(r"Requests/sec:\s+([\d.]+)", run.stdout)
    if rate is None:
        raise SystemExit(f"wrk said something unexpected:\n{run.stdout}")
    return Measure(float(rate[1]), _latency("50%", run.stdout), _latency("99%", run.stdout))


def _latency(percentile: str, output: str) -> float:
    match = re.search(rf"{percentile}\s+([\d.]+)(us|ms|s)", output)
    return float(match[1]) * _UNITS[match[2]] if match else 0.0
