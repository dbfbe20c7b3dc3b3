"""What a store of events and profiles does, whatever it is built on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from personalization.arrivals import Arrival, Outcome


class StoreUnavailable(Exception):
    """The store cannot take it now. Whether the group was stored is unknown; repeating it is safe with uuids."""


class StoreRefused(StoreUnavailable):
    """What is there cannot keep the store's promises: a process must not start with it. The text says why."""


class Store(Protocol):
    """Commits groups of events with everything that follows from them.

    Used by one thread at a time: the one that calls `open`.
    """

    def open(self) -> None:
        """Connect, and create what is missing. Raises StoreUnavailable, and StoreRefused."""

    def commit(self, arrivals: Sequence[Arrival]) -> Sequence[Outcome]:
        """Apply the arrivals in order and make all of it durable, or nothing; one outcome for each, in order.

        Raises StoreUnavailable, and whatever one of the arrivals provokes.
        """

    def close(self) -> None:
        """Disconnect. Closing what is not open does nothing."""
