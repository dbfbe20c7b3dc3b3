"""Events moved from a store on Redis to its warehouse, and what happens meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from personalization.draining import drain_all
from personalization.stores.redis_log import LogEntry, RedisLog
from personalization.stores.redis_url import redis_url
from personalization.warehouse import Warehouse, warehouse_at
from tests.personalization.stores.places import Place


def log_of(place: Place, *, forsaken: int = 0) -> RedisLog:
    """The log, open; whatever another reader has taken is forsaken."""
    url = redis_url(place.url)
    assert url is not None
    log = RedisLog(url, forsaken=forsaken)
    log.open()
    return log


def move(place: Place, warehouse: Place) -> None:
    """Everything, to the warehouse."""
    log, destination = log_of(place), warehouse_at(warehouse.url)
    list(drain_all(log, destination))
    log.close()
    destination.close()


def wanted() -> bool:
    """For what is to be added in any case."""
    return True


class Interrupted:
    """A warehouse, and what happens before its first transaction and before that ends."""

    def __init__(
        self, warehouse: Warehouse, *, before: Callable[[], object] = wanted, at_the_end: Callable[[], object] = wanted
    ) -> None:
        self._warehouse = warehouse
        self._before = [before]
        self._at_the_end = [at_the_end]
        self.open = warehouse.open
        self.close = warehouse.close

    def add(self, entries: Sequence[LogEntry], is_wanted: Callable[[], bool]) -> bool:
        """As Warehouse says."""
        if self._before:
            self._before.pop()()

        def asked() -> bool:
            answer = is_wanted()
            if self._at_the_end:
                self._at_the_end.pop()()
            return answer

        return self._warehouse.add(entries, asked)
