"""A log in which one instance sends so much that the events of another lie far behind."""

from __future__ import annotations

from math import inf

import pytest

from personalization import long_search
from personalization.arrivals import Arrival
from personalization.live import LiveInstance
from personalization.stores import redis_search, searching
from tests.personalization.stores.arrivals import INSTANCE, arrival
from tests.personalization.world import NOW

BUSY = LiveInstance(1, 9, 3, INSTANCE.program, INSTANCE.destinations)


def many_of_another(count: int = 40, *, since: int = NOW) -> list[Arrival]:
    """Events of instance 1/9 by two visitors, far more than one small part of the log, a second apart."""
    return [
        arrival(1000 + number, now=since + number, instance=BUSY, td_client_id=str(number % 2))
        for number in range(1, count + 1)
    ]


def in_small_parts(monkeypatch: pytest.MonkeyPatch, *, seconds: float = inf) -> None:
    """Have the log looked through a few events at a time, for as long as it takes; with 0 seconds, for one part."""
    for module in (searching, redis_search):
        monkeypatch.setattr(module, "LOOKED_AT", 5)
    monkeypatch.setattr(redis_search, "MOST_OF_ONE", 2)
    monkeypatch.setattr(long_search, "SECONDS", seconds)
