"""Random configurations and rows, small but with everything in them that an evaluation can meet."""

from __future__ import annotations

import json
from random import Random
from typing import Any

from personalization.engine import Row
from provisioning.language.plan import Plan
from tests.personalization.world import NOW, plan_of

CONDITIONS = [
    "PROFILE.list0.length > 1",
    "PROFILE.single1 != null",
    "PROFILE.counter2 > 2 && EVENT.a",
    "!(EVENT.a || EVENT.b)",
    "EVENT.a.b.c > 1",
    "EVENT.b?.c ?? PROFILE.mail",
    "Object.keys(PROFILE).length > 3",
    "PROFILE.list0.filter(x => x.value == EVENT.a).length > 0",
    "NOW % 2 == 0",
    "PROFILE.mail",
    '"x".repeat(EVENT.a) == "xx"',
    "Array.from({length: 9999})",
]
VALUES: list[Any] = [
    "${EVENT.a}",
    "${EVENT.b.c}",
    "${PROFILE.list0.slice(-1)[0].value}",
    "a ${EVENT.a} b ${PROFILE.counter2}",
    "${PROFILE.mail}",
    "${PROFILE}",
    "constant",
    {"a": ["${EVENT.a}", 1], "b": "${EVENT.none}"},
    ["${EVENT.b.c.d}", {}],
    "${'y'.repeat(5000)}",
    "${[1, 2, 3].map(x => x * EVENT.a)}",
    "${'x'.repeat(200).split('').reduce(a => [a], 1)}",
    7,
]


def random_plan(random: Random) -> Plan:
    """A plan that compiles: events on two tables, attributes of all types, offers and activations."""
    document = {
        "keys": [{"name": "user", "public": True}, {"name": "mail", "sensitive": True}, "device"],
        "events": [_event(random, number) for number in range(random.randrange(1, 5))],
        "attributes": [],
    }
    names = [event["name"] for event in document["events"]]  # type: ignore[index]
    document["attributes"] = [
        _attribute(random, "list0", "list", names),
        _attribute(random, "single1", "single", names),
        _attribute(random, "counter2", "counter", names),
        {"name": "imported3", "type": "imported"},
    ]
    document["offers"] = [_offer(random, number, names) for number in range(random.randrange(5))]
    document["activations"] = [_activation(random, number, names) for number in range(random.randrange(3))]
    return plan_of(json.dumps(document))


def random_rows(random: Random) -> list[Row]:
    """A few rows of the person whose key `user` is `u1`."""
    return [_row(random, NOW + second) for second in range(random.randrange(1, 5))]


def _row(random: Random, now: int) -> Row:
    values = [0, 1, 2, "x", "", None, True, {"c": 1}, [1], 2.5]
    fields = {name: random.choice(values) for name in ("a", "b", "mail") if random.random() < 0.7}
    table = random.choice(["pages", "orders"])
    return Row("shop", table, {"user": "u1", **fields}, now - random.randrange(100), now, random.random() < 0.4)


def _maybe(random: Random, name: str, values: list[Any]) -> dict[str, Any]:
    return {name: random.choice(values)} if random.random() < 0.6 else {}


def _some(random: Random, names: list[str]) -> list[str]:
    return random.sample(names, random.randrange(1, len(names) + 1))


def _event(random: Random, number: int) -> dict[str, Any]:
    table = random.choice(["pages", "orders"])
    condition = _maybe(random, "if", ["EVENT.a", "EVENT.a.b.c", "EVENT.b != null"])
    return {"name": f"event{number}", "database": "shop", "table": table, **condition}


def _attribute(random: Random, name: str, kind: str, events: list[str]) -> dict[str, Any]:
    texts = [value for value in VALUES if isinstance(value, str)]
    value = {"increment": "${EVENT.a}"} if kind == "counter" else {"value": random.choice(texts)}
    return {"name": name, "type": kind, "event": _some(random, events), **_maybe(random, "if", CONDITIONS), **value}


def _switch(random: Random) -> dict[str, Any]:
    """Whether it is on."""
    choices: list[dict[str, Any]] = [{}, {}, {}, {"enabled": False}, {"starts_at": "2099-01-01T00:00:00Z"}]
    return random.choice([*choices, {"ends_at": "2020-01-01T00:00:00Z"}])


def _offer(random: Random, number: int, events: list[str]) -> dict[str, Any]:
    rules = [
        {
            "event": _some(random, events),
            **_maybe(random, "if", CONDITIONS),
            "data": {f"k{key}": random.choice(VALUES) for key in range(random.randrange(1, 4))},
        }
        for _ in range(random.randrange(1, 4))
    ]
    return {"name": f"offer{number}", **_switch(random), "set": rules}


def _activation(random: Random, number: int, events: list[str]) -> dict[str, Any]:
    webhook = {"url": "https://hooks.example.com/", "headers": {"X-A": "${EVENT.a}"}, "body": random.choice(VALUES)}
    condition = _maybe(random, "if", CONDITIONS)
    return {"name": f"activation{number}", **_switch(random), "event": _some(random, events), **condition} | {
        "webhook": webhook
    }
