"""What a Redis store keeps, read back key by key and put into the tables of an SQL store, to be asked about in SQL."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Any

from personalization.stores.redis_connection import RedisServer, Words
from personalization.stores.redis_layout import profile_claimed, read_record
from personalization.stores.redis_nodes import nodes_at
from personalization.stores.redis_url import redis_url
from personalization.stores.sqlite_schema import prepare

Raw = dict[str, Any]  # by what follows the prefix


def redis_rows(url: str, query: str) -> list[Any]:
    """The answer to a query."""
    with redis_tables(url) as rows:
        return rows(query)


@contextmanager
def redis_tables(url: str) -> Iterator[Callable[[str], list[Any]]]:
    """What answers queries, all of them as things are now."""
    with closing(sqlite3.connect(":memory:")) as db:
        prepare(db)
        _fill(db, contents(url))
        yield lambda query: db.execute(query).fetchall()


def forget(url: str) -> None:
    """Remove all that a store keeps."""
    place = redis_url(url)
    assert place is not None
    with servers(url) as found:
        for server in found:
            _replies(server, [("UNLINK", key) for key in _keys(server, place.prefix)])


def forget_uuids(url: str) -> None:
    """What two days do."""
    place = redis_url(url)
    assert place is not None
    with servers(url) as found:
        for server in found:
            keys = [key for key in _keys(server, place.prefix) if b":uuid:" in key or b":{u" in key]
            _replies(server, [("UNLINK", key) for key in keys])


def contents(url: str) -> Raw:
    """All that a store keeps, by key without the prefix."""
    place = redis_url(url)
    assert place is not None
    found: Raw = {}
    with servers(url) as all_servers:
        for server in all_servers:
            keys = sorted(_keys(server, place.prefix))
            kinds = _replies(server, [("TYPE", key) for key in keys])
            values = _replies(server, [_asking(kind, key) for kind, key in zip(kinds, keys, strict=True)])
            for key, kind, value in zip(keys, kinds, values, strict=True):
                if kind == b"stream" or value:  # others are never empty: this one has just been removed
                    found[key.decode().removeprefix(f"{place.prefix}:")] = _plain(kind, value)
    return found


@contextmanager
def servers(url: str) -> Iterator[list[RedisServer]]:
    """The server, or the masters of the cluster."""
    place = redis_url(url)
    assert place is not None
    nodes = nodes_at(place)
    try:
        yield nodes.open()
    finally:
        nodes.close()


def _keys(server: RedisServer, prefix: str) -> set[bytes]:
    cursor, keys = b"0", set[bytes]()
    while True:
        cursor, found = server.ask("SCAN", cursor, "MATCH", f"{prefix}:*", "COUNT", 5000)
        keys.update(found)
        if cursor == b"0":
            return keys


def _replies(server: RedisServer, commands: Sequence[Words]) -> list[Any]:
    if not commands:
        return []
    assert server.send(commands) is None
    return server.receive()


def _asking(kind: bytes, key: bytes) -> Words:
    return {b"stream": ("XRANGE", key, "-", "+"), b"hash": ("HGETALL", key)}.get(kind, ("GET", key))


def _plain(kind: bytes, value: Any) -> Any:
    if kind == b"stream":
        return [(number, fields[1]) for number, fields in value]
    return dict(zip(value[::2], value[1::2], strict=True)) if kind == b"hash" else value


def _fill(db: sqlite3.Connection, raw: Raw) -> None:
    events: list[tuple[tuple[int, ...], bytes]] = []
    for key, value in raw.items():
        tag, _, name = key.partition(":")
        if tag.startswith("{k"):
            db.execute("INSERT INTO profile_keys VALUES (?, ?)", (name, profile_claimed(value)))
        elif name.startswith("profile:"):
            _add_profile(db, int(name[8:]), value)
        elif name.startswith("merged:"):
            for loser, entry in value.items():
                instance, time, uuid = json.loads(entry)
                row = (instance, int(name[7:]), int(loser), time, bytes.fromhex(uuid))
                db.execute("INSERT INTO identity_log (instance, winner, loser, time, uuid) VALUES (?, ?, ?, ?, ?)", row)
        elif name == "events":
            events += [(tuple(map(int, number.split(b"-"))), entry) for number, entry in value]
        elif name == "activations":
            for _, entry in value:
                instance, version, activation, profile, uuid, created, body, headers = json.loads(entry)
                row = (instance, version, activation, profile, bytes.fromhex(uuid), created, body, headers)
                db.execute(
                    "INSERT INTO activations (instance, version, name, profile, uuid, created, body, headers)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                    row,
                )
    for _, entry in sorted(events):
        _add_event(db, entry)


def _add_profile(db: sqlite3.Connection, number: int, raw: bytes) -> None:
    record = read_record(raw)
    if record.state != b"void":
        row = (number, record.instance, record.created, record.updated, record.into or None)
        db.execute("INSERT INTO profiles VALUES (?, ?, ?, ?, ?, ?)", (*row, record.body.decode() or None))


def _add_event(db: sqlite3.Connection, entry: bytes) -> None:
    head, _, body = entry.decode().partition("\n")
    instance, database, table, uuid, time, received, public, profile, digest = json.loads(head)
    stream = (instance, database, table)
    db.execute('INSERT OR IGNORE INTO streams (instance, "database", "table") VALUES (?, ?, ?)', stream)
    db.execute(
        "INSERT INTO events (stream, uuid, time, received, public, profile, digest, body)"
        ' SELECT id, ?, ?, ?, ?, ?, ?, ? FROM streams WHERE (instance, "database", "table") = (?, ?, ?)',
        (bytes.fromhex(uuid), time, received, public, profile or None, bytes.fromhex(digest), body, *stream),
    )
