"""How many files, and so connections, this process may hold open at once."""

from __future__ import annotations

import resource
from contextlib import suppress

RESERVED = 200  # files for databases, the event store, logs and what is opened for a moment
_ENOUGH = 65_536  # where the system names no limit


def raise_limit() -> int:
    """Raise the limit on open files as far as the process itself may; returns what it is then."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = max(soft, _ENOUGH) if hard == resource.RLIM_INFINITY else hard
    with suppress(OSError, ValueError):  # some systems have another limit beside it
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def connections_within(files: int, *, wanted: int) -> int:
    """How many connections can be held with so many files: `wanted`, or fewer; at least one."""
    return max(1, min(wanted, files - RESERVED))
