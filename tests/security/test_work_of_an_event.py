"""A hostile event that makes all rules fail: the work is bounded, for what is refused late is paid all the same."""

from __future__ import annotations

from itertools import count
from typing import Any

import pytest

from provisioning.language.expressions import Budget, EvaluationError, Scope, compile_expression

EVENT: dict[str, Any] = {
    "expanding": "\ufdfa" * 60_000,  # each becomes 18 characters
    "emoji": "\U0001f600" * 60_000,
    "marks": "a" + "\u0301" * 60_000,
    "composed": "e\u0301" * 60_000,
    "escapes": "%41" * 60_000,
    "text": "a" * 200_000,
    "commas": "," * 200_000,
    "items": list(range(9_999)),
    "long_list": "[" + "1," * 60_000 + "1]",
}


@pytest.mark.parametrize(
    "source",
    [
        "EVENT.expanding.normalize('NFKC')",
        "EVENT.expanding.normalize('NFKD')",
        "EVENT.marks.normalize('NFC')",
        "EVENT.composed.normalize()",
        "encodeURIComponent(EVENT.emoji)",
        "decodeURIComponent(EVENT.escapes)",
        "EVENT.text.replaceAll('a', 'bbbb')",
        "EVENT.text.match(/a/g)",
        "EVENT.text.split('')",
        "EVENT.commas.split(',')",
        "JSON.parse(EVENT.long_list)",
        "JSON.stringify([EVENT.text, EVENT.text])",
        "EVENT.text.toUpperCase()",
        "EVENT.items.toSorted()",
        "EVENT.items.map(x => EVENT.text.indexOf('b'))",
        "EVENT.items.reduce((all, x) => [...all, x], [])",
    ],
)
def test_rules__all_of_them_heavy__stop_before_long(source: str) -> None:
    expression = compile_expression(source)
    budget = Budget()
    for number in count():
        assert number < 150
        try:
            expression.evaluate(Scope(profile={}, event=EVENT, now=1, secret={}, budget=budget))
        except EvaluationError as error:
            if "of this event take more than" in str(error):
                return
