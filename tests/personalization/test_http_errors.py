"""Every row of the table of errors, their order, and near misses."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_network
from typing import Any

import pytest

from tests.personalization.rig import (
    BROWSER_KEY,
    KEY,
    LISTED_ONLY,
    ORIGIN,
    OTHER_ORIGIN,
    PATH,
    PRIVATE,
    PUBLIC,
    PUBLIC_PATH,
    Rig,
    assert_error,
    known_to,
)
from tests.personalization.world import NOW


@pytest.mark.parametrize(
    "path",
    [
        *(
            "/",
            "/your_database",
            "/your_database/",
            "/your_database/pageviews/",
            "/your_database/pageviews/x",
            "//pageviews",
        ),
        *("/ab/pageviews", "/your_database/ab", f"/{'a' * 129}/pageviews", f"/your_database/{'a' * 129}"),
        *("/Your_database/pageviews", "/your-database/pageviews", "/your_database/page.views", "/your_database/päge"),
        *(
            "/your%5Fdatabase/pageviews",
            "/your_database%2Fpageviews",
            "/your_database/pageviews%0A",
            "/your_database/abc%20",
        ),
        *("/public", "/public/your_database", "/public/your_database/pageviews/x", "/PUBLIC/your_database/pageviews"),
        *("/admin/pageviews", "/public/pageviews", "/public/public/pageviews", "/healthz/pageviews"),
        *("/xpublic/your_database/pageviews", "/public//your_database/pageviews"),
    ],
)
def test_path__neither_form__404(rig: Rig, path: str) -> None:
    assert_error(rig.post(path=path), 404, 404)


@pytest.mark.parametrize("path", ["/abc/123", "/___/_0_", f"/{'a' * 128}/{'9' * 128}", PATH + "?x=1", PATH])
def test_path__of_the_right_form__is_served(rig: Rig, path: str) -> None:
    assert rig.post(path=path).status_code == 200


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "post", "BREW"])
def test_method__not_post__405(rig: Rig, method: str) -> None:
    response = rig.send(method, PATH)
    if method == "post":  # httpx writes methods in capitals
        assert_error(response, 415, 415)
    else:
        assert_error(response, 405, 3009)
        assert response.headers["allow"] == "POST"


@pytest.mark.parametrize(
    "value",
    [
        *(
            None,
            "",
            "text/plain",
            "application/jsonp",
            "application/vnd.treasuredata.v2+json",
            "application/x-www-form-urlencoded",
        ),
        *("application/json, application/json", "application/json; charset=latin-1", "application /json", "json"),
    ],
)
def test_content_type__another__415(rig: Rig, value: str | None) -> None:
    assert_error(rig.post(content_type=value), 415, 415)


@pytest.mark.parametrize(
    "value",
    ["application/json", "Application/JSON", "application/json; charset=utf-8", "application/json;charset=UTF-8"],
)
def test_content_type__json__is_accepted(rig: Rig, value: str) -> None:
    assert rig.post(content_type=value).status_code == 200


def test_content_encoding__compressed__415(rig: Rig) -> None:
    assert_error(rig.post(content_encoding="gzip"), 415, 415)


@pytest.mark.parametrize(("length", "status"), [(1_000_000, 200), (1_000_001, 413)])
def test_body__over_1_mb__413(rig: Rig, length: int, status: int) -> None:
    content = b'{"td_client_id":"202"' + b" " * (length - 22) + b"}"
    assert len(content) == length
    assert rig.post(content=content).status_code == status


def test_body__declared_too_large__413_before_authorization(rig: Rig) -> None:
    assert_error(rig.post(content_length="99999999999999999999999", authorization=None), 413, 413)


@pytest.mark.parametrize(
    "value",
    [
        *(None, "", "TD1", "TD1 ", f"TD1 1/{KEY} ", f"td1 1/{KEY}", f"TD1  1/{KEY}", f"Bearer {KEY}", f"TD1 {KEY}"),
        *(
            f"TD1 1/{KEY[:-1]}",
            f"TD1 1/{KEY}0",
            f"TD1 2/{KEY}",
            f"TD1 01/{KEY}",
            f"TD1 １/{KEY}".encode().decode("latin-1"),
        ),
        *(
            "TD1 1/" + "0" * 40,
            f"TD1 1/{KEY}, TD1 1/{KEY}",
            f"TD1 1/{BROWSER_KEY}",
            f"TD1 99999999999999999999999/{KEY}",
        ),
        f"TD1 1/{KEY.upper()}",
    ],
)
def test_authorization__wrong__one_and_the_same_401(rig: Rig, value: str | None) -> None:
    response = rig.post(authorization=value)
    message = assert_error(response, 401, 401)
    assert message == assert_error(rig.post(authorization=None), 401, 401)
    assert response.headers["www-authenticate"] == "TD1"


def test_authorization__expired_key__401(rig: Rig) -> None:
    snapshot = rig.snapshots.current
    assert snapshot is not None
    keys = {ref: replace(key, expires_at=NOW) for ref, key in snapshot.keys.items()}
    rig.snapshots.current = replace(snapshot, keys=keys)
    assert_error(rig.post(), 401, 401)
    rig.now = NOW - 1
    assert rig.post().status_code == 200


def test_token__missing__3000(rig: Rig) -> None:
    assert_error(rig.post(wp13n_token=None), 400, 3000)


@pytest.mark.parametrize(
    "value",
    [
        *("", PRIVATE, f"8/{PRIVATE}", f"1/8/{PRIVATE}/", f"1/8/{PRIVATE}0", f"1/8/{PRIVATE[:-1]}", f"1/8/{'g' * 32}"),
        *(
            f"a/8/{PRIVATE}",
            f"1/-8/{PRIVATE}",
            f"+1/8/{PRIVATE}",
            f"1 /8/{PRIVATE}",
            f"1/8/{PRIVATE}\x0b",
            f"/8/{PRIVATE}",
        ),
        *(f"1/8/{{{PRIVATE}}}", f"1/8/{PRIVATE}, 1/8/{PRIVATE}", "1/8/e65d8a9d-f209-4f02-b84c-d660efff6f27"),
        f"1/８/{PRIVATE}".encode().decode("latin-1"),
    ],
)
def test_token__malformed__3003(rig: Rig, value: str) -> None:
    assert_error(rig.post(wp13n_token=value), 400, 3003)


@pytest.mark.parametrize("value", [f"2/8/{PRIVATE}", f"11/8/{PRIVATE}", f"0/8/{PRIVATE}"])
def test_token__of_another_account_than_the_key__3002(rig: Rig, value: str) -> None:
    assert_error(rig.post(wp13n_token=value), 400, 3002)


@pytest.mark.parametrize("value", [f"1/9/{PRIVATE}", f"1/8/{'0' * 32}", f"1/88/{PRIVATE}", f"1/8/{PRIVATE[::-1]}"])
def test_token__not_accepted_by_the_instance__3001(rig: Rig, value: str) -> None:
    assert_error(rig.post(wp13n_token=value), 400, 3001)


def test_token__expired__3001_from_that_second(rig: Rig) -> None:
    rig.snapshots.current = known_to(rig.instance, expires_at=NOW + 10)
    assert rig.post().status_code == 200
    rig.now = NOW + 10
    assert_error(rig.post(), 400, 3001)


def test_token__in_capitals__is_the_same(rig: Rig) -> None:
    assert rig.post(wp13n_token=f"1/8/{PRIVATE.upper()}").status_code == 200


def test_token__public_on_the_private_path__3006(rig: Rig) -> None:
    assert "public" in assert_error(rig.post(wp13n_token=f"1/8/{PUBLIC}"), 400, 3006)


def test_token__private_on_the_public_path__3006(rig: Rig) -> None:
    assert_error(rig.post(path=PUBLIC_PATH, wp13n_token=f"1/8/{PRIVATE}"), 400, 3006)


ALLOWED = (ip_network("192.0.2.0/28"), ip_network("2001:db8::/32"))


@pytest.mark.parametrize(
    ("peer", "forwarded", "allowed"),
    [
        ("192.0.2.15", None, True),
        ("192.0.2.16", None, False),
        ("2001:db8::1", None, True),
        ("::ffff:192.0.2.1", None, True),
        ("2001:db9::1", None, False),
        ("", None, False),
        ("203.0.113.9", "192.0.2.1", False),
        ("198.51.100.7", "192.0.2.1", True),
        ("198.51.100.7", "192.0.2.1, 203.0.113.9", False),
        ("198.51.100.7", "203.0.113.9, 192.0.2.1, 198.51.100.8", True),
        ("198.51.100.7", None, False),
    ],
)
@pytest.mark.parametrize("listed_by", ["token", "key"])
def test_address__on_the_list_or_not__3005(
    rig: Rig, listed_by: str, peer: str, forwarded: str | None, allowed: bool
) -> None:
    snapshot = known_to(rig.instance, networks=ALLOWED if listed_by == "token" else ())
    if listed_by == "key":
        keys = {ref: replace(key, networks=ALLOWED) for ref, key in snapshot.keys.items()}
        snapshot = replace(snapshot, keys=keys)
    rig.snapshots.current = snapshot
    response = rig.post(peer=peer, x_forwarded_for=forwarded)
    if allowed:
        assert response.status_code == 200
    else:
        assert_error(response, 400, 3005)


@pytest.mark.parametrize(
    "origin", [None, "", "null", OTHER_ORIGIN, ORIGIN + "/", ORIGIN.upper(), ORIGIN + ":443", "http" + ORIGIN[5:]]
)
def test_origin__missing_or_not_the_tokens__3007(rig: Rig, origin: str | None) -> None:
    assert_error(rig.post(path=PUBLIC_PATH, origin=origin), 400, 3007)


def test_origin__on_the_private_path__does_not_matter(rig: Rig) -> None:
    assert rig.post(origin="https://anywhere.example").status_code == 200


def test_snapshot__none_yet__503(rig: Rig) -> None:
    rig.snapshots.current = None
    response = rig.post()
    assert_error(response, 503, 1005)
    assert int(response.headers["retry-after"]) >= 1


@pytest.mark.parametrize(("age", "status"), [(24 * 3600, 200), (24 * 3600 + 1, 503)])
def test_snapshot__too_old__503(rig: Rig, age: int, status: int) -> None:
    rig.snapshots.age_now = age
    assert rig.post().status_code == status


# Each request has every fault from its own on; the first in the order of the table is the one that is told.
FAULTS: list[tuple[int, int, dict[str, Any]]] = [
    (415, 415, {"content_type": "text/plain"}),
    (413, 413, {"content_length": "1000001"}),
    (401, 401, {"authorization": "TD1 1/none"}),
    (400, 3000, {"wp13n_token": None}),
    (400, 3003, {"wp13n_token": "1/8/short"}),
    (400, 3002, {"wp13n_token": f"2/8/{'0' * 32}"}),
    (400, 3001, {"wp13n_token": f"1/8/{'0' * 32}"}),
    (400, 3006, {"wp13n_token": f"1/8/{PRIVATE}"}),
    (400, 3007, {"origin": "https://evil.example"}),
    (400, 3004, {"content": b"not json"}),
]


@pytest.mark.parametrize("first", range(len(FAULTS)))
def test_faults__several_at_once__the_first_in_the_table_is_told(rig: Rig, first: int) -> None:
    changes: dict[str, Any] = {}
    for _, _, fault in FAULTS[first:]:
        changes = fault | changes
    status, code, _ = FAULTS[first]
    assert_error(rig.post(path=PUBLIC_PATH, **changes), status, code)


def test_faults__address_and_origin__the_address_is_told_first(rig: Rig) -> None:
    snapshot = rig.snapshots.current
    assert snapshot is not None
    tokens = {ref: replace(token, networks=ALLOWED) for ref, token in snapshot.tokens.items()}
    rig.snapshots.current = replace(snapshot, tokens=tokens)
    assert_error(rig.post(path=PUBLIC_PATH, origin=None, peer="203.0.113.1"), 400, 3005)
    assert_error(rig.post(path=PUBLIC_PATH, origin=None, wp13n_token=f"1/8/{PRIVATE}", peer="203.0.113.1"), 400, 3006)


def test_errors__none_of_them__quotes_a_secret(rig: Rig) -> None:
    for changes in (
        {"authorization": f"TD1 2/{KEY}"},
        {"wp13n_token": f"1/9/{PRIVATE}"},
        {"wp13n_token": f"2/8/{PRIVATE}"},
    ):
        text = rig.post(**changes).text
        assert KEY not in text
        assert PRIVATE not in text


def test_use__of_token_and_key__is_noted_only_when_admitted(rig: Rig) -> None:
    rig.post(wp13n_token=f"1/9/{PRIVATE}")
    rig.post()
    rig.post(path=PUBLIC_PATH)
    rig.post(path=PUBLIC_PATH, origin=OTHER_ORIGIN, wp13n_token=f"1/8/{LISTED_ONLY}", authorization=f"TD1 1/{KEY}")
    assert rig.used.notes == [(1, 1), (2, 2), (3, 1)]
