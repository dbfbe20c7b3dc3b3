"""Generated expressions and data through our engine and through V8.

P13N_DIFFERENTIAL says how many, P13N_DIFFERENTIAL_SEED which ones.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from tests.provisioning.language.expressions.javascript import Node, alike, ask_us
from tests.provisioning.language.expressions.random_expressions import (
    Expressions,
    mutated,
    random_data,
    random_tokens,
)
from tests.provisioning.language.expressions.random_regexes import random_regex_use

COUNT = int(os.environ.get("P13N_DIFFERENTIAL", "2000"))
SEED = os.environ.get("P13N_DIFFERENTIAL_SEED", "1")
PARTS = 4
BATCH = 50

Question = tuple[str, dict[str, Any], dict[str, Any]]


def agree(source: str, ours: str, theirs: str) -> bool:
    """What we refuse is no difference, nor is a budget, which V8 does not have."""
    return ours in ("refused", "! BudgetError") or alike(source, ours, theirs)


def agree_or_fail(source: str, ours: str, theirs: str) -> bool:
    """The same where functions may be turned into text and dates be in any form, which are errors here."""
    return agree(source, ours, theirs) or (ours == "! TypeError" and theirs != "refused")


def compare(
    node: Node,
    name: str,
    count: int,
    write: Callable[[Random], str],
    agreed: Callable[[str, str, str], bool] = agree,
) -> Counter[str]:
    """Compare that many expressions; fails with the ones that differ."""
    random = Random(f"{SEED} {name}")
    seen: Counter[str] = Counter()
    different: list[tuple[str, str, str]] = []
    for _ in range(max(1, count // BATCH)):
        questions = [(write(random), random_data(random), random_data(random)) for _ in range(BATCH)]
        for question, theirs in zip(questions, node.ask_all(questions), strict=True):
            ours = ask_us(*question)
            seen["refused" if ours == "refused" else "error" if ours.startswith("!") else "value"] += 1
            if not agreed(question[0], ours, theirs):
                different.append((question[0], ours, theirs))
    assert different == []
    return seen


@pytest.mark.node
@pytest.mark.parametrize("part", range(PARTS))
def test_expressions__generated__give_what_v8_gives(node: Node, part: int) -> None:
    seen = compare(node, f"expressions {part}", COUNT * 6 // 10 // PARTS, lambda random: Expressions(random).source())
    assert seen["refused"] < sum(seen.values()) // 10
    assert seen["value"] > sum(seen.values()) // 2


@pytest.mark.node
@pytest.mark.parametrize("part", range(PARTS))
def test_regular_expressions__generated__match_what_v8_matches(node: Node, part: int) -> None:
    seen = compare(node, f"regular expressions {part}", COUNT * 3 // 10 // PARTS, random_regex_use)
    assert seen["value"] > sum(seen.values()) // 2


@pytest.mark.node
def test_sources__mutated__are_never_accepted_when_v8_refuses_them(node: Node) -> None:
    def write(random: Random) -> str:
        return mutated(random, Expressions(random).source())

    seen = compare(node, "mutated", COUNT // 10, write, agree_or_fail)
    assert seen["refused"] > 0
    assert seen["value"] + seen["error"] > 0


@pytest.mark.node
def test_tokens__in_heaps__are_never_accepted_when_v8_refuses_them(node: Node) -> None:
    seen = compare(node, "tokens", COUNT // 10, random_tokens, agree_or_fail)
    assert seen["refused"] > sum(seen.values()) // 2
