"""Whose address counts when proxies stand in between."""

from __future__ import annotations

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from p13nadmin.api.client_address import client_address, is_within, networks, read_address

PROXIES = networks(("10.0.0.0/8", "2001:db8::/32"))


@pytest.mark.parametrize(
    ("peer", "forwarded", "expected"),
    [
        ("203.0.113.5", None, "203.0.113.5"),
        ("203.0.113.5", "198.51.100.1", "203.0.113.5"),
        ("10.0.0.1", None, "10.0.0.1"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "1.1.1.1, 198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "1.1.1.1, 198.51.100.1, 10.2.3.4", "198.51.100.1"),
        ("10.0.0.1", "10.9.9.9, 10.2.3.4", "10.9.9.9"),
        ("10.0.0.1", "198.51.100.1:4711", "198.51.100.1"),
        ("10.0.0.1", "[2001:db9::7]:4711", "2001:db9::7"),
        ("10.0.0.1", "2001:DB9:0::7", "2001:db9::7"),
        ("10.0.0.1", "::ffff:198.51.100.1", "198.51.100.1"),
        ("::ffff:10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("2001:db8::1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "198.51.100.1, unknown", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.1,", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.256", "10.0.0.1"),
        ("10.0.0.1", "010.1.1.1", "10.0.0.1"),
        ("", "198.51.100.1", ""),
        ("unix:", "198.51.100.1", ""),
        ("fe80::1%eth0", None, "fe80::1"),
    ],
)
def test_client_address__peer_and_forwarded__nearest_untrusted(peer: str, forwarded: str | None, expected: str) -> None:
    assert client_address(peer, forwarded, PROXIES) == expected


@given(peer=st.ip_addresses(), forwarded=st.text())
def test_client_address__untrusted_peer__header_is_ignored(peer: object, forwarded: str) -> None:
    seen = read_address(str(peer))

    assert client_address(str(peer), forwarded, ()) == str(seen)


@given(peer=st.text(), forwarded=st.text())
def test_client_address__any_text__an_address_or_nothing(peer: str, forwarded: str) -> None:
    found = client_address(peer, forwarded, PROXIES)

    assert found == "" or str(ip_address(found)) == found


def test_is_within__other_version__is_not() -> None:
    assert not is_within(ip_address("10.0.0.1"), networks(("::/0",)))


def test_networks__no_network__raises() -> None:
    with pytest.raises(ValueError, match="does not appear"):
        networks(("proxy.example",))
