"""Our engine and V8 side by side: the same question, answers in the same notation."""

from __future__ import annotations

import json
import math
import re
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Any

from provisioning.language.expressions import (
    UNDEFINED,
    EvaluationError,
    ExpressionErrors,
    Scope,
    compile_expression,
)
from provisioning.language.expressions.numbers import number_text
from provisioning.language.expressions.properties import ordered_keys
from provisioning.language.expressions.regexp import RegexValue
from provisioning.language.expressions.values import DateValue, MatchResult, is_function

NOW = 1_767_225_600
PROFILE: dict[str, Any] = {
    "preferences": [{"value": "cats", "time": 1}, {"value": "dogs", "time": 2}],
    "td_client_id": "202",
    "n": 3,
    "big": 9007199254740993,
    "tags": ["b", "a", "c"],
    "o": {"b": 1, "2": "x", "a": None, "1": [1, 2]},
    "neg": -1.5,
    "s": "Hello, Wörld 😀!",
    "empty": [],
    "t": True,
    "nul": None,
}
EVENT: dict[str, Any] = {
    "amount": 5,
    "e": "😀x",
    "text": " 12 ",
    "half": "\ud83d",
    "list": [3, None, 1, "2", True],
    "nested": {"a": {"b": [{"c": 7}]}},
}
_SCRIPT = Path(__file__).with_name("reference.js")


def show(value: Any) -> str:
    """A value in the notation of reference.js."""
    if value is UNDEFINED:
        return "undefined"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, float | int):
        return "-0" if value == 0 and str(value).startswith("-") else number_text(value)
    if isinstance(value, str):
        return json.dumps(value).replace("\x7f", "\\u007f")
    if is_function(value):
        return "function"
    if isinstance(value, DateValue):
        return f"Date({number_text(value.time)})"
    if isinstance(value, RegexValue):
        return f"RegExp({json.dumps(value.program.text)})"
    if isinstance(value, list):
        extra = value.properties() if isinstance(value, MatchResult) else {}
        return f"[{','.join(map(show, value))}{''.join(f',{key}:{show(item)}' for key, item in extra.items())}]"
    return "{" + ",".join(f"{json.dumps(key)}:{show(value[key])}" for key in ordered_keys(value)) + "}"


def ask_us(source: str, profile: dict[str, Any], event: dict[str, Any], now: int = NOW) -> str:
    """Our answer: a value, `! kind` of an error, or `refused`."""
    try:
        expression = compile_expression(source)
    except ExpressionErrors:
        return "refused"
    try:
        return show(expression.evaluate(Scope(profile=profile, event=event, now=now)))
    except EvaluationError as error:
        return f"! {error.kind}"


class Node:
    """One process of the real thing, for many questions."""

    def __init__(self, executable: str) -> None:
        self._process = subprocess.Popen(
            [executable, str(_SCRIPT)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="ascii",
            env={"TZ": "UTC", "LC_ALL": "C"},
        )

    def __enter__(self) -> Node:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.communicate()

    def ask(self, source: str, profile: dict[str, Any], event: dict[str, Any], now: int = NOW) -> str:
        """V8's answer: a value, `! kind` of an error, or `refused`."""
        return self.ask_all([(source, profile, event)], now)[0]

    def ask_all(self, questions: list[tuple[str, dict[str, Any], dict[str, Any]]], now: int = NOW) -> list[str]:
        """V8's answers to a few hundred questions at most: more would fill the pipe."""
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None:
            raise AssertionError("both are pipes")
        for source, profile, event in questions:
            line = json.dumps({"source": source, "profile": profile, "event": event, "now": now})
            stdin.write(line + "\n")
        stdin.flush()
        return [_notation(json.loads(stdout.readline())) for _ in questions]


def _notation(answer: dict[str, str]) -> str:
    if "refused" in answer:
        return "refused"
    return answer["value"] if "value" in answer else f"! {answer['error']}"


_INEXACT = re.compile(r"\*\*|Math\.(?:pow|exp|log|a?sin|a?cos|a?tan|cbrt|hypot)")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e[+-]\d+)?")
_FOUR_PLACES = 4 * 2.0**-52


def alike(source: str, left: str, right: str) -> bool:
    """Whether two answers are the same; functions that no standard fixes may differ in the last places."""
    if left == right or not _INEXACT.search(source):
        return left == right
    if _NUMBER.sub("#", left) != _NUMBER.sub("#", right):
        return False
    pairs = zip(_NUMBER.findall(left), _NUMBER.findall(right), strict=True)
    return all(math.isclose(float(one), float(other), rel_tol=_FOUR_PLACES) for one, other in pairs)
