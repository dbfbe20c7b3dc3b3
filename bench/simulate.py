"""From measured service times to several machines: how long events wait, what skew and a lost node do, what to run.

    .venv/bin/python bench/simulate.py [--rate 100000]

Reads the times that `make bench` has kept in bench/results; without them it takes those of docs/performance.md.
Everything random has a fixed seed, so that two runs say the same.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

RESULTS = Path(__file__).resolve().parent / "results/endpoint.json"
PARTITIONS = 256
MAX_GROUP = 512
_SEED = 11
_EVENTS = 200_000
_FULL = 0.6  # of a core: what is planned with, the rest is for bursts and for a machine that is lost
_STEP = 0.01  # seconds


@dataclass(frozen=True, slots=True)
class Cost:
    """CPU time of one event, in microseconds: in the endpoint's process, and in its database."""

    endpoint: float
    database: float


DEFAULTS = {"sqlite": Cost(81, 0), "postgresql": Cost(67, 18), "redis": Cost(76, 16)}


@dataclass(frozen=True, slots=True)
class Service:
    """How long a group of events takes: `fixed` seconds, and `each` for every event, at most `most` at once."""

    fixed: float
    each: float
    most: int = MAX_GROUP


@dataclass(frozen=True, slots=True)
class Waits:
    """Seconds from arrival to answer, and the mean number of events in a group."""

    mean: float
    p50: float
    p99: float
    group: float


@dataclass(frozen=True, slots=True)
class Skew:
    """Shares of all events: of the most frequent visitor, the busiest partition, the busiest node."""

    visitor: float
    partition: float
    node: float


@dataclass(frozen=True, slots=True)
class Loss:
    """What the loss of a node does: the share of its events that are refused at first, and when all is well again.

    `peak` is the most events a second that arrive at the node that takes over, by its usual rate; `settled` is
    seconds after the loss.
    """

    refused: float
    peak: float
    settled: float


def costs() -> dict[str, Cost]:
    """What was measured here, else the defaults."""
    if not RESULTS.exists():
        return DEFAULTS
    found = json.loads(RESULTS.read_text())["cpu_microseconds"]
    return {name: Cost(**_named(found[name])) if name in found else cost for name, cost in DEFAULTS.items()}


def _named(found: dict[str, float]) -> dict[str, float]:
    return {"endpoint": found["server"], "database": found["database"]}


def waits(service: Service, rate: float, *, events: int = _EVENTS, seed: int = _SEED) -> Waits:
    """Events that arrive at random, `rate` a second; whatever waits when a group ends goes into the next together."""
    source = random.Random(seed)
    arrivals, now = [], 0.0
    for _ in range(events):
        now += source.expovariate(rate)
        arrivals.append(now)
    free, first, taken, groups = 0.0, 0, [], 0
    while first < events:
        begin = max(free, arrivals[first])
        last = first
        while last < events and last - first < service.most and arrivals[last] <= begin:
            last += 1
        free = begin + service.fixed + service.each * (last - first)
        taken += [free - arrival for arrival in arrivals[first:last]]
        first, groups = last, groups + 1
    taken.sort()
    p50, p99 = (taken[int(events * share)] for share in (0.5, 0.99))
    return Waits(sum(taken) / events, p50, p99, events / groups)


def skew(*, visitors: int, exponent: float, nodes: int, partitions: int = PARTITIONS, seed: int = _SEED) -> Skew:
    """Visitors whose frequency falls with their rank as Zipf says; partitions at random, as a hash puts them."""
    source = random.Random(seed)
    loads = [0.0] * partitions
    weights = [rank**-exponent for rank in range(1, visitors + 1)]
    total = sum(weights)
    for weight in weights:
        loads[source.randrange(partitions)] += weight / total
    nodes_loads = [sum(loads[node::nodes]) for node in range(nodes)]
    return Skew(weights[0] / total, max(loads), max(nodes_loads))


