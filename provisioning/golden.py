"""Where the golden tests of a configuration are run.

The engine stands above this app, so it registers its runner here when Django starts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from provisioning.language.plan import Plan

Part = Literal["", "offers", "profile"]


@dataclass(frozen=True, slots=True)
class GoldenFailure:
    """A step whose outcome differs.

    `path` is `tests[0].steps[1]`, `message` shows expected and got, and `why` says how it came to that, where
    that is known. `part`, `offers` or `profile`, is what the step would have to expect as `got` (JSON data) to pass;
    empty where nothing can be expected that is the same tomorrow. `paused` are the offers that the step would get as it
    expects if they were not paused: then nothing is wrong with it.
    """

    path: str
    message: str
    why: str = ""
    part: Part = ""
    got: Any = None
    paused: tuple[str, ...] = ()


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
