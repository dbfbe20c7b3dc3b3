"""How many profiles hold values of an attribute, on each kind of store."""

from __future__ import annotations

from personalization.stores.slot_counts import profiles_with
from tests.personalization.stores.arrivals import arrival
from tests.personalization.stores.places import Place


def test_slot_counts__profiles_that_hold_it__are_counted(place: Place) -> None:
    slots = ("views/counter", "preferences/list", "gone/list")
    kept = place.store()
    kept.open()
    kept.commit([arrival(number, td_client_id=str(number), some_key='"gone/list":') for number in range(1, 4)])
    kept.close()
    found = profiles_with(place.url, "1/8", slots, seconds=60)
    if place.url.startswith("redis"):
        assert found is None
        return
    assert found is not None
    assert [found.profiles[slot] for slot in slots] == [3, 3, 0]
    assert found.complete
    nobody = profiles_with(place.url, "1/9", slots, seconds=60)
    assert nobody is not None
    assert nobody.profiles.total() == 0
