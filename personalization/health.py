"""`/healthz`: the process answers. `/readyz`: it can take events, and how fresh what it knows is."""

from __future__ import annotations

from typing import Any, Protocol

from personalization.committer import Committer
from personalization.http import Snapshots


class Followed(Snapshots, Protocol):
    """A snapshot that follows the control database."""

    is_database_away: bool
    is_from_disk: bool


def health(path: str, *, snapshots: Followed, committer: Committer, max_age: float, now: float) -> tuple[int, Any]:
    """The status and the JSON body of a health path; /readyz is 503 while events cannot be taken."""
    if path == "/healthz":
        return 200, {"status": "ok"}
    why = _why_not(snapshots, committer, max_age, now)
    body: dict[str, Any] = {
        "ready": not why,
        **_freshness(snapshots, now),
        "control_database": "away" if snapshots.is_database_away else "available",
        "store": "available" if committer.is_store_available else "unavailable",
        "queued": committer.queued,
    }
    return (503, body | {"why": why}) if why else (200, body)


def _freshness(snapshots: Followed, now: float) -> dict[str, Any]:
    if snapshots.current is None:
        return {}
    return {
        "revision": snapshots.current.revision,
        "snapshot_age": round(max(0.0, snapshots.age(now)), 3),
        "snapshot_from": "disk" if snapshots.is_from_disk else "database",
    }


def _why_not(snapshots: Followed, committer: Committer, max_age: float, now: float) -> str:
    if snapshots.current is None:
        return "the control database could not be read yet, and there is no copy of it on disk"
    if snapshots.age(now) > max_age:
        return "the control database has been away for too long"
    return "" if committer.is_store_available else "the event store is not available"
