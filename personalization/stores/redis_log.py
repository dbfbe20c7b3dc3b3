"""The event log of a Redis store, taken out batch by batch; several processes may do so at once.

Each partition's stream has a consumer group. An entry that was read stays with its reader until it is removed; when
that takes too long, another reader gets it.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from personalization import json_text
from personalization.stores.redis_connection import Away, Refused, Reply, Words
from personalization.stores.redis_layout import PARTITIONS, Layout
from personalization.stores.redis_nodes import Command, nodes_at
from personalization.stores.redis_scripts import REMOVE, TAKEN, Script
from personalization.stores.redis_url import RedisUrl

GROUP = "drain"
_AT_ONCE = 100  # entries of one partition
FORSAKEN = 10_000  # milliseconds after which an entry is taken from a reader that does nothing with it


class LogEntry(NamedTuple):
    """An event of the log, as it is stored; times in epoch seconds, `profile` None when it touched none."""

    instance: str
    database: str
    table: str
    uuid: bytes
    time: int
    received: int
    public: bool
    profile: int | None
    digest: bytes
    body: str


class Taken(NamedTuple):
    """Entries that were read and not yet removed, with where they are: partition, id."""

    places: Sequence[tuple[int, bytes]]
    entries: Sequence[LogEntry]


class RedisLog:
    """Reads for one process. Every method raises Away, and Refused.

    `forsaken`: milliseconds after which it takes entries from a reader that has not removed them.
    """

    def __init__(self, url: RedisUrl, *, forsaken: int = FORSAKEN) -> None:
        self._forsaken = forsaken
        self._nodes = nodes_at(url)
        self._layout = Layout(url.prefix, self._nodes.place)
        self._reader = f"{socket.gethostname()}-{os.getpid()}-{os.urandom(4).hex()}"

    def open(self) -> None:
        """Connect, and make the groups where they are missing."""
        self._nodes.open()
        for reply in self._everywhere(lambda key: ("XGROUP", "CREATE", key, GROUP, "0", "MKSTREAM")):
            if isinstance(reply, Away) or (isinstance(reply, Refused) and not str(reply).startswith("BUSYGROUP")):
                raise reply

    def close(self) -> None:
        """Leave the groups, if nothing is left to this reader, and disconnect."""
        waiting = self._everywhere(lambda key: ("XPENDING", key, GROUP, "-", "+", 1, self._reader))
        if waiting == [[]] * PARTITIONS:
            self._everywhere(lambda key: ("XGROUP", "DELCONSUMER", key, GROUP, self._reader))
        self._nodes.close()

    def take(self) -> Taken:
        """The next entries, and those that another reader has forsaken."""
        forsaken = self._everywhere(
            lambda key: ("XAUTOCLAIM", key, GROUP, self._reader, self._forsaken, "0-0", "COUNT", _AT_ONCE)
        )
        new = self._everywhere(
            lambda key: ("XREADGROUP", "GROUP", GROUP, self._reader, "COUNT", _AT_ONCE, "STREAMS", key, ">")
        )
        found: list[tuple[int, Any]] = []
        for partition, reply in enumerate(_good(new)):
            found += [(partition, entry) for _, entries in reply or () for entry in entries]
        for partition, reply in enumerate(_good(forsaken)):
            found += [(partition, entry) for entry in reply[1] if entry is not None]
        return Taken(
            [(partition, entry[0]) for partition, entry in found], [read_entry(entry[1][1]) for _, entry in found]
        )

    def left(self, taken: Taken) -> Taken:
        """Those of the entries that nobody has removed meanwhile: erased, or moved as forsaken ones."""
        ids = _by_partition(taken)
        replies = _good(self._nodes.run(self._calls(TAKEN, ids)))
        left = {
            (partition, number)
            for (partition, numbers), reply in zip(ids.items(), replies, strict=True)
            for number, there in zip(numbers, reply, strict=True)
            if there
        }
        kept = [pair for pair in zip(taken.places, taken.entries, strict=True) if pair[0] in left]
        return Taken([place for place, _ in kept], [entry for _, entry in kept])

    def remove(self, taken: Taken) -> None:
        """Remove entries for good: they are somewhere else now."""
        _good(self._nodes.run(self._calls(REMOVE, _by_partition(taken)), writing=True))

    def _calls(self, script: Script, ids: Mapping[int, Sequence[bytes]]) -> list[Command]:
        layout = self._layout
        return [
            Command(layout.places[partition], script.call([layout.event_streams[partition]], [GROUP, *numbers]))
            for partition, numbers in ids.items()
        ]

    def ends(self) -> list[bytes]:
        """The last entry of each partition."""
        found = _good(self._everywhere(lambda key: ("XREVRANGE", key, "+", "-", "COUNT", 1)))
        return [reply[0][0] if reply else b"0-0" for reply in found]

    def is_empty_until(self, ends: Sequence[bytes]) -> bool:
        """Whether nothing is left of what there was then."""
        streams = enumerate(self._layout.event_streams)
        commands = [
            Command(self._layout.places[partition], ("XRANGE", key, "-", ends[partition], "COUNT", 1))
            for partition, key in streams
            if ends[partition] != b"0-0"
        ]
        return not any(_good(self._nodes.run(commands)))

    def __len__(self) -> int:
        return sum(_good(self._everywhere(lambda key: ("XLEN", key))))

    def _everywhere(self, words: Callable[[str], Words]) -> list[Reply]:
        layout = self._layout
        keys = zip(layout.places, layout.event_streams, strict=True)
        return self._nodes.run([Command(place, words(key)) for place, key in keys])


def _by_partition(taken: Taken) -> dict[int, list[bytes]]:
    ids: dict[int, list[bytes]] = {}
    for partition, number in taken.places:
        ids.setdefault(partition, []).append(number)
    return ids


def _good(replies: Iterable[Reply]) -> list[Any]:
    found = list(replies)
    for reply in found:
        if isinstance(reply, Away | Refused):
            raise reply
    return found


def read_entry(raw: bytes) -> LogEntry:
    """An event as it was logged."""
    head, _, body = raw.partition(b"\n")
    instance, database, table, uuid, time, received, public, profile, digest = json_text.load(head)
    return LogEntry(
        instance,
        database,
        table,
        bytes.fromhex(uuid),
        time,
        received,
        bool(public),
        profile or None,
        bytes.fromhex(digest),
        body.decode(),
    )
