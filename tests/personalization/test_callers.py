"""Who is noted as the caller of a request: a server's address, a page's origin, never a visitor's address."""

from __future__ import annotations

from pathlib import Path

import pytest

from personalization.http import Limits
from tests.personalization.rig import ORIGIN, PEER, PUBLIC_PATH, Rig

PROXY = "198.51.100.9"


def test_caller__on_the_private_path__is_the_peer(rig: Rig) -> None:
    assert rig.post().status_code == 200
    assert rig.used.callers == [(b"", PEER, b"")]


def test_caller__behind_a_proxy__comes_with_what_the_proxy_said(rig: Rig) -> None:
    rig.post(peer=PROXY, x_forwarded_for="203.0.113.5")
    assert rig.used.callers == [(b"", PROXY, b"203.0.113.5")]


def test_caller__where_no_proxy_is_trusted__is_the_peer_whatever_it_says(tmp_path: Path) -> None:
    with Rig(tmp_path, limits=Limits()) as rig:
        rig.post(x_forwarded_for="203.0.113.5")
        assert rig.used.callers == [(b"", PEER, b"")]


def test_caller__that_claims_a_long_way__is_remembered_by_its_right_end(rig: Rig) -> None:
    rig.post(peer=PROXY, x_forwarded_for=", ".join(["203.0.113.5"] * 1000 + ["192.0.2.77"]))
    (_, _, forwarded), *_ = rig.used.callers
    assert len(forwarded) <= 256
    assert {each.strip() for each in forwarded.split(b",")} == {b"203.0.113.5", b"192.0.2.77"}
    assert forwarded.endswith(b", 192.0.2.77")


@pytest.mark.parametrize("claim", ["9" * 300, "," * 300])
def test_caller__that_claims_nonsense__is_served_and_bounded(rig: Rig, claim: str) -> None:
    assert rig.post(peer=PROXY, x_forwarded_for=claim).status_code == 200
    assert len(rig.used.callers[0][2]) <= 256


def test_caller__on_the_public_path__is_the_page_and_not_the_visitor(rig: Rig) -> None:
    assert rig.post(path=PUBLIC_PATH, x_forwarded_for="203.0.113.5").status_code == 200
    assert rig.used.callers == [(ORIGIN.encode(), "", b"")]


def test_caller__refused__is_not_noted(rig: Rig) -> None:
    rig.post(authorization=None)
    rig.post(path=PUBLIC_PATH, origin="https://elsewhere.example.com")
    assert rig.used.callers == []
