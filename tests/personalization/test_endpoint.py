"""What a good event gets: its answer, its headers, and what is stored."""

from __future__ import annotations

from hashlib import sha256
from typing import Any
from uuid import UUID

import pytest

from personalization.live import LiveInstance
from tests.personalization.rig import PATH, PUBLIC_PATH, Rig, assert_error, known_to
from tests.personalization.world import NOW

UUID_1 = "0190b5a4-7b2c-7def-8a1b-0123456789ab"


def test_documents_event__posted_twice__gets_the_offer(rig: Rig) -> None:
    content = b'{"td_client_id":"202", "some_key":"some other data"}'
    for _ in range(2):
        response = rig.post(content=content)
        assert response.status_code == 200
        assert response.headers["content-type"] == "application/json"
        assert response.headers["x-p13n-version"] == "3"
        assert "x-p13n-reason" not in response.headers
        assert response.json() == {
            "offers": {"preferences_known": {"attributes": {"td_client_id": "202", "preferences": "some other data"}}}
        }


def test_request_id__is_fresh_each_time(rig: Rig) -> None:
    ids = {rig.post(x_request_id="mine").headers["x-request-id"] for _ in range(5)}
    assert len({UUID(text) for text in ids}) == 5


@pytest.mark.parametrize(
    ("path", "event", "reason"),
    [
        (PATH, {"td_client_id": "202"}, "no-rule"),
        (PATH, {"some_key": "x"}, "no-key"),
        ("/your_database/other", {"td_client_id": "202"}, "not-monitored"),
        (PUBLIC_PATH, {"mail": "a@b"}, "no-key"),
    ],
)
def test_reason__nothing_to_say__tells_how_far_it_got(rig: Rig, path: str, event: Any, reason: str) -> None:
    response = rig.post(event, path=path)
    assert (response.status_code, response.json()) == (200, {"offers": {}})
    assert response.headers["x-p13n-reason"] == reason
    assert response.headers["x-p13n-version"] == "3"


def test_live_version_that_does_not_compile__no_live_version_and_the_event_is_kept(rig: Rig) -> None:
    rig.snapshots.current = known_to(LiveInstance(1, 8, 3, None, rig.instance.destinations))
    assert rig.post().headers["x-p13n-reason"] == "no-live-version"
    assert rig.query("SELECT count(*), count(profile) FROM events") == [(1, 0)]


def test_event__stored__with_stamp_digest_and_exact_text(rig: Rig) -> None:
    content = b'{ "td_client_id" :"202", "n": 1.50, "big": 12345678901234567890123 }'
    response = rig.post(content=content)
    [(uuid, time, received, public, digest, body)] = rig.query(
        "SELECT uuid, time, received, public, digest, body FROM events"
    )
    assert UUID(bytes=uuid) == UUID(response.headers["x-request-id"])
    assert (time, received, public) == (NOW, NOW, 0)
    assert digest == sha256(content).digest()
    assert body == content.decode()


def test_event__outside_ascii__stored_escaped(rig: Rig) -> None:
    content = '{"td_client_id":"é","some_key":"😀 \\u0000","n":1.0}'.encode()
    answer = rig.post(content=content).json()
    assert answer["offers"]["preferences_known"]["attributes"] == {"td_client_id": "é", "preferences": "😀 \0"}
    [(body,)] = rig.query("SELECT body FROM events")
    assert body == '{"td_client_id":"\\u00e9","some_key":"\\ud83d\\ude00 \\u0000","n":1.0}'
    [(profile,)] = rig.query("SELECT body FROM profiles")
    assert profile.isascii()


@pytest.mark.parametrize(("given", "kept"), [(5, 5), (NOW + 1000, NOW)])
def test_event__time__is_clamped_to_now(rig: Rig, given: int, kept: int) -> None:
    rig.post({"td_client_id": "202", "time": given})
    assert rig.query("SELECT time, received FROM events") == [(kept, NOW)]


def test_event__uuid_given__is_kept(rig: Rig) -> None:
    rig.post({"td_client_id": "202", "uuid": UUID_1.upper()})
    assert rig.query("SELECT hex(uuid) FROM events") == [(UUID_1.replace("-", "").upper(),)]


def test_row__unmonitored_or_without_a_key__is_logged_all_the_same(rig: Rig) -> None:
    rig.post({"td_client_id": "202"}, path="/your_database/other")
    rig.post({"some_key": "x"})
    assert rig.query("SELECT count(*), count(profile) FROM events") == [(2, 0)]
    assert rig.query("SELECT count(*) FROM profiles") == [(0,)]


