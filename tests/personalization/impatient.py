"""The server's connections with a limit that a test can wait for; named on uvicorn's command line."""

from __future__ import annotations

from personalization.connections import BoundedHttp


class ImpatientHttp(BoundedHttp):
    """A second for a head."""

    head_deadline = 1.0
