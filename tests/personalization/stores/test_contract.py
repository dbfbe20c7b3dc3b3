"""What holds for a store whatever it is built on."""

from __future__ import annotations

import json

import pytest

from personalization.arrivals import Answer, UuidTaken
from personalization.live import LiveInstance
from personalization.stores.base import Store
from tests.personalization.rig import CONFIGURATION, live
from tests.personalization.stores.arrivals import INSTANCE, arrival, preferences, reasons, views
from tests.personalization.stores.places import Place
from tests.personalization.world import DAY, NOW


def test_commit__one_event__is_logged_as_it_came(place: Place, store: Store) -> None:
    event = arrival(7, some_key="é😀\0")
    store.commit([event])
    [row] = place.rows("SELECT uuid, time, received, public, profile IS NULL, digest, body FROM events")
    assert row == ((7).to_bytes(16), NOW, NOW, 0, 0, event.digest, event.body)
    assert place.rows('SELECT instance, "database", "table" FROM streams') == [("1/8", "your_database", "pageviews")]


@pytest.mark.parametrize("count", [1, 2, 63, 64, 65, 200, 600])
def test_commit__group_of_any_size__stores_each(place: Place, store: Store, count: int) -> None:
    outcomes = store.commit([arrival(number, td_client_id=f"u{number}") for number in range(count)])
    assert len(outcomes) == count
    assert place.rows("SELECT count(*), count(DISTINCT profile) FROM events") == [(count, count)]
    assert (place.count("profiles"), place.count("profile_keys")) == (count, count)


def test_commit__one_batch__later_events_see_the_earlier_ones(place: Place, store: Store) -> None:
    outcomes = store.commit([arrival(number, some_key=str(number)) for number in range(5)])
    assert [preferences(outcome) for outcome in outcomes] == list("01234")
    assert views(place.profiles()["202"]) == 5
    assert [row[0] for row in place.rows("SELECT uuid FROM events ORDER BY id")] == [n.to_bytes(16) for n in range(5)]


def test_open__again__keeps_what_is_there(store: Store) -> None:
    store.commit([arrival(1, some_key="a")])
    store.close()
    store.close()
    assert preferences(store.commit([arrival(2)])[0]) == "a"


def test_same_uuid__same_bytes__counts_once_and_is_answered_from_now(place: Place, store: Store) -> None:
    again = arrival(1, given=True, some_key="a")
    store.commit([again])
    store.commit([arrival(2, some_key="b")])
    [outcome] = store.commit([again])
    assert preferences(outcome) == "b"
    assert (place.count("events"), views(place.profiles()["202"])) == (2, 2)


def test_same_uuid__same_bytes_in_one_batch__counts_once(place: Place, store: Store) -> None:
    store.commit([arrival(1, given=True)] * 4)
    assert (place.count("events"), views(place.profiles()["202"])) == (1, 1)


def test_same_uuid__other_bytes__is_taken_and_changes_nothing(place: Place, store: Store) -> None:
    store.commit([arrival(1, given=True)])
    other = arrival(1, given=True, some_key="b")
    assert store.commit([other]) == [UuidTaken()]
    assert store.commit([arrival(2, given=True), other])[1] == UuidTaken()
    assert (place.count("events"), views(place.profiles()["202"])) == (2, 2)


def test_same_uuid__another_table_or_instance__is_another_event(place: Place, store: Store) -> None:
    elsewhere = arrival(1, given=True, instance=live_elsewhere())
    store.commit([arrival(1, given=True), arrival(1, given=True, table="orders"), elsewhere])
    store.commit([arrival(1, given=True), arrival(1, given=True, table="orders"), elsewhere])
    assert place.count("events") == 3
    assert place.count("streams") == 3


def live_elsewhere() -> LiveInstance:
    """The same configuration in instance 1/9."""
    return LiveInstance(1, 9, 3, INSTANCE.program, INSTANCE.destinations)


def test_instances__the_same_key_value__are_two_people(place: Place, store: Store) -> None:
    store.commit([arrival(1), arrival(2, instance=live_elsewhere()), arrival(3)])
    found = place.rows("SELECT instance, body FROM profiles ORDER BY instance")
    assert [(instance, '"views/counter":[2' in body) for instance, body in found] == [("1/8", True), ("1/9", False)]


def test_one_event_fails__stores_nothing_of_the_group(place: Place, store: Store) -> None:
    store.commit([arrival(1, some_key="a")])
    failing = arrival(4)
    failing = failing._replace(row=failing.row._replace(time="late"))  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        store.commit([arrival(2, td_client_id="203", some_key="b"), failing])
    assert place.count("events") == 1
    assert preferences(store.commit([arrival(3)])[0]) == "a"