def loss(*, use: float, away: float, retry: float, jitter: float) -> Loss:
    """A node that was `use` busy (0 to 1) is away for so many seconds; refused events come again after `retry`.

    `jitter` seconds are added at random to each retry. Time goes in steps, events flow: nothing is random here.
    """
    usual = use * _STEP  # of a node's time, in one step
    until = int((away + retry + jitter + 120) / _STEP)
    due = [0.0] * (until + int((retry + jitter) / _STEP) + 2)
    spread = max(1, int(jitter / _STEP))
    backlog, refused, peak, settled = 0.0, 0.0, use, away
    for step in range(until):
        arriving = usual + due[step]
        if step * _STEP < away:
            refused += usual
            for later in range(spread):
                due[step + int(retry / _STEP) + later] += arriving / spread
            continue
        peak = max(peak, arriving / _STEP)
        backlog = max(0.0, backlog + arriving - _STEP)
        if backlog > usual or arriving > usual * 1.01:
            settled = (step + 1) * _STEP
    return Loss(refused / (usual * away / _STEP), peak / use, settled)


def cores(rate: float, microseconds: float) -> int:
    """How many cores it takes, each no fuller than planned."""
    return max(1, math.ceil(rate * microseconds / 1e6 / _FULL))


def main(arguments: Sequence[str] | None = None) -> int:
    """Print what the figures mean for a rate."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rate", type=float, default=100_000, help="events per second of a region")
    options = parser.parse_args(arguments)
    measured = costs()
    print("measured here" if RESULTS.exists() else "with the times of docs/performance.md", end=": ")
    print("; ".join(f"{name} {cost.endpoint:.0f} + {cost.database:.0f} µs" for name, cost in measured.items()))
    _print_waits(measured)
    _print_skew()
    _print_loss()
    _print_plan(measured, options.rate)
    return 0


def _print_waits(measured: dict[str, Cost]) -> None:
    print("\none process on SQLite: group commit, 0.5 ms for a group besides its events")
    each = measured["sqlite"].endpoint / 1e6
    most = 1 / each
    print(f"{'of its maximum':>16}{'events/s':>10}{'group':>8}{'p50 ms':>8}{'p99 ms':>8}")
    for use in (0.25, 0.5, 0.75, 0.9):
        found = waits(Service(fixed=0.0005, each=each), most * use)
        print(f"{use:>16.0%}{most * use:>10,.0f}{found.group:>8.1f}{found.p50 * 1e3:>8.1f}{found.p99 * 1e3:>8.1f}")


def _print_skew() -> None:
    print(f"\na million visitors in {PARTITIONS} partitions: the busiest one's load, by that of the mean")
    print(f"{'exponent':>10}{'visitor':>10}{'partition':>11}{'of 6 nodes':>12}{'of 12 nodes':>13}")
    for exponent in (0.0, 0.5, 0.8, 1.0):
        six, twelve = (skew(visitors=1_000_000, exponent=exponent, nodes=nodes) for nodes in (6, 12))
        shares = f"{six.partition * PARTITIONS:>11.2f}{six.node * 6:>12.2f}{twelve.node * 12:>13.2f}"
        print(f"{exponent:>10}{six.visitor:>10.2%}{shares}")


def _print_loss() -> None:
    print("\na node is away for 15 s; refused events come again 1 s later, plus up to so many seconds at random")
    print(f"{'use before':>12}{'jitter s':>10}{'peak':>8}{'all well after s':>18}")
    for use in (0.4, 0.6):
        for jitter in (0.5, 2.0, 5.0):
            found = loss(use=use, away=15, retry=1, jitter=jitter)
            print(f"{use:>12.0%}{jitter:>10}{found.peak:>8.1f}{found.settled:>18.1f}")


def _print_plan(measured: dict[str, Cost], rate: float) -> None:
    print(f"\n{rate:,.0f} events/s, no core fuller than {_FULL:.0%}")
    for name in ("postgresql", "redis"):
        cost = measured[name]
        endpoint, database = cores(rate, cost.endpoint), cores(rate, cost.database)
        print(f"  {name:12}{endpoint:>4} cores for endpoints, {database} for the database")


if __name__ == "__main__":
    sys.exit(main())
