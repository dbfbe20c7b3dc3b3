"""Events move from the log of a Redis store to the warehouse: written there in one transaction, then removed.

A process that ends in between leaves entries that are in both; they are taken again, and stored once. Before the
transaction ends the log is asked again: what an erasure has removed meanwhile does not come to the warehouse. An
erasure that removes it from the log later finds it in the warehouse, for it waits until the transaction has ended.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from personalization.stores.redis_log import RedisLog, Taken
from personalization.warehouse import Warehouse


def drain(log: RedisLog, warehouse: Warehouse) -> int:
    """Move one batch; returns how many events. Raises StoreUnavailable; calling again is safe."""
    taken = log.take()
    while taken.entries and not warehouse.add(taken.entries, partial(_is_left, log, taken)):
        taken = log.left(taken)
    if taken.entries:
        log.remove(taken)
    return len(taken.entries)


def _is_left(log: RedisLog, taken: Taken) -> bool:
    return len(log.left(taken).entries) == len(taken.entries)


def drain_all(log: RedisLog, warehouse: Warehouse) -> Iterator[int]:
    """Move all that is in the log now, also what other processes have taken and forsaken; yields after each batch.

    A batch is empty while another process still has the last entries. Raises StoreUnavailable.
    """
    ends = log.ends()
    while not log.is_empty_until(ends):
        yield drain(log, warehouse)
