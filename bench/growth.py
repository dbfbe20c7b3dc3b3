"""How the cost of an event grows: with offers and attributes, with profiles, with worker processes.

    .venv/bin/python bench/growth.py [--profiles 1000 1000000] [--seconds 4]

What the engine does is timed by itself; profiles and workers are measured on whole servers, as CPU time of an
event, since two cores say nothing else about workers: a second one shares its core with the load here.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from customers import customer
from databases import STORES, event_store, pin_backends, stores_here
from load import Measure, load, require_wrk
from results import save
from seeding import seed
from servers import ENDPOINT, asgi, running

from personalization import json_text
from personalization.engine import Row, evaluate
from personalization.profile import Profile
from personalization.program import Program, program
from provisioning.language import Context, check_configuration

_NOW = 1_767_225_600
_CONNECTIONS = 128
_HEAD = """\
keys:
  - name: td_client_id
events:
  - {name: pageview, database: your_database, table: pageviews}
  - {name: cart, database: your_database, table: carts}
attributes:
"""
_ATTRIBUTE = """\
  - {{name: {name}, type: list, event: {event}, value: "${{EVENT.some_key}}"}}
"""
_OFFER = """\
  - name: {name}
    set:
      - event: {event}
        if: PROFILE.preferences.length > {least}
        data: {{preferences: "${{PROFILE.preferences.slice(-1)[0].value}}"}}
