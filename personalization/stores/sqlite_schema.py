"""The tables of the SQLite store.

streams       the tables that events arrived at, by instance; other rows name them by number
events        the log, in the order of arrival: `body` is the text that came (ASCII-escaped), `digest` the SHA-256
              of its bytes, `received` the server's time; pruning cuts a range of ids from the front
profiles      one document per person (see personalization/profile.py); a merged one keeps only `merged_into`
profile_keys  `account/instance/name/value` -> profile
identity_log  which profile was merged into which, when, and by which event
activations   fired and not yet delivered; headers that hold secrets are worked out at delivery

In an event store a uuid stands once in its table (`event_once`). A warehouse of a Redis store has the same tables, but
a uuid that Redis has forgotten may come again there, as another event (`event_accepted_once`).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from personalization.stores.base import StoreRefused

SCHEMA_VERSION = 1
_PAGE_SIZE = 2048  # a batch touches many profiles, each on another page: small pages, little to write
_CHECKPOINT_PAGES = 2048  # the store itself has its own way (sqlite_checkpoints.py)
_CACHE_KIB = 64 * 1024

_TABLES = """
CREATE TABLE IF NOT EXISTS streams (
    id INTEGER PRIMARY KEY, instance TEXT NOT NULL, "database" TEXT NOT NULL, "table" TEXT NOT NULL,
    UNIQUE (instance, "database", "table")
) STRICT;
CREATE TABLE IF NOT EXISTS events (
    id INTEGER PRIMARY KEY, stream INTEGER NOT NULL REFERENCES streams (id), uuid BLOB NOT NULL,
    time INTEGER NOT NULL, received INTEGER NOT NULL, public INTEGER NOT NULL, profile INTEGER,
    digest BLOB NOT NULL, body TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX IF NOT EXISTS event_once ON events (stream, uuid);
CREATE TABLE IF NOT EXISTS profiles (
    id INTEGER PRIMARY KEY, instance TEXT NOT NULL, created INTEGER NOT NULL, updated INTEGER NOT NULL,
    merged_into INTEGER, body TEXT
) STRICT;
CREATE TABLE IF NOT EXISTS profile_keys (
    key TEXT PRIMARY KEY, profile INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS identity_log (
    id INTEGER PRIMARY KEY, instance TEXT NOT NULL, winner INTEGER NOT NULL, loser INTEGER NOT NULL,
    time INTEGER NOT NULL, uuid BLOB NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS activations (
    id INTEGER PRIMARY KEY, instance TEXT NOT NULL, version INTEGER NOT NULL, name TEXT NOT NULL,
    profile INTEGER NOT NULL, uuid BLOB NOT NULL, created INTEGER NOT NULL, body TEXT NOT NULL, headers TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS merges_of_winner ON identity_log (winner);
CREATE INDEX IF NOT EXISTS activations_of_profile ON activations (profile);
PRAGMA user_version = 1
"""
_VERSION = "PRAGMA user_version"
_IS_STORE = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'event_once')"
_HAS_PROFILES = "SELECT EXISTS (SELECT 1 FROM profiles)"
_ACCEPTED_ONCE = "CREATE UNIQUE INDEX event_accepted_once ON events (stream, uuid, received, digest)"


def prepare(db: sqlite3.Connection) -> None:
    """Set the connection up and create what is missing. Raises sqlite3.Error."""
    db.execute(f"PRAGMA page_size = {_PAGE_SIZE}")
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")
    db.execute("PRAGMA temp_store = MEMORY")  # what undoes half a statement would go to a file of its own
    db.execute("PRAGMA secure_delete = ON")  # what is removed or replaced is overwritten in the file
    db.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
    db.execute(f"PRAGMA wal_autocheckpoint = {_CHECKPOINT_PAGES}")
    version = _first(db, _VERSION)
    if version > SCHEMA_VERSION:
        raise sqlite3.OperationalError(f"the event store was written by a later release (schema {version})")
    if version < SCHEMA_VERSION:
        with transaction(db):
            for statement in _TABLES.split(";") if _first(db, _VERSION) < SCHEMA_VERSION else ():
                db.execute(statement)


def prepare_store(db: sqlite3.Connection) -> None:
    """As `prepare`, for an event store. Raises StoreRefused too: for a warehouse, where a uuid may stand twice."""
    prepare(db)
    if not _first(db, _IS_STORE):
        raise StoreRefused("this file is the warehouse of a store on Redis; an event store needs one of its own")


def prepare_warehouse(db: sqlite3.Connection) -> None:
    """As `prepare`, for a warehouse; one of an earlier release is brought up to date.

    Raises StoreRefused too: for an event store, whose profiles have ids that the Redis store's have as well.
    """
    prepare(db)
    if _first(db, _IS_STORE):
        with transaction(db):
            if _first(db, _IS_STORE):  # no other process was faster
                _make_warehouse(db)


def _make_warehouse(db: sqlite3.Connection) -> None:
    if _first(db, _HAS_PROFILES):
        raise StoreRefused("EVENT_WAREHOUSE names an event store's file; a warehouse needs one of its own")
    db.execute(_ACCEPTED_ONCE)
    db.execute("DROP INDEX event_once")


@contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[None]:
    """Waits for other writers; an error undoes it all."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        db.execute("ROLLBACK")
        raise


def _first(db: sqlite3.Connection, query: str) -> int:
    return int(db.execute(query).fetchone()[0])
