"""Events for stores, made by hand."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

from personalization.arrivals import Answer, Arrival, Outcome
from personalization.engine import Row
from personalization.live import LiveInstance
from tests.personalization.rig import live
from tests.personalization.world import NOW

INSTANCE = live()


def arrival(
    number: int,
    *,
    now: int = NOW,
    given: bool = False,
    table: str = "pageviews",
    instance: LiveInstance = INSTANCE,
    **fields: Any,
) -> Arrival:
    """An event whose uuid is its number, of visitor 202 unless told; `given`: its caller named the uuid."""
    event = {"td_client_id": "202", "time": now, **fields}
    body = json.dumps(event)
    row = Row("your_database", table, event, event["time"], now, False)
    return Arrival(instance, row, number.to_bytes(16), given, body, sha256(body.encode()).digest())


def preferences(outcome: Outcome) -> Any:
    """What the offer of an answer says."""
    assert isinstance(outcome, Answer), outcome
    return outcome.offers["preferences_known"]["attributes"]["preferences"]


def reasons(outcomes: Sequence[Outcome]) -> list[str]:
    """Why answers have no offers."""
    return [outcome.reason for outcome in outcomes if isinstance(outcome, Answer)]


def views(profile: Mapping[str, Any]) -> int:
    """How many page views a stored document counts."""
    return int(profile["s"]["views/counter"][0])
