"""What browsers are told. Cookies are never looked at; the origin must be on the list of a live public token."""

from __future__ import annotations

from personalization import refusals
from personalization.admission import Headers, Target
from personalization.responses import Reply
from personalization.snapshot import Snapshot

_VARY = (b"vary", b"Origin")
_PREFLIGHT = Reply(
    204,
    b"",
    (
        (b"access-control-allow-methods", b"POST"),
        (b"access-control-allow-headers", b"authorization, content-type, wp13n-token"),
        (b"access-control-max-age", b"600"),  # seconds
    ),
)


def other_method(method: str, headers: Headers, place: Target, snapshot: Snapshot | None, now: float) -> Reply:
    """The answer to anything but POST: a preflight's, when the origin is allowed. Raises Refusal.

    A preflight carries no token: it is answered for any origin that a live public token lists.
    """
    asks = method == "OPTIONS" and b"access-control-request-method" in headers
    if asks and place.public and _is_allowed(headers, snapshot, now):
        return _PREFLIGHT
    raise refusals.wrong_method()


def with_headers(reply: Reply, headers: Headers, snapshot: Snapshot | None, now: float) -> Reply:
    """A reply on the public path, whatever it is, as the browser needs it."""
    if not _is_allowed(headers, snapshot, now):
        return reply._replace(headers=(*reply.headers, _VARY))
    return reply._replace(
        headers=(
            *reply.headers,
            (b"access-control-allow-origin", headers[b"origin"]),
            (b"access-control-allow-credentials", b"true"),
            (b"access-control-expose-headers", b"X-Request-Id, X-P13n-Version, X-P13n-Reason"),
            _VARY,
        )
    )


def _is_allowed(headers: Headers, snapshot: Snapshot | None, now: float) -> bool:
    origin = headers.get(b"origin", b"").decode("latin-1")
    return snapshot is not None and snapshot.allows_origin(origin, now)