def test_same_uuid__same_bytes__counts_once_and_is_answered_from_the_profile_as_it_is_now(rig: Rig) -> None:
    first = {"td_client_id": "202", "some_key": "a", "uuid": UUID_1}
    rig.post(first)
    rig.post({"td_client_id": "202", "some_key": "b"})
    again = rig.post(first)
    assert again.json()["offers"]["preferences_known"]["attributes"]["preferences"] == "b"
    assert rig.query("SELECT count(*) FROM events") == [(2,)]
    assert '"views/counter":[2,' in rig.query("SELECT body FROM profiles")[0][0]


@pytest.mark.parametrize("other", [{"some_key": "b"}, {"extra": 1}])
def test_same_uuid__other_bytes__3004_and_nothing_stored(rig: Rig, other: dict[str, Any]) -> None:
    rig.post({"td_client_id": "202", "some_key": "a", "uuid": UUID_1})
    assert "uuid" in assert_error(rig.post({"td_client_id": "202", "uuid": UUID_1} | other), 400, 3004)
    assert rig.query("SELECT count(*) FROM events") == [(1,)]


def test_same_uuid__same_event_in_other_spacing__is_other_bytes(rig: Rig) -> None:
    rig.post(content=b'{"uuid":"' + UUID_1.encode() + b'"}')
    assert_error(rig.post(content=b'{"uuid": "' + UUID_1.encode() + b'"}'), 400, 3004)


def test_same_uuid__in_another_table__is_another_event(rig: Rig) -> None:
    for path in (PATH, "/your_database/other", "/other_database/pageviews"):
        assert rig.post({"td_client_id": "202", "uuid": UUID_1, "path": path}, path=path).status_code == 200
    assert rig.query("SELECT count(*) FROM events") == [(3,)]


def test_same_uuid__in_upper_case_without_dashes__is_recognised(rig: Rig) -> None:
    rig.post({"td_client_id": "202", "uuid": UUID_1})
    assert_error(rig.post({"td_client_id": "202", "uuid": UUID_1.replace("-", "").upper()}), 400, 3004)


def test_same_uuid__unmonitored_row__gets_its_reason_again(rig: Rig) -> None:
    for _ in range(2):
        response = rig.post({"uuid": UUID_1}, path="/your_database/other")
        assert response.headers["x-p13n-reason"] == "not-monitored"
    assert rig.query("SELECT count(*) FROM events") == [(1,)]


def test_same_uuid__many_at_once__one_logged_and_one_counted(rig: Rig) -> None:
    event = {"td_client_id": "202", "some_key": "a", "uuid": UUID_1}
    assert {response.status_code for response in rig.post_all([event] * 40)} == {200}
    assert rig.query("SELECT count(*) FROM events") == [(1,)]
    assert '"views/counter":[1,' in rig.query("SELECT body FROM profiles")[0][0]


def test_same_uuid__at_once_with_other_bytes__only_the_first_is_stored(rig: Rig) -> None:
    events = [{"td_client_id": "202", "n": number, "uuid": UUID_1} for number in range(5)]
    assert [response.status_code for response in rig.post_all(events)] == [200, 400, 400, 400, 400]


def test_batch__later_events__see_what_earlier_ones_made_and_merged(rig: Rig) -> None:
    events = [
        {"td_client_id": "a", "some_key": "first"},
        {"mail": "m", "some_key": "second"},
        {"td_client_id": "a", "mail": "m"},
        {"mail": "m", "some_key": "last"},
    ]
    responses = rig.post_all(events)
    data = responses[3].json()["offers"]["preferences_known"]["attributes"]
    assert data == {"td_client_id": "a", "preferences": "last"}
    assert rig.query("SELECT count(*), count(merged_into) FROM profiles") == [(2, 1)]
    assert rig.query("SELECT DISTINCT profile FROM profile_keys") == [(1,)]
    assert rig.query("SELECT winner, loser FROM identity_log") == [(1, 2)]


def test_evaluation_error__is_counted_by_rule(tmp_path: Any) -> None:
    text = """
keys: [td_client_id]
events: [{name: pageview, database: your_database, table: pageviews}]
offers: [{name: broken, set: {event: pageview, data: {x: "${EVENT.a.b}"}}}]
"""
    with Rig(tmp_path, text=text) as rig:
        for _ in range(3):
            assert rig.post().headers["x-p13n-reason"] == "error"
        [(where, count)] = rig.errors.of(rig.instance).items()
    assert where == 'offer "broken", rule 1, data, x'
    assert (count.count, count.time) == (3, NOW)
    assert count.message.startswith("TypeError")
