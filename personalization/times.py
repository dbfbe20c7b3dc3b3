"""Times for people."""

from __future__ import annotations

from datetime import UTC, datetime


def time_text(moment: float) -> str:
    """Epoch seconds as ISO 8601 in UTC."""
    return datetime.fromtimestamp(moment, UTC).isoformat().replace("+00:00", "Z")
