"""How fast expressions are compiled and evaluated, beside QuickJS and V8: medians of CPU time."""

from __future__ import annotations

import statistics
import sys
import time
import timeit
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from configurations import configuration
from engines import Engine, engines

from provisioning.language import Context, check_configuration, formulas
from provisioning.language.expressions import Budget, LazyObject, Scope, compile_expression, compile_text
from provisioning.language.expressions import expression as engine

PROFILE = LazyObject(
    preferences=[{"value": "cats", "time": 1_700_000_000}, {"value": "dogs", "time": 1_700_000_100}],
    td_client_id="202",
    spend_7d=612.5,
)
EVENT = LazyObject(td_client_id="202", some_key="dogs", amount=12.5, td_path="/shop/dogs?page=2")
OFFER = (
    compile_expression("PROFILE.preferences.length > 0"),
    compile_text("${PROFILE.td_client_id}"),
    compile_text("${PROFILE.preferences.slice(-1)[0].value}"),
)
SINGLE = (
    "PROFILE.preferences.length > 0",
    "EVENT.some_key != null",
    "PROFILE.spend_7d > 500 && EVENT.amount >= 10",
    "PROFILE.preferences.slice(-1)[0].value",
    "PROFILE.preferences.some(p => p.value === EVENT.some_key)",
    "`Hello ${EVENT.some_key}, ${PROFILE.spend_7d.toFixed(2)}`",
    "/^\\/shop\\/(\\w+)/.test(EVENT.td_path)",
)


def microseconds(run: Callable[[], object], number: int = 20_000) -> float:
    """The median time of one run."""
    return statistics.median(timeit.repeat(run, number=number, repeat=9, timer=time.process_time)) / number * 1e6


def evaluation(source: str) -> float:
    """What one evaluation takes, its budget's accounting included."""
    expression = compile_expression(source)
    budget = Budget()
    scope = Scope(profile=PROFILE, event=EVENT, now=1_700_000_200, budget=budget)

    def run() -> object:
        budget.spent = 0
        return expression.evaluate(scope)

    return microseconds(run)


def offer() -> None:
    """The three expressions of the first offer in the documentation, for one event with a scope of its own."""
    scope = Scope(profile=PROFILE, event=EVENT)
    for expression in OFFER:
        expression.evaluate(scope)


def compilation() -> None:
    engine._compiled_expression.cache_clear()
    compile_expression(SINGLE[0])


def configuration_seconds(text: str) -> float:
    """What one check takes of a configuration that was never seen."""
    formulas._expression.cache_clear()
    formulas._text.cache_clear()
    engine._compiled_expression.cache_clear()
    engine._compiled_text.cache_clear()
    start = time.process_time()
    check = check_configuration(text, context=Context(now=0.0))
    taken = time.process_time() - start
    if check.plan is None:
        raise SystemExit(f"the configuration has errors: {check.errors[0]}")
    return taken


def print_engines() -> None:
    """Our engine and the others, called from Python, with the same answers."""
    ours = (evaluation(SINGLE[0]), microseconds(offer))
    print(f"{'called from Python, microseconds':52}{'condition':>10}{'ratio':>8}{'offer':>10}{'ratio':>8}")
    print(f"{'p13nadmin, objects':52}{ours[0]:>10.2f}{1:>8.1f}{ours[1]:>10.2f}{1:>8.1f}")
    for other in engines(PROFILE):
        found = _theirs(other)
        ratios = (found[0] / ours[0], found[1] / ours[1])
        print(f"{other.name:52}{found[0]:>10.2f}{ratios[0]:>8.1f}{found[1]:>10.2f}{ratios[1]:>8.1f}")
    print("CPU time of all threads; ratio: of p13nadmin's time.")
    print("The offer: a condition and two values; p13nadmin makes a new scope and budget.")


def _theirs(other: Engine) -> tuple[float, float]:
    if other.condition() is not True or "dogs" not in str(other.offer()):
        raise SystemExit(f"{other.name} gives something else")
    return microseconds(other.condition, 500), microseconds(other.offer, 500)


def main() -> None:
    print_engines()
    print("\nmicroseconds, median of 9 runs")
    for source in SINGLE:
        print(f"{evaluation(source):8.2f}  {source}")
    print(f"{microseconds(compilation, 500):8.2f}  checking {SINGLE[0]}")
    print("\nseconds, median of 5 runs: a configuration of 1 MiB, 1,000 offers and 8,000 expressions")
    for distinct in (False, True):
        text = configuration(distinct=distinct)
        taken = statistics.median(configuration_seconds(text) for _ in range(5))
        print(f"{taken:8.2f}  {'every expression another one' if distinct else 'expressions repeated'}")


if __name__ == "__main__":
    main()
