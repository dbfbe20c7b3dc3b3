"""How many requests a token may make a second, and a queue that is full."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path

import pytest

from personalization.rates import MOST_BUCKETS, Rates
from personalization.snapshot import Token
from tests.personalization.rig import PUBLIC_PATH, Rig, assert_error, known_to, live

TOKEN = Token(1, live(), "0" * 64, rate=5)
PUBLIC_TOKEN = replace(TOKEN, id=2, public=True, rate=20)
HERE, THERE = ip_address("192.0.2.1"), ip_address("192.0.2.2")


def allowed(rates: Rates, token: Token, at: float, tries: int, address: str = "192.0.2.1") -> int:
    return sum(rates.wait(token, ip_address(address), at) == 0 for _ in range(tries))


def test_rate__none__is_no_limit() -> None:
    assert allowed(Rates(), replace(TOKEN, rate=None), 0, 1000) == 1000


def test_rate__at_once__that_many_and_no_more() -> None:
    rates = Rates()
    assert allowed(rates, TOKEN, 10, 8) == 5
    assert rates.wait(TOKEN, HERE, 10) == 1


@pytest.mark.parametrize(("later", "more"), [(0.1, 0), (0.25, 1), (0.5, 2), (1, 5), (100, 5)])
def test_rate__time_passes__requests_trickle_in(later: float, more: int) -> None:
    rates = Rates()
    allowed(rates, TOKEN, 10, 9)
    assert allowed(rates, TOKEN, 10 + later, 9) == more


def test_rate__another_token__has_its_own() -> None:
    rates = Rates()
    allowed(rates, TOKEN, 10, 9)
    assert rates.wait(replace(TOKEN, id=7), HERE, 10) == 0


def test_rate__zero__lets_nothing_through() -> None:
    assert Rates().wait(replace(TOKEN, rate=0), HERE, 10) == 1


def test_public_rate__one_address__cannot_use_all_of_it_for_long() -> None:
    rates = Rates()
    assert allowed(rates, PUBLIC_TOKEN, 10, 30) == 20
    assert allowed(rates, PUBLIC_TOKEN, 11, 30) == 2
    assert allowed(rates, PUBLIC_TOKEN, 11, 30, "192.0.2.2") == 18


def test_public_rate__addresses_of_one_ipv6_network__are_one() -> None:
    rates = Rates()
    assert allowed(rates, PUBLIC_TOKEN, 10, 20, "2001:db8::1") == 20
    assert allowed(rates, PUBLIC_TOKEN, 11, 5, "2001:db8::2") == 2
    assert allowed(rates, PUBLIC_TOKEN, 12, 5, "2001:db8:0:1::2") == 5


def test_rates__ever_more_addresses__the_memory_is_bounded() -> None:
    rates = Rates()
    for number in range(MOST_BUCKETS + 10):
        rates.wait(PUBLIC_TOKEN, ip_address(number), 10)
    assert len(rates._buckets) == MOST_BUCKETS


def test_endpoint__over_the_rate__429_until_later(rig: Rig) -> None:
    rig.snapshots.current = known_to(rig.instance, rate=2)
    assert [rig.post().status_code for _ in range(3)] == [200, 200, 429]
    response = rig.post()
    assert_error(response, 429, 2003)
    assert response.headers["retry-after"] == "1"
    rig.now += 1
    assert rig.post().status_code == 200


def test_endpoint__over_the_rate__is_told_before_the_body_is_looked_at(rig: Rig) -> None:
    rig.snapshots.current = known_to(rig.instance, rate=0)
    assert_error(rig.post(content=b"not json"), 429, 2003)
    assert_error(rig.post(wp13n_token=None), 400, 3000)


def test_endpoint__queue_full__429(tmp_path: Path) -> None:
    with Rig(tmp_path, queue_limit=3) as rig:
        responses = rig.post_all([{"td_client_id": "1"}] * 5)
        assert sorted(response.status_code for response in responses) == [200, 200, 200, 429, 429]
        assert_error(next(item for item in responses if item.status_code == 429), 429, 2003)
        assert rig.post(path=PUBLIC_PATH).status_code == 200
