"""Ports for the servers that tests start."""

from __future__ import annotations

import os
import secrets
import socket
from contextlib import suppress

# Below what systems give to outgoing connections: one of those could take the port before its server does.
_FIRST, _LAST = 10_000, 32_000
# Test processes that run at once choose among different ones.
_PROCESSES = 64
_OWN = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % _PROCESSES
_given: set[int] = set()


def free_port() -> int:
    """A port that nobody has, and that this test process gives out once."""
    while True:
        port = secrets.choice(range(_FIRST + _OWN, _LAST, _PROCESSES))
        if port not in _given:
            with suppress(OSError), socket.socket() as probe:
                probe.bind(("127.0.0.1", port))
                _given.add(port)
                return port
