"""What the endpoint notes of requests that really came: the answer's kind, its sender, and no secret."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from personalization import traffic_notes
from personalization.live import LiveInstance
from personalization.snapshot import snapshot
from personalization.traffic_notes import MOST_ALIKE, MOST_NAMES, MOST_OF_STRANGERS, MOST_SAME, Kind, Rejected
from tests.personalization.rig import (
    BROWSER_KEY,
    CONFIGURATION,
    KEY,
    OTHER_ORIGIN,
    PATH,
    PRIVATE,
    PUBLIC,
    PUBLIC_PATH,
    Rig,
    known_to,
    live,
)
from tests.personalization.world import NOW

INSTANCE = 77  # its primary key
EVENT = {"td_client_id": "202", "some_key": "x"}
SECRETS = (PRIVATE, PUBLIC, KEY, BROWSER_KEY, "d" * 32)
ELSEWHERE = {"wp13n_token": f"1/8/{'d' * 32}"}


@pytest.fixture
def rig(tmp_path: Path) -> Any:
    with Rig(tmp_path) as running:
        know(running)
        yield running


def know(rig: Rig, **changes: Any) -> None:
    """Have the endpoint know the instance by its primary key."""
    known = known_to(type(live())(1, 8, 3, live().program, live().destinations, INSTANCE), **changes)
    rig.snapshots.current = snapshot(
        revision=known.revision,
        loaded_at=known.loaded_at,
        keys=list(known.keys.values()),
        tokens=list(known.tokens.values()),
        instances={(1, 8): INSTANCE},
    )


def taken(rig: Rig) -> Counter[Kind]:
    """All that was counted so far, without the time it took."""
    counts: Counter[Kind] = Counter()
    for _ in range(2):
        for key, requests in rig.traffic.take().counts.items():
            counts[Kind._make(key)._replace(bound=0)] += requests
    return counts


def kinds(rig: Rig) -> dict[tuple[int, str, str, int, str], int]:
    return {
        (kind.token, kind.place.database, kind.place.table, kind.code, kind.reason): requests
        for kind, requests in taken(rig).items()
    }


def rejections(rig: Rig) -> list[Rejected]:
    return [each for _ in range(2) for each in rig.traffic.take().rejections]


def test_event__with_and_without_offers__is_counted_by_reason(rig: Rig) -> None:
    for _ in range(3):
        rig.post(EVENT)
    rig.post({"nobody": 1})
    rig.post(EVENT, path="/your_database/page_views")
    rig.post(EVENT, path=PUBLIC_PATH)
    assert kinds(rig) == {
        (1, "your_database", "pageviews", 200, ""): 3,
        (1, "your_database", "pageviews", 200, "no-key"): 1,
        (1, "your_database", "page_views", 200, "not-monitored"): 1,
        (2, "your_database", "pageviews", 200, ""): 1,
    }


def test_event__with_an_offer_and_a_rule_that_fails__is_counted_as_both(rig: Rig) -> None:
    broken = "  - {name: broken, set: {event: pageview, if: EVENT.cart.length > 0, data: {a: b}}}\n"
    instance = LiveInstance(1, 8, 3, live(CONFIGURATION + broken).program, live().destinations, INSTANCE)
    rig.snapshots.current = known_to(instance)
    assert rig.post(EVENT).json()["offers"]
    rig.post({"td_client_id": "303"})
    rig.post({"nobody": 1})
    assert [(kind.reason, kind.failed) for kind in taken(rig)] == [("", True), ("error", True), ("no-key", False)]


def test_event__is_counted_in_its_minute_and_for_its_instance(rig: Rig) -> None:
    rig.post(EVENT)
    rig.now += 60
    rig.post(EVENT)
    assert [(kind.minute, kind.instance) for kind in taken(rig)] == [
        (int(NOW // 60), INSTANCE),
        (int(NOW // 60) + 1, INSTANCE),
    ]


def test_notes__taken__come_to_rest_first_and_come_once(rig: Rig) -> None:
    rig.post(EVENT)
    assert not rig.traffic.take().counts
    assert sum(rig.traffic.take().counts.values()) == 1
    assert not rig.traffic.take().counts


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        (ELSEWHERE, (0, "your_database", "pageviews", 3001, "")),
        ({"authorization": None}, (1, "your_database", "pageviews", 401, "")),
        ({"path": "/Your_database/x"}, (1, "", "", 404, "")),
        ({"content_type": "text/plain"}, (1, "your_database", "pageviews", 415, "")),
        ({"content": b"[1]"}, (1, "your_database", "pageviews", 3004, "")),
        ({"path": PUBLIC_PATH, "origin": OTHER_ORIGIN}, (2, "your_database", "pageviews", 3007, "")),
    ],
)
def test_refusal__with_a_token_of_the_instance__is_counted_there(
    rig: Rig, changes: Any, kind: tuple[int, str, str, int, str]
) -> None:
    assert rig.post(**changes).status_code >= 400
    assert kinds(rig) == {kind: 1}


@pytest.mark.parametrize("token", [None, "nonsense", f"1/9/{PRIVATE}", f"2/8/{PRIVATE}"])
def test_refusal__that_names_no_instance__is_kept_but_not_counted(rig: Rig, token: str | None) -> None:
    rig.post(wp13n_token=token)
    assert kinds(rig) == {}
    rig.post(wp13n_token=token)
    [rejected] = rejections(rig)
    assert (rejected.instance, rejected.token) == (0, 0)
    assert rejected.code in (3000, 3001, 3002, 3003)


def test_preflight__is_not_counted(rig: Rig) -> None:
    answer = rig.send("OPTIONS", PUBLIC_PATH, origin=OTHER_ORIGIN, access_control_request_method="POST")
    assert answer.status_code == 204
    assert kinds(rig) == {}


def test_preflight__of_an_origin_nobody_lists__is_a_rejection_that_says_so(rig: Rig) -> None:
    rig.send("OPTIONS", PUBLIC_PATH, origin="https://new.example.com", access_control_request_method="POST")
    [rejected] = rejections(rig)
    assert (rejected.code, rejected.origin, rejected.is_preflight) == (3009, "https://new.example.com", True)
    assert "no live public token lists its origin" in rejected.reason
    assert rejected.place.table == "pageviews"


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("GET", PUBLIC_PATH, {"origin": "https://new.example.com"}),
        ("OPTIONS", PUBLIC_PATH, {"origin": "https://new.example.com"}),
        ("OPTIONS", PUBLIC_PATH, {"access_control_request_method": "POST"}),
        ("OPTIONS", "/public/x", {"origin": "https://new.example.com", "access_control_request_method": "POST"}),
        ("OPTIONS", PATH, {"origin": "https://new.example.com", "access_control_request_method": "POST"}),
    ],
)
def test_rejection__of_another_method__is_no_preflight(
    rig: Rig, method: str, path: str, headers: dict[str, str]
) -> None:
    rig.send(method, path, **headers)
    [rejected] = rejections(rig)
    assert not rejected.is_preflight
    assert "no live public token lists its origin" not in rejected.reason


def test_preflights__of_one_busy_page__leave_room_for_another_origin_and_table(rig: Rig) -> None:
    asked = {"origin": "https://busy.example.com", "access_control_request_method": "POST"}
    for _ in range(MOST_ALIKE + MOST_SAME):
        rig.send("OPTIONS", PUBLIC_PATH, **asked)
    rig.send("OPTIONS", PUBLIC_PATH, **asked | {"origin": "https://other.example.org"})
    rig.send("OPTIONS", "/public/your_database/orders", **asked)
    found = Counter((each.origin, each.place.table) for each in rejections(rig))
    assert found == {
        ("https://busy.example.com", "pageviews"): MOST_SAME,
        ("https://other.example.org", "pageviews"): 1,
        ("https://busy.example.com", "orders"): 1,
    }


def test_rejection__tells_what_helps(rig: Rig) -> None:
    answer = rig.post(**ELSEWHERE)
    [rejected] = rejections(rig)
    assert (rejected.at, rejected.code, rejected.instance, rejected.account) == (NOW, 3001, INSTANCE, 1)
    assert (rejected.token, rejected.token_hint, rejected.address) == (0, "dddd", "192.0.2.10")
    assert rejected.reason == answer.json()["message"]
    assert rejected.request_id == answer.headers["x-request-id"]


@pytest.mark.parametrize(
    "changes",
    [
        ELSEWHERE,
        {"authorization": f"TD1 1/{KEY}x"},
        {"authorization": f"TD1 2/{KEY}"},
        {"wp13n_token": f"1/8/{PRIVATE}", "authorization": None},
        {"wp13n_token": f"1/8/{PUBLIC}"},
        {"wp13n_token": PRIVATE},
        {"wp13n_token": f"1/8/{PRIVATE[:-1]}"},
        {"content": b'{"uuid": "' + KEY.encode() + b'"}'},
        {"path": PUBLIC_PATH, "authorization": f"TD1 1/{BROWSER_KEY}", "origin": OTHER_ORIGIN},
        {"path": f"/{PRIVATE}/pageviews", "wp13n_token": None},
        {"path": f"/your_database/{PRIVATE}", "content": b"[]"},
        {"path": f"/public/your_database/x_{PUBLIC}", "origin": OTHER_ORIGIN},
        {"path": PUBLIC_PATH, "origin": f"https://{PUBLIC}.example.com"},
        {"path": PUBLIC_PATH, "origin": f"https://{'x' * 270}.{PUBLIC}.example.com"},
        {"path": PUBLIC_PATH, "origin": f"https://{PUBLIC[:9]}\x85{PUBLIC[9:]}.example.com"},
    ],
)
def test_rejection__holds_no_secret(rig: Rig, changes: Any) -> None:
    assert rig.post(**changes).status_code >= 400
    [rejected] = rejections(rig)
    told = repr(rejected)
    assert not [secret for secret in SECRETS if secret[:-20] in told]
    assert len(rejected.token_hint) in (0, 4)


def test_counts__of_a_path_with_a_token_in_it__name_no_table(rig: Rig) -> None:
    for path in (f"/{PRIVATE}/pageviews", f"/your_database/{PUBLIC}"):
        rig.post(EVENT, path=path)
        rig.post(path=path, content=b"[]")
    assert kinds(rig) == {(1, "", "", 200, "not-monitored"): 2, (1, "", "", 3004, ""): 2}


def test_counts__of_a_registered_table_that_looks_like_a_token__name_it(rig: Rig) -> None:
    tables = frozenset({("your_database", PRIVATE)})
    rig.snapshots.current = known_to(LiveInstance(1, 8, 3, live().program, tables, INSTANCE))
    rig.post(EVENT, path=f"/your_database/{PRIVATE}")
    assert kinds(rig) == {(1, "your_database", PRIVATE, 200, "no-event"): 1}


def test_rejection__of_a_browser_on_a_path_that_is_none__has_the_network_alone(rig: Rig) -> None:
    rig.post(path="/public/Shop/pageviews", peer="203.0.113.77")
    assert [each.address for each in rejections(rig)] == ["203.0.113.0/24"]


@pytest.mark.parametrize(
    ("path", "peer", "forwarded", "address"),
    [
        ("/your_database/pageviews", "203.0.113.77", None, "203.0.113.77"),
        (PUBLIC_PATH, "203.0.113.77", None, "203.0.113.0/24"),
        (PUBLIC_PATH, "2001:db8:1:2::3", None, "2001:db8:1::/48"),
        (PUBLIC_PATH, "198.51.100.9", "203.0.113.77", "203.0.113.0/24"),
        (PUBLIC_PATH, "203.0.113.77", "192.0.2.1", "203.0.113.0/24"),
        ("/your_database/pageviews", "198.51.100.9", ",".join(["9"] * 300), "198.51.100.9"),
        (PUBLIC_PATH, "", None, ""),
    ],
)
def test_rejection__of_a_visitor__has_the_network_alone(
    rig: Rig, path: str, peer: str, forwarded: str | None, address: str
) -> None:
    rig.post(path=path, peer=peer, x_forwarded_for=forwarded, authorization=None)
    assert [each.address for each in rejections(rig)] == [address]


def test_rejection__origin_with_control_characters__is_cut_and_printable(rig: Rig) -> None:
    rig.post(path=PUBLIC_PATH, origin="https://a\x85\x1b[31m" + "x" * 5000)
    [rejected] = rejections(rig)
    assert rejected.origin.isprintable()
    assert len(rejected.origin) <= 300


def test_rejections__of_one_minute__are_few_and_all_counted(rig: Rig) -> None:
    for _ in range(MOST_ALIKE + 30):
        rig.post(**ELSEWHERE)
    rig.post(content=b"[1]")
    rig.now += 60
    rig.post(**ELSEWHERE)
    noted = [rig.traffic.take() for _ in range(2)]
    codes = Counter(each.code for part in noted for each in part.rejections)
    assert codes == {3001: MOST_ALIKE + 1, 3004: 1}
    assert sum(sum(part.counts.values()) for part in noted) == MOST_ALIKE + 32


def test_rejections__of_strangers_in_the_name_of_many__leave_room_for_a_known_token(rig: Rig) -> None:
    rig.snapshots.current = replace(
        rig.snapshots.current, instances={(1, 8): INSTANCE} | {(1, number): number for number in range(9, 21)}
    )
    for number in range(9, 21):
        for _ in range(MOST_ALIKE):
            rig.post(wp13n_token=f"1/{number}/{'d' * 32}")
    rig.post(content=b"[1]")
    codes = Counter(each.code for each in rejections(rig))
    assert codes.total() == MOST_OF_STRANGERS + 1
    assert codes[3004] == 1


def test_tables__that_anybody_may_name__are_bounded(rig: Rig) -> None:
    for number in range(MOST_NAMES + 20):
        rig.post(EVENT, path=f"/your_database/made_up_{number}")
    rig.post(EVENT)
    found = kinds(rig)
    assert found[1, "", "", 200, "not-monitored"] == 20
    assert found[1, "your_database", "pageviews", 200, ""] == 1
    assert len(found) == MOST_NAMES + 2
    rig.now += 3600
    rig.post(EVENT, path="/your_database/made_up_next_hour")
    assert kinds(rig) == {(1, "your_database", "made_up_next_hour", 200, "not-monitored"): 1}


def test_notes__that_nobody_takes__become_coarser_and_lose_nothing(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(traffic_notes, "MOST_KEYS", 30)
    for _ in range(60):
        rig.now += 60
        rig.post(EVENT)
        rig.post(EVENT, path="/your_database/other_table")
    found = taken(rig)
    assert sum(found.values()) == 120
    assert sum(requests for kind, requests in found.items() if kind.reason == "") == 60
    assert len(found) <= 40
