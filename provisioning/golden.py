"""Where the golden tests of a configuration are run.

The engine stands above this app, so it registers its runner here when Django starts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from provisioning.language.plan import Plan


@dataclass(frozen=True, slots=True)
class GoldenFailure:
    """A step whose outcome differs.

    `path` is `tests[0].steps[1]`, `message` shows expected and got, and `why` says how it came to that, where
    that is known.
    """

    path: str
    message: str
    why: str = ""


Runner = Callable[[Plan, float, str | bytes], Sequence[GoldenFailure]]
_runners: list[Runner] = []


def register_runner(runner: Runner) -> None:
    """Make `runner(plan, now, text)` the one that runs golden tests."""
    _runners[:] = [runner]


def run_golden_tests(plan: Plan, *, now: float, text: str | bytes) -> Sequence[GoldenFailure]:
    """Every failing step of the plan's golden tests; `now` is epoch seconds, `text` what the plan was made of."""
    if not _runners:
        raise RuntimeError("no engine has registered a runner for golden tests")
    return _runners[0](plan, now, text)
