"""All keys and all entries of a Redis store, part by part, and what removes some of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from personalization.batch import EventRef
from personalization.stores.redis_connection import Away, Refused, Reply, Word, Words
from personalization.stores.redis_layout import Layout, Record, new_version, void_record
from personalization.stores.redis_log import GROUP, LogEntry
from personalization.stores.redis_nodes import Command, Nodes
from personalization.stores.redis_scripts import FORGET, RELEASE, REMOVE
from personalization.stores.redis_units import VOID_SECONDS, replace

_AT_ONCE = 500  # entries of a stream, keys of a server


class Scanning:
    """Reads a whole store without keeping anybody from writing. Every method raises Away, and Refused."""

    def __init__(self, nodes: Nodes, layout: Layout, prefix: str) -> None:
        self.nodes = nodes
        self.layout = layout
        self._prefix = prefix

    def everywhere(self, words: Callable[[str], Words], keys: Sequence[str]) -> list[Any]:
        """The reply of each partition to a command for its key."""
        places = zip(self.layout.places, keys, strict=True)
        return good(self.nodes.run([Command(place, words(key)) for place, key in places]))

    def ask(self, place: int, *words: Word, writing: bool = False) -> Any:
        """The reply to one command."""
        return good(self.nodes.run([Command(place, words)], writing=writing))[0]

    def stream_parts(self, streams: Sequence[str]) -> Iterator[tuple[int, list[bytes], list[Any]]]:
        """All entries of all streams: partition, ids, fields."""
        for partition, count in enumerate(self.everywhere(lambda key: ("XLEN", key), streams)):
            after = "-"
            while count:
                place, key = self.layout.places[partition], streams[partition]
                found = self.ask(place, "XRANGE", key, after, "+", "COUNT", _AT_ONCE)
                if not found:
                    break
                after = f"({found[-1][0].decode()}"
                yield partition, [number for number, _ in found], [fields for _, fields in found]

    def keys(self, kind: str) -> Iterator[list[bytes]]:
        """The names of all keys of a kind (`profile` or `merged`), part by part; a name may come twice."""
        return self._keys(f"{{p*}}:{kind}:*")

    def claimed(self) -> Iterator[list[str]]:
        """The references of all key values that are claimed, part by part; one may come twice."""
        for names in self._keys("{k*}:*"):
            yield [name.decode().removeprefix(f"{self._prefix}:").partition(":")[2] for name in names]

    def _keys(self, pattern: str) -> Iterator[list[bytes]]:
        for server in self.nodes.open():
            cursor = b"0"
            while True:
                cursor, names = server.ask("SCAN", cursor, "MATCH", f"{self._prefix}:{pattern}", "COUNT", _AT_ONCE)
                if names:
                    yield names
                if cursor == b"0":
                    break


def removal(layout: Layout, partition: int, number: bytes, entry: LogEntry) -> list[Command]:
    """What removes an event and the memory of its uuid: three commands; the first says whether it was there."""
    ref: EventRef = (entry[:3], entry.uuid)
    words = REMOVE.call([layout.event_streams[partition]], [GROUP, number])
    return [Command(layout.places[partition], words), *forgetting(layout, partition, ref, entry.digest)]


def forgetting(layout: Layout, partition: int, ref: EventRef, digest: bytes) -> list[Command]:
    """What removes the memory of an event's uuid, mark and claim, unless they are another event's by now."""
    place, claim = layout.uuid_claim(ref)
    mark = layout.uuid_mark(partition, ref)
    return [
        Command(layout.places[partition], FORGET.call([mark], [digest.hex()])),
        Command(place, FORGET.call([claim], [digest.hex()])),
    ]


def release(layout: Layout, refs: Sequence[str], ids: Sequence[int], to: str = "") -> list[Command]:
    """What removes the claims of key values for profiles that are never live again, or gives them to another."""
    return [Command(place, RELEASE.call([key], [to, *ids])) for ref in refs for place, key in (layout.claim(ref),)]


def voided(layout: Layout, number: int, record: Record) -> Command:
    """What puts a void record in the place of a profile's, if that is still the same; it goes by itself."""
    version = new_version()
    return replace(layout, number, record.version, version, void_record(version), seconds=str(VOID_SECONDS))


def good(replies: Sequence[Reply]) -> list[Any]:
    """The replies. Raises the first that is Away or Refused."""
    for reply in replies:
        if isinstance(reply, Away | Refused):
            raise reply
    return list(replies)