def test_fails_in_the_middle__stores_nothing_of_the_group(sql_place: Place) -> None:
    store = sql_place.store()
    store.commit([arrival(1, some_key="a")])
    with pytest.raises(Exception, match=r"(?i)unique"):
        store.commit([arrival(2, some_key="b"), arrival(1, some_key="c")])
    assert sql_place.count("events") == 1
    assert preferences(store.commit([arrival(3)])[0]) == "a"
    store.close()


@pytest.mark.parametrize(
    ("fields", "table", "reason"),
    [
        ({"td_client_id": None}, "pageviews", "no-key"),
        ({"td_client_id": "null"}, "pageviews", "no-key"),
        ({}, "orders", "not-monitored"),
        ({"td_client_id": "x" * 300}, "pageviews", "error"),
    ],
)
def test_nobody__row__is_logged_and_touches_no_profile(
    place: Place, store: Store, fields: dict[str, str | None], table: str, reason: str
) -> None:
    assert reasons(store.commit([arrival(1, table=table, given=True, **fields)])) == [reason]
    assert reasons(store.commit([arrival(1, table=table, given=True, **fields)])) == [reason]
    assert place.rows("SELECT count(*), count(profile) FROM events") == [(1, 0)]
    assert place.count("profiles") == 0


def test_no_live_version__is_logged(place: Place, store: Store) -> None:
    nothing_live = LiveInstance(1, 8)
    assert reasons(store.commit([arrival(1, instance=nothing_live)])) == ["no-live-version"]
    assert place.count("events") == 1


def test_merge__stored__loser_points_to_the_winner_and_its_keys_too(place: Place, store: Store) -> None:
    store.commit([arrival(1, td_client_id="a")])
    store.commit([arrival(2, td_client_id=None, mail="m")])
    store.commit([arrival(3, td_client_id="a", mail="m")])
    (winner, none, kept), (loser, into, gone) = place.rows(
        "SELECT id, merged_into, body IS NULL FROM profiles ORDER BY id"
    )
    assert (none, kept, into, gone) == (None, 0, winner, 1)
    assert place.rows("SELECT key, profile FROM profile_keys ORDER BY key") == [
        ("1/8/mail/m", winner),
        ("1/8/td_client_id/a", winner),
    ]
    logged = place.rows("SELECT instance, winner, loser, time, uuid FROM identity_log")
    assert logged == [("1/8", winner, loser, NOW, (3).to_bytes(16))]
    assert views(place.profiles()["a"]) == 3


def test_merge__of_profiles_made_in_the_same_batch__is_stored_too(place: Place, store: Store) -> None:
    store.commit(
        [arrival(1, td_client_id="a"), arrival(2, td_client_id=None, mail="m"), arrival(3, td_client_id="a", mail="m")]
    )
    store.commit([arrival(4, td_client_id=None, mail="m")])
    assert views(place.profiles()["a"]) == 4
    assert place.rows("SELECT count(*), count(merged_into) FROM profiles") == [(2, 1)]


def test_key_values__beyond_200__oldest_identifies_nobody_any_more(place: Place, store: Store) -> None:
    for first in range(0, 210, 30):
        store.commit(
            [arrival(n, mail="m", td_client_id=f"v{n}", time=NOW - 1000 + n) for n in range(first, first + 30)]
        )
    assert place.count("profile_keys") == 200
    store.commit([arrival(1000, td_client_id="v0")])
    assert place.rows("SELECT count(*), count(merged_into) FROM profiles") == [(2, 0)]


