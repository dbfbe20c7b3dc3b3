"""Where the events of a Redis store go in the end: the table `events` of a SQLite or PostgreSQL database.

The tables are those of the SQL stores, so what reads these reads the warehouse too. What differs: Redis remembers a
uuid for two days, and takes it for another event after that. So a uuid may stand there more than once, each time
received at another time; an entry that is moved twice is known by its uuid, that time and the digest together.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import psycopg

from personalization.batch import Stream
from personalization.stores import postgresql_arrays, postgresql_schema, sqlite_schema
from personalization.stores.base import StoreUnavailable
from personalization.stores.locations import is_postgresql, sqlite_file
from personalization.stores.postgresql_arrays import Bigints, Blobs, Texts, Uuids
from personalization.stores.postgresql_statements import number_of_stream
from personalization.stores.redis_log import LogEntry

_BUSY_TIMEOUT = 8.0  # seconds to wait for another process that writes; entries are taken for forsaken after ten
_FIND_STREAM = 'SELECT id FROM streams WHERE instance = ? AND "database" = ? AND "table" = ?'
_ADD_STREAM = 'INSERT OR IGNORE INTO streams (instance, "database", "table") VALUES (?, ?, ?)'
_ADD_TO_SQLITE = """
    INSERT INTO events (stream, uuid, time, received, public, profile, digest, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (stream, uuid, received, digest) DO NOTHING
"""
_ADD_TO_POSTGRESQL = """
    INSERT INTO events (stream, uuid, time, received, public, profile, digest, body)
    SELECT stream, uuid, time, received, public <> 0, nullif(profile, 0), digest, body
    FROM unnest(%s, %s, %s, %s, %s, %s, %s, %s)
        AS new (stream, uuid, time, received, public, profile, digest, body)
    ON CONFLICT (stream, uuid, received, digest) DO NOTHING
"""


class UnknownWarehouse(ValueError):
    """EVENT_WAREHOUSE names no warehouse that there is; the text quotes nothing."""


class Warehouse(Protocol):
    """Takes events. Every method raises StoreUnavailable."""

    def open(self) -> None:
        """Connect, and create the tables when missing. Raises StoreRefused too."""

    def add(self, entries: Sequence[LogEntry], is_wanted: Callable[[], bool]) -> bool:
        """Store entries in one transaction; those that are there already stay as they are.

        `is_wanted` is asked when all is written, and says whether the transaction is to stand; whether it does.
        """

    def close(self) -> None:
        """Disconnect. Closing what is not open does nothing."""


def warehouse_at(url: str) -> Warehouse:
    """The warehouse that a URL names; nothing is opened yet. Raises UnknownWarehouse."""
    file = sqlite_file(url)
    if file is not None:
        return SqliteWarehouse(file)
    if is_postgresql(url):
        return PostgresqlWarehouse(url)
    raise UnknownWarehouse(
        "EVENT_WAREHOUSE must have the form sqlite:///path/to/warehouse.sqlite3 or"
        " postgres://user:password@host/database"
    )


class SqliteWarehouse:
    """A file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._db: sqlite3.Connection | None = None

    def open(self) -> None:
        """As Warehouse says."""
        with _unavailable(sqlite3.Error, OSError):
            self._connected()

    def add(self, entries: Sequence[LogEntry], is_wanted: Callable[[], bool]) -> bool:
        """As Warehouse says."""
        with _unavailable(sqlite3.Error, OSError):
            db = self._connected()
            db.execute("BEGIN IMMEDIATE")
            try:
                numbers = {stream: _sqlite_stream(db, stream) for stream in {entry[:3] for entry in entries}}
                db.executemany(_ADD_TO_SQLITE, [(numbers[entry[:3]], *entry[3:]) for entry in entries])
                stands = is_wanted()
                db.execute("COMMIT" if stands else "ROLLBACK")
            except BaseException:
                db.execute("ROLLBACK")
                raise
        return stands

    def close(self) -> None:
        """As Warehouse says."""
        if self._db is not None:
            self._db.close()
            self._db = None

    def _connected(self) -> sqlite3.Connection:
        if self._db is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._path.touch(mode=0o600)
            db = sqlite3.connect(self._path, timeout=_BUSY_TIMEOUT, isolation_level=None)
            try:
                sqlite_schema.prepare_warehouse(db)
            except BaseException:
                db.close()
                raise
            self._db = db
        return self._db


def _sqlite_stream(db: sqlite3.Connection, stream: Stream) -> int:
    db.execute(_ADD_STREAM, stream)
    return int(db.execute(_FIND_STREAM, stream).fetchone()[0])


class PostgresqlWarehouse:
    """A schema `personalization` of a database."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._db: postgresql_schema.Database | None = None

    def open(self) -> None:
        """As Warehouse says."""
        with _unavailable(psycopg.Error):
            self._connected()

    def add(self, entries: Sequence[LogEntry], is_wanted: Callable[[], bool]) -> bool:
        """As Warehouse says."""
        try:
            with _unavailable(psycopg.Error):
                db = self._connected()
                streams = sorted({entry[:3] for entry in entries})
                numbers = {stream: number_of_stream(db, stream) for stream in streams}
                ordered = sorted(entries, key=lambda entry: (numbers[entry[:3]], entry.uuid, entry.received))
                with db.transaction():  # in that order nobody waits in a circle
                    db.execute(_ADD_TO_POSTGRESQL, _columns([numbers[entry[:3]] for entry in ordered], ordered))
                    stands = is_wanted()
                    if not stands:
                        raise psycopg.Rollback
        except StoreUnavailable:
            self.close()
            raise
        return stands

    def close(self) -> None:
        """As Warehouse says."""
        if self._db is not None:
            self._db.close()
            self._db = None

    def _connected(self) -> postgresql_schema.Database:
        if self._db is None:
            db: postgresql_schema.Database = psycopg.connect(self._url, autocommit=True, connect_timeout=4)
            try:
                postgresql_arrays.register(db)
                postgresql_schema.prepare_warehouse(db)
            except BaseException:
                db.close()
                raise
            self._db = db
        return self._db


def _columns(streams: Sequence[int], entries: Sequence[LogEntry]) -> tuple[Any, ...]:
    return (
        Bigints(streams),
        Uuids(entry.uuid for entry in entries),
        Bigints(entry.time for entry in entries),
        Bigints(entry.received for entry in entries),
        Bigints(entry.public for entry in entries),
        Bigints(entry.profile or 0 for entry in entries),
        Blobs(entry.digest for entry in entries),
        Texts(entry.body for entry in entries),
    )


@contextmanager
def _unavailable(*errors: type[Exception]) -> Iterator[None]:
    try:
        yield
    except errors as error:
        raise StoreUnavailable(f"the warehouse: {error}") from error
