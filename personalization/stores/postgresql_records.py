"""What the PostgreSQL store keeps of people.

The log is not partitioned by time: a uuid is unique in its table for as long as the event is kept, and a unique
index over partitions would have to hold the time as well. It is pruned from the front of its primary key, which
grows with time; no index is kept for that, so events pay nothing.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, LiteralString

import psycopg

from personalization import json_text
from personalization.batch import key_ref
from personalization.identity import Pair
from personalization.stores.base import StoreUnavailable
from personalization.stores.person import Person, pairs_of
from personalization.stores.postgresql_schema import Database, prepare
from personalization.stores.postgresql_search import search
from personalization.stores.records import (
    EventQuery,
    FoundEvents,
    LoggedAs,
    Removed,
    StoredActivation,
    StoredEvent,
    StoredMerge,
    StoredProfile,
    Traces,
)

_CONNECTION: dict[str, Any] = {"autocommit": True, "connect_timeout": 4, "tcp_user_timeout": 10_000}
_IDS_READ = 20_000  # of the log, in one statement
_ROWS_REMOVED = 2_000  # in one transaction
_TAIL = 2_000  # ids that the last transaction of an erasure still looks at
_OTHERS = 30.0  # seconds to wait for what others have begun to write
_PAUSE = 0.01

_FIND = """
    SELECT profiles.id, created, updated, body FROM profile_keys JOIN profiles ON profiles.id = profile WHERE key = %s
"""
_MERGED = """
    WITH RECURSIVE one (id) AS (
        SELECT %s::bigint UNION SELECT loser FROM identity_log JOIN one ON winner = one.id
    ) SELECT id FROM one ORDER BY id
"""
_LOCK = "SELECT id FROM profiles WHERE id = (SELECT profile FROM profile_keys WHERE key = %s) FOR UPDATE"
_LAST_EVENT = "SELECT coalesce(pg_sequence_last_value('events_id_seq'), 0)"
# Who logs an event has this lock before the event has its id, and until it can be seen.
_WRITING = """
    SELECT virtualtransaction FROM pg_locks
    WHERE database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND relation = 'events'::regclass AND mode = 'RowExclusiveLock' AND granted
    AND pid IS DISTINCT FROM pg_backend_pid()
"""
_EVENTS_OF = """
    SELECT id, body, profile = ANY (%s::bigint[]) FROM events
    WHERE id > %s AND id <= %s AND stream + 0 = ANY (ARRAY(SELECT id FROM streams WHERE instance = %s))
    AND (profile = ANY (%s::bigint[]) OR EXISTS (SELECT FROM unnest(%s::text[]) AS part WHERE strpos(body, part) > 0))
"""
_EVENTS = """
    SELECT "database", "table", time, received, public, uuid_send(uuid), body
    FROM events JOIN streams ON streams.id = stream WHERE events.id = ANY (%s::bigint[]) ORDER BY events.id
"""
_LOGGED = """
    SELECT "database", "table", uuid_send(uuid), received, profile, digest
    FROM events JOIN streams ON streams.id = stream WHERE events.id = ANY (%s::bigint[])
"""
_MERGES = "SELECT time, uuid_send(uuid) FROM identity_log WHERE winner = ANY (%s::bigint[]) ORDER BY id"
_ACTIVATIONS = """
    SELECT version, name, created, uuid_send(uuid), body, headers FROM activations
    WHERE profile = ANY (%s::bigint[]) ORDER BY id
"""
_REMOVE_EVENTS = "DELETE FROM events WHERE id = ANY (%s::bigint[])"
_REMOVE_PROFILES = "DELETE FROM profiles WHERE id = ANY (%s::bigint[])"
_REMOVE_MERGES = "DELETE FROM identity_log WHERE winner = ANY (%s::bigint[])"
_REMOVE_ACTIVATIONS = "DELETE FROM activations WHERE profile = ANY (%s::bigint[])"
_REMOVE_KEYS = "DELETE FROM profile_keys WHERE key = ANY (%s::text[])"
# The first rows after an id, less those that are too young: how far this went, how many there were and went.
_REMOVE_OLD = """
    WITH part AS (SELECT id, {column} AS at FROM {table} WHERE id > %s ORDER BY id LIMIT %s),
    gone AS (DELETE FROM {table} USING part WHERE {table}.id = part.id AND at < %s {only} RETURNING 1)
    SELECT coalesce(max(id), 0), (SELECT count(*) FROM gone) FROM part
