"""The floor: the same server answering a constant."""

from __future__ import annotations

from typing import Any

_BODY = b'{"offers":{"preferences_known":{"attributes":{"td_client_id":"202","preferences":"some other data"}}}}'
_START = {
    "type": "http.response.start",
    "status": 200,
    "headers": [(b"content-type", b"application/json"), (b"content-length", str(len(_BODY)).encode())],
}


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Answer every request alike."""
    if scope["type"] == "http":
        await send(_START)
        await send({"type": "http.response.body", "body": _BODY})
