"""The tables of the PostgreSQL store, in a schema of their own, and what a connection to them is like.

They hold what the SQLite store's hold (see sqlite_schema.py). What differs:

- `profile_ids` hands each process a block of ids at a time;
- rows of profiles leave room on their page and no index covers what changes, so that an update stays on the
  page and its dead rows go without a vacuum;
- no foreign keys: each would lock and look up a row for every event.

A warehouse of a Redis store has the same tables and another unique index (see sqlite_schema.py).
"""

from __future__ import annotations

from typing import Any, LiteralString

import psycopg

from personalization.stores.base import StoreRefused

SCHEMA_VERSION = 1
PROFILE_IDS = 65_536  # in a block; a group has fewer events

_OLDEST_SERVER = 130000
_CREATION_LOCK = 0x7031336E  # any number, the same in every process

# A plan is made once and kept, perhaps while the tables are still empty: only one that uses indexes stays good.
_SESSION = """
    SET client_encoding = 'UTF8';
    SET search_path = personalization, pg_catalog;
    SET plan_cache_mode = force_generic_plan;
    SET enable_seqscan = off;
    SET enable_hashjoin = off;
    SET enable_mergejoin = off;
    SET jit = off;
    SET lock_timeout = '3s';
    SET idle_in_transaction_session_timeout = '10s'
"""
_BROKEN_PROMISES = """
    SELECT name, setting FROM pg_catalog.pg_settings
    WHERE name IN ('fsync', 'full_page_writes', 'synchronous_commit') AND setting = 'off'
    ORDER BY name
"""
# As a query of the catalog it sees what another process has committed a moment ago; `to_regclass` may not.
_HAS = """
    SELECT EXISTS (
        SELECT FROM pg_catalog.pg_class JOIN pg_catalog.pg_namespace ON pg_namespace.oid = relnamespace
        WHERE nspname = 'personalization' AND relname = %s
    )
"""
_VERSION = "SELECT version FROM personalization.schema_version"

_TABLES = """
CREATE SCHEMA IF NOT EXISTS personalization;
SET search_path = personalization, pg_catalog;
CREATE TABLE schema_version (version integer NOT NULL);
INSERT INTO schema_version VALUES (1);
CREATE TABLE streams (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    instance text NOT NULL, "database" text NOT NULL, "table" text NOT NULL,
    UNIQUE (instance, "database", "table")
);
CREATE TABLE events (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    stream bigint NOT NULL, time bigint NOT NULL, received bigint NOT NULL, profile bigint,
    uuid uuid NOT NULL, public boolean NOT NULL, digest bytea NOT NULL, body text NOT NULL,
    CONSTRAINT event_once UNIQUE (stream, uuid)
);
CREATE SEQUENCE profile_ids INCREMENT BY 65536;
CREATE TABLE profiles (
    id bigint PRIMARY KEY, created bigint NOT NULL, updated bigint NOT NULL, merged_into bigint,
    instance text NOT NULL, body text
) WITH (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.05);
CREATE TABLE profile_keys (key text COLLATE "C" PRIMARY KEY, profile bigint NOT NULL);
CREATE TABLE identity_log (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, instance text NOT NULL,
    winner bigint NOT NULL, loser bigint NOT NULL, time bigint NOT NULL, uuid uuid NOT NULL
);
CREATE TABLE activations (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    instance text NOT NULL, version bigint NOT NULL, name text NOT NULL, profile bigint NOT NULL,
    uuid uuid NOT NULL, created bigint NOT NULL, body text NOT NULL, headers text NOT NULL
);
CREATE INDEX merges_of_winner ON identity_log (winner);
CREATE INDEX activations_of_profile ON activations (profile);
"""

_HAS_PROFILES = "SELECT EXISTS (SELECT FROM profiles)"
_ACCEPTED_ONCE = """
LOCK TABLE events;
CREATE UNIQUE INDEX event_accepted_once ON events (stream, uuid, received, digest);
ALTER TABLE events DROP CONSTRAINT event_once;
"""

Database = psycopg.Connection[tuple[Any, ...]]


def prepare(db: Database) -> None:
    """Set the connection up and create what is missing. Raises psycopg.Error, and StoreRefused."""
    _refuse_unsafe(db)
    with db.transaction():
        db.execute("SELECT pg_advisory_xact_lock(%s::bigint)", (_CREATION_LOCK,))
        if not _first(db, _HAS, "schema_version"):
            db.execute(_TABLES, prepare=False)
        elif _first(db, _VERSION) > SCHEMA_VERSION:
            raise StoreRefused("the event store was written by a later release")
    db.execute(_SESSION, prepare=False)


def prepare_store(db: Database) -> None:
    """As `prepare`, for an event store. Raises StoreRefused too: for a warehouse, where a uuid may stand twice."""
    prepare(db)
    if not _first(db, _HAS, "event_once"):
        raise StoreRefused("this database is the warehouse of a store on Redis; an event store needs one of its own")


def prepare_warehouse(db: Database) -> None:
    """As `prepare`, for a warehouse; one of an earlier release is brought up to date.

    Raises StoreRefused too: for an event store, whose profiles have ids that the Redis store's have as well.
    """
    prepare(db)
    if _first(db, _HAS, "event_once"):
        with db.transaction():
            db.execute("SELECT pg_advisory_xact_lock(%s::bigint)", (_CREATION_LOCK,))
            if _first(db, _HAS, "event_once"):  # no other process was faster
                _make_warehouse(db)


def _make_warehouse(db: Database) -> None:
    if _first(db, _HAS_PROFILES):
        raise StoreRefused("EVENT_WAREHOUSE names an event store's database; a warehouse needs one of its own")
    db.execute(_ACCEPTED_ONCE, prepare=False)


def _refuse_unsafe(db: Database) -> None:
    off = [name for name, _ in db.execute(_BROKEN_PROMISES)]
    if off:
        raise StoreRefused(f"events would not survive a crash: the PostgreSQL server has {' and '.join(off)} off")
    if _first(db, "SHOW server_encoding") != "UTF8":
        raise StoreRefused("the event store's database must have the encoding UTF8")
    if db.info.server_version < _OLDEST_SERVER:
        raise StoreRefused("the event store needs PostgreSQL 13 or later")


def _first(db: Database, query: LiteralString, *parameters: str) -> Any:
    row = db.execute(query, parameters).fetchone()
    assert row is not None
    return row[0]
