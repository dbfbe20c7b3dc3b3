"""What browsers are told on the public path."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import httpx
import pytest

from tests.personalization.rig import ORIGIN, OTHER_ORIGIN, PATH, PUBLIC_PATH, Rig, assert_error
from tests.personalization.world import NOW

CORS = {
    "access-control-allow-credentials": "true",
    "access-control-expose-headers": "X-Request-Id, X-P13n-Version, X-P13n-Reason",
    "vary": "Origin",
}


def cors(response: httpx.Response) -> dict[str, str]:
    return {name: value for name, value in response.headers.items() if name.startswith("access-") or name == "vary"}


@pytest.mark.parametrize(
    ("status", "changes"),
    [
        (200, {}),
        (404, {"path": "/public/x"}),
        (404, {"path": "/public/admin/pageviews"}),
        (415, {"content_type": "text/plain"}),
        (413, {"content_length": "1000001"}),
        (401, {"authorization": None}),
        (400, {"wp13n_token": None}),
        (400, {"content": b"x"}),
    ],
)
@pytest.mark.parametrize("origin", [ORIGIN, OTHER_ORIGIN])
def test_public_path__origin_of_a_live_public_token__every_response_says_so(
    rig: Rig, status: int, changes: dict[str, Any], origin: str
) -> None:
    response = rig.post(**{"path": PUBLIC_PATH, "origin": origin} | changes)
    assert response.status_code == (400 if origin == OTHER_ORIGIN and status == 200 else status)
    assert cors(response) == CORS | {"access-control-allow-origin": origin}


@pytest.mark.parametrize(
    "origin", [None, "null", "*", "https://evil.example", ORIGIN + ".evil.example", ORIGIN.upper()]
)
def test_public_path__another_origin__is_told_nothing(rig: Rig, origin: str | None) -> None:
    response = rig.post(path=PUBLIC_PATH, origin=origin)
    assert_error(response, 400, 3007)
    assert cors(response) == {"vary": "Origin"}


def test_private_path__any_origin__is_told_nothing(rig: Rig) -> None:
    assert cors(rig.post(origin=ORIGIN)) == {}


def test_public_path__error_inside__still_says_so(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rig.used, "note", None)
    response = rig.post(path=PUBLIC_PATH)
    assert_error(response, 500, 9999)
    assert cors(response)["access-control-allow-origin"] == ORIGIN


def preflight(rig: Rig, path: str = PUBLIC_PATH, **headers: str | None) -> httpx.Response:
    return rig.send("OPTIONS", path, **{"origin": ORIGIN, "access_control_request_method": "POST"} | headers)


def test_preflight__origin_of_a_live_public_token__is_answered_without_token_or_key(rig: Rig) -> None:
    response = preflight(rig, access_control_request_headers="authorization,content-type,wp13n-token")
    assert (response.status_code, response.content) == (204, b"")
    assert cors(response) == CORS | {
        "access-control-allow-origin": ORIGIN,
        "access-control-allow-methods": "POST",
        "access-control-allow-headers": "authorization, content-type, wp13n-token",
        "access-control-max-age": "600",
    }
    assert response.headers["x-request-id"]


@pytest.mark.parametrize(
    "changes", [{"origin": None}, {"origin": "https://evil.example"}, {"access_control_request_method": None}]
)
def test_preflight__not_one_of_ours__405(rig: Rig, changes: dict[str, Any]) -> None:
    assert_error(preflight(rig, **changes), 405, 3009)


def test_preflight__on_the_private_path__405(rig: Rig) -> None:
    response = preflight(rig, PATH)
    assert_error(response, 405, 3009)
    assert cors(response) == {}


def test_preflight__the_token_has_expired__405(rig: Rig) -> None:
    snapshot = rig.snapshots.current
    assert snapshot is not None
    rig.snapshots.current = replace(snapshot, origins={ORIGIN: NOW})
    assert_error(preflight(rig), 405, 3009)