"""


def main() -> int:
    """Measure, print and keep the figures."""
    options = _options()
    require_wrk()
    figures: dict[str, Any] = {"engine": _engine()}
    with tempfile.TemporaryDirectory(prefix="p13nadmin-bench-") as directory:
        environment = customer(Path(directory))
        print("\nprofiles                    requests/s  CPU microseconds   p99 ms")
        figures["profiles"] = {
            store: _profiles(store, options, environment, Path(directory)) for store in stores_here(STORES)
        }
        print("\nworkers                     requests/s  CPU microseconds   p99 ms")
        figures["workers"] = {
            store: _workers(store, options, environment, Path(directory)) for store in stores_here(STORES[1:])
        }
    save("growth", figures)
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--profiles", type=int, nargs="+", default=[1_000, 1_000_000])
    parser.add_argument("--seconds", type=int, default=4, help="length of one run")
    return parser.parse_args()


def _engine() -> dict[str, float]:
    """Microseconds of the engine for one event, by what the configuration holds."""
    figures = {
        "the demo's size": _evaluation(attributes=1, offers=1),
        "200 attributes and 1,000 offers, of which the event concerns one": _evaluation(
            attributes=1, offers=1, others=(199, 999)
        ),
        "1,000 offers of this event, whose condition is false": _evaluation(attributes=1, offers=1, silent=999),
        "1,000 offers of this event, all made": _evaluation(attributes=1, offers=1000),
        "200 attributes of this event": _evaluation(attributes=200, offers=1),
    }
    print("the engine, one event                                                microseconds")
    for name, taken in figures.items():
        print(f"  {name:64}{taken:>14.1f}")
    base = figures["the demo's size"]
    silent = figures["1,000 offers of this event, whose condition is false"]
    print(f"  {'each further offer whose condition is false':64}{(silent - base) / 999:>14.2f}")
    return figures


def _evaluation(*, attributes: int, offers: int, silent: int = 0, others: tuple[int, int] = (0, 0)) -> float:
    """`others`: attributes and offers of another event; `silent`: offers whose condition is false."""
    names = ["preferences", *(f"attribute_{number}" for number in range(1, attributes))]
    text = _HEAD + "".join(_ATTRIBUTE.format(name=name, event="pageview") for name in names)
    text += "".join(_ATTRIBUTE.format(name=f"other_{number}", event="cart") for number in range(others[0]))
    text += "offers:\n"
    text += "".join(_OFFER.format(name=f"offer_{number}", event="pageview", least=0) for number in range(offers))
    text += "".join(_OFFER.format(name=f"silent_{number}", event="pageview", least=9) for number in range(silent))
    text += "".join(_OFFER.format(name=f"other_{number}", event="cart", least=0) for number in range(others[1]))
    check = check_configuration(text, context=Context(now=0.0))
    if check.plan is None:
        raise SystemExit(f"the configuration has errors: {check.errors[0]}")
    return _microseconds(_event(program(check.plan)))


def _event(compiled: Program) -> Callable[[], object]:
    fields: Mapping[str, Any] = {"td_client_id": "202", "some_key": "some other data"}
    row = Row("your_database", "pageviews", fields, _NOW, _NOW, False)
    profile = Profile(1, "1/8", _NOW, {"td_client_id": [["202", _NOW]]})
    return lambda: evaluate(compiled, profile, row, {"td_client_id": "202"})


def _microseconds(run: Callable[[], object]) -> float:
    run()
    start = time.process_time()
    run()
    number = max(3, int(0.02 / max(time.process_time() - start, 1e-6)))
    times = []
    for _ in range(7):
        start = time.process_time()
        for _ in range(number):
            run()
        times.append((time.process_time() - start) / number * 1e6)
    return statistics.median(times)


def _profiles(store: str, options: argparse.Namespace, environment: dict[str, str], directory: Path) -> Any:
    """By number of profiles: events of that many visitors, all of whom are known."""
    found = []
    for count in options.profiles:
        with event_store(store, f"profiles_{count}", directory, _last_core()) as url:
            found.append(_measured(url, count, options, environment))
        print(_line(f"{store}, {count:,}", found[-1]))
    print(f"  {'the most of the fewest':24}{found[-1]['rate'] / found[0]['rate']:>12.2f}")
    return found


def _measured(url: str, count: int, options: argparse.Namespace, environment: dict[str, str]) -> dict[str, float]:
    environment = environment | {"EVENT_STORE": url, "PROFILES": str(count)}
    seed(url, count, json_text.dump)
    return {"profiles": count} | _run(environment, options.seconds, workers=1)


def _workers(store: str, options: argparse.Namespace, environment: dict[str, str], directory: Path) -> Any:
    found = []
    with event_store(store, "workers", directory, _last_core()) as url:
        for workers in (1, 2):
            found.append({"workers": workers} | _run(environment | {"EVENT_STORE": url}, options.seconds, workers))
            print(_line(f"{store}, {workers}", found[-1]))
    one, two = (figures["cpu_microseconds"] for figures in found)
    print(f"  of a worker's throughput, a second one adds {2 * one / two - 1:.2f} (CPU time of an event, one to two)")
    return found


def _run(environment: dict[str, str], seconds: int, workers: int) -> dict[str, float]:
    """One worker on a core, several on all, after as long a warm-up; each has 128 connections."""
    cores, connections = sorted(os.sched_getaffinity(0)), _CONNECTIONS * workers
    with running(asgi(ENDPOINT, environment, workers=workers), cores if workers > 1 else cores[:1]) as process:
        load(process.port, connections, seconds, environment, cores[-1])
        if environment["EVENT_STORE"].startswith("postgres"):
            pin_backends(environment["EVENT_STORE"], cores[-1])
        before = process.cpu_seconds()
        measure: Measure = load(process.port, connections, seconds, environment, cores[-1])
        spent = process.cpu_seconds() - before
    return {
        "rate": measure.rate,
        "p99": measure.p99,
        "cpu_microseconds": spent / (measure.rate * seconds) * 1e6,
    }


def _last_core() -> int:
    return max(os.sched_getaffinity(0))


def _line(name: str, figures: dict[str, float]) -> str:
    return f"  {name:24}{figures['rate']:>12,.0f}{figures['cpu_microseconds']:>18.1f}{figures['p99']:>9.1f}"


if __name__ == "__main__":
    sys.exit(main())
