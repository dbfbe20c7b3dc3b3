"""The embedded store: one SQLite file in WAL mode, every commit synced to disk.

Statements are few and hold many rows: each one lets go of the interpreter's lock, and taking it back from a
busy event loop costs more than the statement. Profiles come back as one JSON text, parsed at once.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from personalization import json_text
from personalization.arrivals import Arrival, Outcome
from personalization.batch import Batch, BatchMaker, EventRef, Stream, stream_of
from personalization.profile import Profile
from personalization.stores.base import StoreUnavailable
from personalization.stores.sqlite_checkpoints import LOG_PAGES, Checkpoints
from personalization.stores.sqlite_schema import prepare_store

_BUSY_TIMEOUT = 5.0  # seconds to wait for another process that writes
_ROWS_AT_ONCE = 64

_FIND_PROFILES = """
    SELECT group_concat(printf('[%d,"%s",%d,%d,%s]', id, instance, created, length(body), body))
    FROM profile_keys CROSS JOIN profiles ON id = profile WHERE key IN (SELECT value FROM json_each(?))
"""
_FIND_EVENT = "SELECT digest FROM events WHERE stream = ? AND uuid = ?"
_NEXT_PROFILE = "SELECT coalesce(max(id), 0) + 1 FROM profiles"
_FIND_STREAM = 'SELECT id FROM streams WHERE instance = ? AND "database" = ? AND "table" = ?'
_ADD_STREAM = 'INSERT INTO streams (instance, "database", "table") VALUES (?, ?, ?)'

_ADD_EVENTS = "INSERT INTO events (stream, uuid, time, received, public, profile, digest, body) VALUES "
_PUT_PROFILES = "INSERT INTO profiles (id, instance, created, updated, body) VALUES "
_OR_UPDATE = " ON CONFLICT (id) DO UPDATE SET updated = excluded.updated, body = excluded.body"
_PUT_MERGED = "INSERT INTO profiles (id, instance, created, updated, merged_into) VALUES "
_OR_MERGE = (
    " ON CONFLICT (id) DO UPDATE SET updated = excluded.updated, merged_into = excluded.merged_into, body = NULL"
)
_ADD_MERGES = "INSERT INTO identity_log (instance, winner, loser, time, uuid) VALUES "
_PUT_KEYS = "REPLACE INTO profile_keys (key, profile) VALUES "
_ADD_ACTIVATIONS = "INSERT INTO activations (instance, version, name, profile, uuid, created, body, headers) VALUES "

Row = tuple[Any, ...]


class SqliteStore:
    """Events and profiles in one file, which several processes may share. `batch` works a group out."""

    def __init__(self, path: Path, batch: BatchMaker = Batch) -> None:
        self._path = path
        self._batch = batch
        self._db: sqlite3.Connection | None = None
        self._checkpoints = Checkpoints(path)
        self._streams: dict[Stream, int] = {}  # of committed rows, which never change

    def open(self) -> None:
        """Connect, and create the file and its tables when missing. Raises StoreUnavailable, and StoreRefused."""
        try:
            self._connected()
        except (sqlite3.Error, OSError) as error:
            raise StoreUnavailable(str(error)) from error

    def close(self) -> None:
        """Disconnect. Closing what is not open does nothing."""
        if self._db is not None:
            self._checkpoints.close()
            self._db.close()
            self._db = None
            self._streams.clear()

    def commit(self, arrivals: Sequence[Arrival]) -> Sequence[Outcome]:
        """Apply the arrivals in order in one transaction, synced to disk when this returns.

        Raises StoreUnavailable, and whatever one of the arrivals provokes; then nothing is stored.
        """
        try:
            db = self._connected()
            self._checkpoints.before_commit(db)
            db.execute("BEGIN IMMEDIATE")
            try:
                outcomes, streams = _commit(db, self._batch(arrivals), dict(self._streams))
            except BaseException:
                db.execute("ROLLBACK")
                raise
        except (sqlite3.IntegrityError, sqlite3.DataError, sqlite3.InterfaceError, sqlite3.ProgrammingError):
            raise
        except (sqlite3.Error, OSError) as error:
            self.close()
            raise StoreUnavailable(str(error)) from error
        self._streams = streams
        self._checkpoints.after_commit(len(arrivals))
        return outcomes

    def _connected(self) -> sqlite3.Connection:
        if self._db is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._path.touch(mode=0o600)
            db = sqlite3.connect(self._path, timeout=_BUSY_TIMEOUT, isolation_level=None, cached_statements=256)
            try:
                prepare_store(db)
                db.execute(f"PRAGMA wal_autocheckpoint = {LOG_PAGES}")
            except BaseException:
                db.close()
                raise
            self._db = db
        return self._db


def _commit(
    db: sqlite3.Connection, batch: Batch, streams: dict[Stream, int]
) -> tuple[Sequence[Outcome], dict[Stream, int]]:
    for stream in batch.streams.difference(streams):
        streams[stream] = _stream(db, stream)
    logged = _logged(db, batch.repeatable(), streams)
    found = _profiles(db, batch.key_refs())
    outcomes = batch.run(logged=logged, found=found, next_id=db.execute(_NEXT_PROFILE).fetchone()[0])
    _write(db, batch, streams)
    db.execute("COMMIT")
    return outcomes, streams


def _stream(db: sqlite3.Connection, stream: Stream) -> int:
    row = db.execute(_FIND_STREAM, stream).fetchone()
    number: int | None = row[0] if row else db.execute(_ADD_STREAM, stream).lastrowid
    assert number is not None
    return number


def _logged(db: sqlite3.Connection, refs: Iterable[EventRef], streams: dict[Stream, int]) -> dict[EventRef, bytes]:
    found = ((ref, db.execute(_FIND_EVENT, (streams[ref[0]], ref[1])).fetchone()) for ref in refs)
    return {ref: row[0] for ref, row in found if row is not None}


def _profiles(db: sqlite3.Connection, refs: list[str]) -> list[Profile]:
    text: str | None = db.execute(_FIND_PROFILES, (json_text.dump(refs),)).fetchone()[0] if refs else None
    if text is None:
        return []
    return [
        Profile(number, instance, created, document["k"], document["s"], size)
        for number, instance, created, size, document in json_text.load(f"[{text}]")
    ]


def _write(db: sqlite3.Connection, batch: Batch, streams: dict[Stream, int]) -> None:
    now = max(arrival.row.now for arrival in batch.arrivals)
    _insert(db, _ADD_EVENTS, [_event(arrival, profile, streams) for arrival, profile in batch.events])
    changed = sorted((item.id, item.instance, item.created, now, item.text()) for item in batch.changed)
    _insert(db, _PUT_PROFILES, changed, _OR_UPDATE)
    _insert(db, _PUT_KEYS, [(ref, profile) for ref, profile in batch.keys.items() if profile is not None])
    gone = [(ref,) for ref, profile in batch.keys.items() if profile is None]
    if gone:
        db.executemany("DELETE FROM profile_keys WHERE key = ?", gone)
    _insert(db, _ADD_MERGES, [(item.instance, item.winner, item.loser, item.time, item.uuid) for item in batch.merges])
    merged = [(item.loser, item.instance, item.created, item.time, item.winner) for item in batch.merges]
    _insert(db, _PUT_MERGED, merged, _OR_MERGE)
    _insert(db, _ADD_ACTIVATIONS, [_activation(*item) for item in batch.activations])


def _event(arrival: Arrival, profile: int | None, streams: dict[Stream, int]) -> Row:
    row = arrival.row
    return (
        streams[stream_of(arrival)],
        arrival.uuid,
        row.time,
        row.now,
        row.public,
        profile,
        arrival.digest,
        arrival.body,
    )


def _activation(arrival: Arrival, profile: int, fired: Any) -> Row:
    body, headers = json_text.dump(fired.body), json_text.dump(fired.headers)
    live = arrival.live
    return (live.label, live.version, fired.name, profile, arrival.uuid, arrival.row.now, body, headers)


def _insert(db: sqlite3.Connection, head: str, rows: Sequence[Row], tail: str = "") -> None:
    """Insert rows in statements of 64, 32, 16 … rows: few statements, and few different ones to prepare."""
    start, size = 0, _ROWS_AT_ONCE
    while start < len(rows):
        while size > len(rows) - start:
            size //= 2
        group = rows[start : start + size]
        places = f"({','.join('?' * len(group[0]))})"
        values = [value for row in group for value in row]
        db.execute(f"{head}{','.join([places] * size)}{tail}", values)
        start += size