"""
_SOME_PROFILES = "SELECT max(id) FROM (SELECT id FROM profiles WHERE id > %s ORDER BY id LIMIT %s) AS part"
_OLD_PROFILES = """
    SELECT id, instance, body FROM profiles WHERE id > %s AND id <= %s AND updated < %s AND body IS NOT NULL
    ORDER BY id FOR UPDATE SKIP LOCKED
"""
_VACUUM = """
    VACUUM (SKIP_LOCKED, TRUNCATE FALSE) events, profiles, identity_log, activations;
    VACUUM (SKIP_LOCKED, TRUNCATE FALSE, INDEX_CLEANUP TRUE) profile_keys
"""


class PostgresqlRecords:
    """The records in the schema `personalization` of a database."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._db: Database | None = None

    def open(self) -> None:
        """Connect, and create the tables when missing. Raises StoreUnavailable, and StoreRefused."""
        with _available():
            self._connected()

    def close(self) -> None:
        """Disconnect. Closing what is not open does nothing."""
        if self._db is not None:
            self._db.close()
            self._db = None

    def find(self, instance: str, pair: Pair) -> StoredProfile | None:
        """The profile that a key value leads to."""
        with _available():
            row = self._connected().execute(_FIND, (key_ref(instance, pair),)).fetchone()
        return None if row is None else _profile(row)

    def search(self, query: EventQuery) -> FoundEvents:
        """Events that fit, the newest first."""
        with _available():
            return search(self._connected(), query)

    def merges(self, instance: str, pair: Pair) -> list[StoredMerge]:
        """Entries of the identity log, oldest first."""
        with _available():
            db = self._connected()
            return [StoredMerge(*row) for row in db.execute(_MERGES, (list(_person(db, instance, pair).ids),))]

    def export(self, instance: str, pair: Pair) -> Traces:
        """All that is kept of a person."""
        with _available():
            db = self._connected()
            row = db.execute(_FIND, (key_ref(instance, pair),)).fetchone()
            person, last = _person(db, instance, pair), _last_event(db)
            events = (
                StoredEvent(*event)
                for ids in _events_of(db, person, after=0, until=last)
                for event in db.execute(_EVENTS, (ids,))
            )
            ids = list(person.ids)
            return Traces(
                None if row is None else _profile(row),
                tuple(events),
                tuple(StoredMerge(*merge) for merge in db.execute(_MERGES, (ids,))),
                tuple(StoredActivation(*activation) for activation in db.execute(_ACTIVATIONS, (ids,))),
            )

    def events_of(self, person: Person) -> list[StoredEvent]:
        """All events of a person, oldest first."""
        with _available():
            db = self._connected()
            parts = _events_of(db, person, after=0, until=_last_event(db))
            return [StoredEvent(*event) for ids in parts for event in db.execute(_EVENTS, (ids,))]

    def erase_events_of(self, person: Person) -> Iterator[Sequence[LoggedAs]]:
        """Remove them, part by part, and what others are just writing."""
        with _available():
            db = self._connected()
            for ids in _events_of(db, person, after=0, until=_settled(db)):
                yield [LoggedAs(*row) for row in db.execute(_LOGGED, (ids,))]
                _remove_events(db, ids)
            for statement in _VACUUM.split(";"):
                db.execute(statement)

    def erase(self, instance: str, pair: Pair) -> Removed:
        """Remove all that is kept of a person, also what comes in for them meanwhile."""
        with _available():
            db = self._connected()
            person, position, removed = _person(db, instance, pair), 0, Removed()
            while True:
                last = _settled(db)
                for ids in _events_of(db, person, after=position, until=last):
                    removed += _remove_events(db, ids)
                position = last
                with db.transaction():
                    db.execute(_LOCK, (key_ref(instance, pair),))
                    known, person = person, _person(db, instance, pair)
                    if person != known:
                        position = 0
                    elif _last_event(db) - position <= _TAIL:
                        removed += _remove_rest(db, person, after=position)
                        break
            for statement in _VACUUM.split(";"):
                db.execute(statement)
        return removed

    def purge_log(self, before: int) -> Iterator[Removed]:
        """Remove what was logged before that time, in small batches."""
        with _available():
            db = self._connected()
            yield from (Removed(events=count) for count in _remove_old(db, "events", "received", before))
            yield from (Removed(merges=count) for count in _remove_old(db, "identity_log", "time", before))
            yield from (Removed(activations=count) for count in _remove_old(db, "activations", "created", before))
            for _ in _remove_old(db, "profiles", "updated", before, only="AND body IS NULL"):
                yield Removed()

    def purge_profiles(self, before: int) -> Iterator[Removed]:
        """Remove the profiles that no event has changed since, in small batches."""
        with _available():
            db, position = self._connected(), 0
            while (until := _first(db, _SOME_PROFILES, (position, _ROWS_REMOVED))) is not None:
                with db.transaction():
                    rows = db.execute(_OLD_PROFILES, (position, until, before)).fetchall()
                    refs = [key_ref(row[1], pair) for row in rows for pair in pairs_of(json_text.load(row[2])["k"])]
                    db.execute(_REMOVE_KEYS, (sorted(refs),))
                    count = db.execute(_REMOVE_PROFILES, ([row[0] for row in rows],)).rowcount
                if count:
                    yield Removed(profiles=count)
                position = until

    def purge_strays(self) -> Iterator[Removed]:
        """There are none: a key value goes in one transaction with its profile."""
        return iter(())

    def _connected(self) -> Database:
        if self._db is None or self._db.closed:
            db = psycopg.connect(self._url, **_CONNECTION)
            try:
                prepare(db)
            except BaseException:
                db.close()
                raise
            self._db = db
        return self._db


