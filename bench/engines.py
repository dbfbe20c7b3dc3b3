"""QuickJS and V8 as a Python program would call them for a condition and the first offer in the documentation."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import quickjs
from py_mini_racer import MiniRacer

# `given…` take the profile as JSON text, as each event has another one; `held…` find it in the engine, which is
# the least that a call can cost.
_CODE = """
const condition = PROFILE => PROFILE.preferences.length > 0;
const offer = PROFILE => condition(PROFILE)
    ? JSON.stringify([PROFILE.td_client_id, PROFILE.preferences.slice(-1)[0].value]) : null;
const HELD = %s;
var givenCondition = text => condition(JSON.parse(text));
var givenOffer = text => offer(JSON.parse(text));
var heldCondition = () => condition(HELD);
var heldOffer = () => offer(HELD);
"""


@dataclass(frozen=True, slots=True)
class Engine:
    """A way to evaluate both."""

    name: str
    condition: Callable[[], object]
    offer: Callable[[], object]


def engines(profile: Mapping[str, Any]) -> Iterator[Engine]:
    """The other engines, each given the profile with every call, and holding it."""
    text = json.dumps(profile)
    code = _CODE % text
    small = quickjs.Context()
    small.eval(code)
    yield from _ways("QuickJS", small.get, profile)
    big = MiniRacer()
    big.eval(code)
    yield from _ways("V8", big.eval, profile)


def _ways(name: str, function: Callable[[str], Any], profile: Mapping[str, Any]) -> Iterator[Engine]:
    condition, offer = function("givenCondition"), function("givenOffer")
    yield Engine(
        f"{name}, profile as JSON text with each call",
        lambda: condition(json.dumps(profile)),
        lambda: json.loads(offer(json.dumps(profile))),
    )
    held = function("heldOffer")
    yield Engine(
        f"{name}, profile in the engine already", partial(function("heldCondition")), lambda: json.loads(held())
    )
