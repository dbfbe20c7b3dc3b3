"""Processes of the endpoint that are killed under load, on a store of any kind, and what has to be stored then."""

from __future__ import annotations

import asyncio
import json
from collections import Counter

from tests.personalization.server_process import Home, ServerProcess
from tests.personalization.stores.arrivals import views
from tests.personalization.stores.places import Place
from tests.personalization.test_durability import KILLS, LEAST_RATE, RUNS, Load


def killed_under_load(home: Home, place: Place) -> Load:
    """Kill a process again and again; what was acknowledged is there each time. Then send the rest once more."""
    load, counted = Load(home), 0
    for _ in range(RUNS):
        with ServerProcess(home, EVENT_STORE=place.url) as server:
            counted += asyncio.run(load.run(server)) >= LEAST_RATE
        assert load.acknowledged <= counted_once(place)
        if counted == KILLS:
            break
    assert counted == KILLS
    with ServerProcess(home, EVENT_STORE=place.url) as server:
        asyncio.run(load.finish(server))
        server.stop()
    return load


def counted_once(place: Place) -> set[int]:
    """The numbers of the logged events, each of which counts in its profile, once. Raises AssertionError otherwise."""
    rows = place.rows("SELECT uuid, body FROM events")
    numbers = [int.from_bytes(uuid) for uuid, _ in rows]
    assert len(numbers) == len(set(numbers))
    logged = Counter(json.loads(body)["td_client_id"] for _, body in rows)
    assert {person: views(profile) for person, profile in place.profiles().items()} == logged
    return set(numbers)