@contextmanager
def _available() -> Iterator[None]:
    try:
        yield
    except (psycopg.Error, OSError) as error:  # no more files may be opened, for example
        raise StoreUnavailable(str(error)) from error


def _first(db: Database, query: LiteralString, parameters: Sequence[Any] = ()) -> Any:
    row = db.execute(query, parameters).fetchone()
    assert row is not None
    return row[0]


def _profile(row: tuple[Any, ...]) -> StoredProfile:
    _, created, updated, body = row
    document = json_text.load(body)
    return StoredProfile(created, updated, document["k"], document["s"])


def _person(db: Database, instance: str, pair: Pair) -> Person:
    row = db.execute(_FIND, (key_ref(instance, pair),)).fetchone()
    if row is None:
        return Person(instance, frozenset({pair}))
    ids = tuple(number for (number,) in db.execute(_MERGED, (row[0],)))
    return Person(instance, frozenset(pairs_of(json_text.load(row[3])["k"])) | {pair}, row[0], ids)


def _last_event(db: Database) -> int:
    """The highest id that any event was given."""
    return int(_first(db, _LAST_EVENT))


def _settled(db: Database) -> int:
    """An id up to which no event will come any more: what others were writing has ended. Raises StoreUnavailable."""
    last = _last_event(db)
    writing = _writing(db)
    until = time.monotonic() + _OTHERS
    while writing := writing & _writing(db):
        if time.monotonic() > until:
            raise StoreUnavailable("a transaction that logs events stays open; nobody can be erased until it ends")
        time.sleep(_PAUSE)
    return last


def _writing(db: Database) -> frozenset[str]:
    """The transactions that have logged events, or are about to, and have not ended."""
    return frozenset(transaction for (transaction,) in db.execute(_WRITING))


def _events_of(db: Database, person: Person, *, after: int, until: int) -> Iterator[list[int]]:
    """The ids of the person's events in that range, part by part."""
    ids, fragments = list(person.ids), person.fragments()
    for start in range(after, until, _IDS_READ):
        end = min(start + _IDS_READ, until)
        yield person.own(db.execute(_EVENTS_OF, (ids, start, end, person.instance, ids, fragments)))


def _remove_events(db: Database, ids: list[int]) -> Removed:
    parts = (ids[start : start + _ROWS_REMOVED] for start in range(0, len(ids), _ROWS_REMOVED))
    return Removed(events=sum(db.execute(_REMOVE_EVENTS, (part,)).rowcount for part in parts))


def _remove_rest(db: Database, person: Person, *, after: int) -> Removed:
    """Everything but the events until `after`, which are gone."""
    ids = list(person.ids)
    db.execute(_REMOVE_KEYS, (person.refs(),))
    events = [_remove_events(db, part) for part in _events_of(db, person, after=after, until=_last_event(db))]
    return sum(events, Removed()) + Removed(
        profiles=db.execute(_REMOVE_PROFILES, (ids,)).rowcount,
        merges=db.execute(_REMOVE_MERGES, (ids,)).rowcount,
        activations=db.execute(_REMOVE_ACTIVATIONS, (ids,)).rowcount,
    )


def _remove_old(db: Database, table: str, column: str, before: int, *, only: str = "") -> Iterator[int]:
    """How many rows went in each small batch, until one has none that is old enough (of them all, with `only`)."""
    query = _REMOVE_OLD.format(table=table, column=column, only=only)
    position = 0
    while True:
        row = db.execute(query, (position, _ROWS_REMOVED, before)).fetchone()
        assert row is not None
        position, count = row
        if not position or not (count or only):
            return
        if count:
            yield count
