"""The store on Redis: one server, or a cluster that any number of processes share.

What one event changes is in one slot and is written there at once, if nobody has changed it meanwhile; key values,
uuids and merged profiles, which are in other slots, are claimed before (see docs/redis.md).
"""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from typing import NamedTuple

from personalization.arrivals import Arrival, Failed, Outcome, Unavailable
from personalization.batch import Batch, BatchMaker
from personalization.stores.redis_connection import Away, Refused, Reply
from personalization.stores.redis_layout import PROFILE_IDS, Layout
from personalization.stores.redis_nodes import Command, Nodes, nodes_at
from personalization.stores.redis_reading import Found, conflicts, read
from personalization.stores.redis_safety import refuse_unsafe
from personalization.stores.redis_units import Claim, Unit, link, units
from personalization.stores.redis_url import RedisUrl
from personalization.stores.redis_writing import Writing

_ATTEMPTS = 12
_PAUSE = 0.001  # seconds before the second attempt, at most; twice that before the third, and so on
_LONGEST_PAUSE = 0.1
_PATIENCE = 2  # attempts after which an unfinished merge is taken for one that nobody is at any more


class RedisStore:
    """Events and profiles on Redis. `batch` works a group out."""

    def __init__(self, url: RedisUrl, batch: BatchMaker = Batch, *, nodes: Nodes | None = None) -> None:
        self._url = url
        self._batch = batch
        self._nodes = nodes or nodes_at(url)
        self._layout = Layout(url.prefix, self._nodes.place)
        self._writing = Writing(self._nodes, self._layout)
        self._ids = range(0)  # for new profiles; no other process has them
        self._is_open = False

    def open(self) -> None:
        """Connect. Raises StoreUnavailable, and StoreRefused when a crash would lose what was acknowledged."""
        servers = self._nodes.open()
        if not self._is_open:
            refuse_unsafe(self._url, servers)
            self._is_open = True

    def close(self) -> None:
        """Disconnect. Closing what is not open does nothing."""
        self._nodes.close()
        self._is_open = False

    def commit(self, arrivals: Sequence[Arrival]) -> Sequence[Outcome]:
        """Apply the arrivals; each is with all that follows from it on disk, or not stored at all, when this returns.

        Arrivals that share somebody are applied in order. One that a server did not take, or said nothing about, is
        Unavailable. Raises StoreUnavailable when no server can be reached, and whatever one of the arrivals provokes
        as long as nothing is written; after that it is Failed.
        """
        if not self._is_open:
            self.open()
        group = _Group(arrivals)
        self._apply(group, range(len(arrivals)))
        if all(isinstance(outcome, Unavailable) for outcome in group.outcomes):
            self._is_open = False  # whatever answers next is looked at anew
            self._nodes.open()
        return group.outcomes

    def _apply(self, group: _Group, left: Sequence[int]) -> None:
        for attempt in range(_ATTEMPTS):
            try:
                left = self._attempt(group, left, attempt)
            except (Away, Refused):
                return
            except Exception as problem:
                if not group.is_written:
                    raise
                self._apply_singly(group, left, problem)
                return
            if not left:
                return
            time.sleep(random.uniform(0, min(_LONGEST_PAUSE, _PAUSE * 2**attempt)))  # noqa: S311 - no secret

    def _apply_singly(self, group: _Group, left: Sequence[int], problem: Exception | None = None) -> None:
        """One after the other; a single one with a problem has it for an outcome."""
        if problem is not None and len(left) == 1:
            group.outcomes[left[0]] = Failed(problem)
            return
        for index in left:
            self._apply(group, [index])

    def _attempt(self, group: _Group, left: Sequence[int], attempt: int) -> Sequence[int]:
        """Try to commit some of a group; those that are to be tried again."""
        batch = self._batch([group.arrivals[index] for index in left])
        found = read(self._nodes, self._layout, batch)
        if found.freezing():
            if attempt >= _PATIENCE:
                self._writing.settle(found)
            return left
        if found.away:
            left = _reachable(left, batch, found)
            if not left:
                return []
            batch = self._batch([group.arrivals[index] for index in left])
        ids = self._take_ids(len(left))
        outcomes = batch.run(
            logged=found.logged(), found=found.profiles(), next_id=ids.start, reserved=found.reserved()
        )
        collected = units(batch, found, conflicts(batch, found), self._layout)
        link(batch, found, collected, self._layout)
        return self._write(group, left, _Worked(batch, found, outcomes, collected))

    def _write(self, group: _Group, left: Sequence[int], worked: _Worked) -> list[int]:
        """Write what was worked out; returns what is to be tried again."""
        group.is_written = True
        again: list[int] = []
        for unit in worked.units:
            if unit.is_split:
                self._apply_singly(group, [left[index] for index in unit.arrivals])
        blocked = [unit for unit in worked.units if unit.repairs and not unit.is_split]
        if blocked:
            self._writing.repair(blocked)
            again += [left[index] for unit in blocked for index in unit.arrivals]
        ready = [unit for unit in worked.units if not unit.repairs and not unit.is_split]
        prepared = _passed(left, ready, self._writing.prepare(ready), again)
        written = [unit for unit in prepared if unit.is_written]
        committed = _passed(left, written, self._writing.commit(written), again)
        for unit in [*(unit for unit in prepared if not unit.is_written), *committed]:
            for index in unit.arrivals:
                group.outcomes[left[index]] = worked.outcomes[index]
        self._tidy(worked, committed)
        return sorted(again)

    def _tidy(self, worked: _Worked, committed: Sequence[Unit]) -> None:
        batch, found = worked.batch, worked.found
        moved = [
            Claim(*self._layout.claim(ref), found.texts[ref], str(found.end(number)))
            for ref, number in found.claims.items()
            if found.end(number) != number and ref in batch.known_keys and ref not in batch.keys
        ]
        self._writing.tidy(committed, moved)

    def _take_ids(self, count: int) -> range:
        """So many ids, which are spent whatever becomes of the batch."""
        if len(self._ids) < count:
            words = ("INCRBY", self._layout.id_counter, PROFILE_IDS)
            [last] = self._nodes.run([Command(self._layout.id_place, words)], writing=True)
            if isinstance(last, Away | Refused):
                raise last
            self._ids = range(last - PROFILE_IDS + 1, last + 1)
        taken, self._ids = self._ids[:count], self._ids[count:]
        return taken


class _Group:
    """A group of arrivals, what became of each, and whether anything of it may be written."""

    def __init__(self, arrivals: Sequence[Arrival]) -> None:
        self.arrivals = arrivals
        self.outcomes: list[Outcome] = [Unavailable()] * len(arrivals)
        self.is_written = False


class _Worked(NamedTuple):
    """What came of a batch, before it is written."""

    batch: Batch
    found: Found
    outcomes: Sequence[Outcome]
    units: Sequence[Unit]


def _reachable(left: Sequence[int], batch: Batch, found: Found) -> list[int]:
    """Those of a batch's arrivals that everything could be read for."""
    return [
        index
        for index, refs, event in zip(left, batch.refs, batch.event_refs, strict=True)
        if not found.is_away(refs, event)
    ]


def _passed(left: Sequence[int], tried: Sequence[Unit], results: Sequence[Reply], again: list[int]) -> list[Unit]:
    """The units that went through; the arrivals of those for which somebody else was faster come to `again`."""
    for unit, result in zip(tried, results, strict=True):
        if result == 0:
            again += [left[index] for index in unit.arrivals]
    return [unit for unit, result in zip(tried, results, strict=True) if result == 1]