def test_merge__more_than_200_key_values__oldest_identify_nobody_any_more(place: Place, store: Store) -> None:
    for first, who in ((0, "a"), (1000, "b")):
        for start in range(first, first + 150, 50):
            visits = [(n, NOW - 5000 + 2 * (n - first) + first // 1000) for n in range(start, start + 50)]
            store.commit([arrival(n, mail=who, td_client_id=f"v{n}", time=time) for n, time in visits])
    store.commit([arrival(2000, td_client_id="v149", mail="b")])
    [document] = place.profiles().values()
    kept = {value for value, _ in document["k"]["td_client_id"]}
    assert kept == {f"v{n}" for first in (51, 1051) for n in range(first, first + 99)}
    assert sum(map(len, document["k"].values())) == place.count("profile_keys") == 200
    assert views(document) == 301
    store.commit([arrival(2001, td_client_id="v0"), arrival(2002, td_client_id="v1000")])
    assert place.rows("SELECT count(*), count(merged_into) FROM profiles") == [(4, 1)]


TWO_LISTS = """
keys: [td_client_id, mail]
events: [{name: pageview, database: your_database, table: pageviews}]
attributes:
  - {name: a, type: list, event: pageview, if: EVENT.a != null, value: "${EVENT.a}", max_items: 1000, distinct: false}
  - {name: b, type: list, event: pageview, if: EVENT.b != null, value: "${EVENT.b}", max_items: 1000, distinct: false}
  - {name: last, type: single, event: pageview, value: "${EVENT.a}"}
"""


def test_merge__too_large__oldest_items_go_and_writing_goes_on(place: Place, store: Store) -> None:
    instance, large, began = live(TWO_LISTS), "y" * 3900, NOW - 200
    for first, theirs in ((0, {"a": large}), (1, {"td_client_id": None, "mail": "m", "b": large})):
        store.commit([arrival(n, instance=instance, time=began + n, **theirs) for n in range(first, 120, 2)])
    [merged] = store.commit([arrival(300, instance=instance, mail="m", a="next")])
    assert isinstance(merged, Answer)
    assert [where for where, message in merged.errors if "256 KiB" in message] == ['attribute "a"', 'attribute "b"']
    [document] = place.profiles().values()
    times = sorted(time for name in "ab" for _, time in document["s"][f"{name}/list"])
    assert times == [*range(times[0], began + 120), NOW]
    assert 200 * 1024 < len(json.dumps(document)) < 240 * 1024
    assert (document["s"]["a/list"][-1], document["s"]["last/single"]) == (["next", NOW], ["next", NOW])
    [after] = store.commit([arrival(301, instance=instance, a=large)])
    assert isinstance(after, Answer)
    assert after.errors == ()


@pytest.mark.parametrize(
    "value", ['quote " in it', "back\\slash", "nul\0", "é😀", "a/b", "'; DROP TABLE events", "{a,b}", "\x1e\x7f"]
)
def test_awkward_key_value__finds_its_profile_again(place: Place, store: Store, value: str) -> None:
    for number in range(2):
        store.commit([arrival(number, td_client_id=value)])
    assert place.count("profiles") == 1


def test_half_of_a_surrogate_pair__survives(store: Store) -> None:
    store.commit([arrival(1, some_key="\ud83d")])
    assert preferences(store.commit([arrival(2)])[0]) == "\ud83d"


def test_list_item__expired__is_gone_and_the_profile_is_not(place: Place, store: Store) -> None:
    store.commit([arrival(1, some_key="a")])
    [outcome] = store.commit([arrival(2, now=NOW + 91 * DAY)])
    assert isinstance(outcome, Answer)
    assert (outcome.offers, outcome.reason) == ({}, "no-rule")
    assert views(place.profiles()["202"]) == 2


def test_window__counts_what_is_in_it(store: Store) -> None:
    text = CONFIGURATION.replace(
        "type: counter, event: pageview", "type: counter, event: pageview, window: 1h"
    ).replace("${PROFILE.preferences.slice(-1)[0].value}", "${PROFILE.views}")
    hourly = live(text)
    for number, now in enumerate((NOW, NOW + 600, NOW + 3599)):
        [outcome] = store.commit([arrival(number, now=now, instance=hourly, some_key="a")])
        assert preferences(outcome) == number + 1
    assert preferences(store.commit([arrival(9, now=NOW + 3660 + 600, instance=hourly)])[0]) == 2


def test_activation__fired__waits_in_the_store_with_its_event(place: Place, store: Store) -> None:
    text = """
keys: [td_client_id]
events: [{name: pageview, database: your_database, table: pageviews}]
activations:
  - name: tell
    event: pageview
    webhook: {url: "https://hooks.example.com/", headers: {X-A: b}, body: {client: "${PROFILE.td_client_id}"}}
"""
    store.commit([arrival(1, instance=live(text))])
    [stored] = place.rows("SELECT instance, version, name, uuid, created, body, headers FROM activations")
    assert stored == ("1/8", 3, "tell", (1).to_bytes(16), NOW, '{"client":"202"}', '{"X-A":"b"}')


def test_two_stores_in_one_place__see_each_others_profiles(place: Place, store: Store) -> None:
    other = place.store()
    for number in range(6):
        (store if number % 2 else other).commit([arrival(number, some_key=str(number))])
    other.close()
    assert views(place.profiles()["202"]) == 6
