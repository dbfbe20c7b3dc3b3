"""What the SQLite store keeps of people.

The log is read in ranges of ids without a lock; what is to go is removed in transactions of a few milliseconds,
for the one lock of the file keeps the endpoint waiting. Removed bytes are overwritten (`secure_delete`), and the
write-ahead log is emptied after an erasure.

The next event gets the highest id that is there and one more: once the newest are removed, their ids come again. So
what was read holds only while the event that was the newest then is still there (`_Mark`).
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from personalization import json_text
from personalization.batch import key_ref
from personalization.identity import Pair
from personalization.stores.base import StoreUnavailable
from personalization.stores.person import Person, pairs_of
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
from personalization.stores.sqlite_schema import prepare, transaction
from personalization.stores.sqlite_search import search

_BUSY_TIMEOUT = 20.0  # seconds; the endpoint goes first
_EMPTYING_SECONDS = 20.0  # in all, for the write-ahead log after an erasure
_IDS_READ = 20_000  # of the log, in one statement
_ROWS_REMOVED = 100  # in one transaction
_CHECKPOINT_PAGES = 500  # often and little: a long sync of the file makes the endpoint wait for its own
_TAIL = 2_000  # ids that the last transaction of an erasure still looks at

_FIND = """
    SELECT profiles.id, created, updated, body FROM profile_keys JOIN profiles ON profiles.id = profile WHERE key = ?
"""
_MERGED = """
    WITH RECURSIVE one (id) AS (SELECT ? UNION SELECT loser FROM identity_log JOIN one ON winner = one.id)
    SELECT id FROM one ORDER BY id
"""
_LAST_EVENT = "SELECT id, uuid FROM events ORDER BY id DESC LIMIT 1"
_IS_THERE = "SELECT count(*) FROM events WHERE id = ? AND uuid = ?"
_EVENTS_OF = """
    SELECT id, body, profile IN ({ids}) FROM events
    WHERE id > ? AND id <= ? AND +stream IN (SELECT id FROM streams WHERE instance = ?)
    AND (profile IN ({ids}) OR {mentions})
"""
_EVENTS = """
    SELECT "database", "table", time, received, public, uuid, body FROM events JOIN streams ON streams.id = stream
    WHERE events.id IN ({ids}) ORDER BY events.id
"""
_LOGGED = """
    SELECT "database", "table", uuid, received, profile, digest FROM events JOIN streams ON streams.id = stream
    WHERE events.id IN ({ids})
"""
_OLD_EVENTS = "SELECT max(id), count(*) FROM (SELECT id FROM events WHERE id > ? ORDER BY id LIMIT ?)"
_OLD_PROFILES = """
    SELECT id, instance, body FROM profiles
    WHERE id > ? AND id <= ? AND updated < ? AND body IS NOT NULL
"""
# The highest id that was ever given away has to stay, or the next profile would get it a second time.
_BLANK_LAST_PROFILE = """
    UPDATE profiles SET instance = '', created = 0, updated = 0, merged_into = NULL, body = NULL
    WHERE {condition} AND id = (SELECT max(id) FROM profiles)
"""
_MERGED_LONG_AGO = "body IS NULL AND updated < ?"  # or blank
_BUT_THE_LAST = "body IS NULL AND updated < ? AND id < (SELECT max(id) FROM profiles)"
_MERGES = "SELECT time, uuid FROM identity_log WHERE winner IN ({ids}) ORDER BY id"
_ACTIVATIONS = """
    SELECT version, name, created, uuid, body, headers FROM activations WHERE profile IN ({ids}) ORDER BY id
"""
_OLD = "SELECT id FROM {table} WHERE {condition} LIMIT ?"
_REMOVE_OLD = "DELETE FROM {table} WHERE id IN ({ids}) AND {condition}"  # another purge may have been faster
_REMOVE = "DELETE FROM {table} WHERE {column} IN ({ids})"
_REMOVE_PROFILES = "DELETE FROM profiles WHERE id IN ({ids}) AND id < (SELECT max(id) FROM profiles)"


class SqliteRecords:
    """The records of one file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._db: sqlite3.Connection | None = None

    def open(self) -> None:
        """Connect, and create the file and its tables when missing. Raises StoreUnavailable."""
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
            ids = _listed(_person(db, instance, pair).ids)
            return [StoredMerge(*row) for row in db.execute(_MERGES.format(ids=ids))]

    def export(self, instance: str, pair: Pair) -> Traces:
        """All that is kept of a person."""
        with _available():
            db = self._connected()
            row = db.execute(_FIND, (key_ref(instance, pair),)).fetchone()
            person = _person(db, instance, pair)
            return Traces(
                None if row is None else _profile(row),
                tuple(self.events_of(person)),
                *_merges_and_activations(db, person.ids),
            )

    def events_of(self, person: Person) -> list[StoredEvent]:
        """All events of a person, oldest first."""
        with _available():
            db = self._connected()
            return [
                StoredEvent(*row)._replace(public=bool(row[4]))
                for ids in _events_of(db, person, after=0, until=_mark(db).id)
                for row in db.execute(_EVENTS.format(ids=_listed(ids)))
            ]

    def erase_events_of(self, person: Person) -> Iterator[Sequence[LoggedAs]]:
        """Remove them, part by part, and what others are just writing."""
        with _available():
            db = self._connected()
            with transaction(db):  # waits for those
                mark = _mark(db)
            for ids in _events_of(db, person, after=0, until=mark.id):
                yield [LoggedAs(*row) for row in db.execute(_LOGGED.format(ids=_listed(ids)))]
                _remove_events(db, ids, mark)
            _empty_write_ahead_log(db)

    def erase(self, instance: str, pair: Pair) -> Removed:
        """Remove all that is kept of a person, also what comes in for them meanwhile."""
        with _available():
            db = self._connected()
            person, position, removed = _person(db, instance, pair), 0, Removed()
            while True:
                mark = _mark(db)
                for ids in _events_of(db, person, after=position, until=mark.id - 1):
                    removed += _remove_events(db, ids, mark)
                position = mark.id - 1
                with transaction(db):
                    known, person = person, _person(db, instance, pair)
                    if person != known or not _is_there(db, mark):
                        position = 0
                    elif _mark(db).id - position <= _TAIL:
                        removed += _remove_rest(db, person, after=position)
                        break
            _empty_write_ahead_log(db)
        return removed

    def purge_log(self, before: int) -> Iterator[Removed]:
        """Remove what was logged before that time, in small batches."""
        with _available():
            db, position = self._connected(), 0
            while True:
                with transaction(db):
                    last, count = db.execute(_OLD_EVENTS, (position, _ROWS_REMOVED)).fetchone()
                    if not count:
                        break
                    removed = db.execute(
                        "DELETE FROM events WHERE id > ? AND id <= ? AND received < ?", (position, last, before)
                    ).rowcount
                if not removed:
                    break
                position = last
                yield Removed(events=removed)
            yield from _purge_small_tables(db, before)

    def purge_profiles(self, before: int) -> Iterator[Removed]:
        """Remove the profiles that no event has changed since, in small batches."""
        with _available():
            db, position = self._connected(), 0
            last = db.execute("SELECT coalesce(max(id), 0) FROM profiles").fetchone()[0]
            while position < last:
                until = min(position + _ROWS_REMOVED, last)
                if db.execute(_OLD_PROFILES, (position, until, before)).fetchone() is not None:
                    with transaction(db):
                        count = _remove_old_profiles(
                            db, db.execute(_OLD_PROFILES, (position, until, before)).fetchall()
                        )
                    yield Removed(profiles=count)
                position = until

    def purge_strays(self) -> Iterator[Removed]:
        """There are none: a key value goes in one transaction with its profile."""
        return iter(())

    def _connected(self) -> sqlite3.Connection:
        if self._db is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._path.touch(mode=0o600)
            db = sqlite3.connect(self._path, timeout=_BUSY_TIMEOUT, isolation_level=None)
            prepare(db)
            db.execute("PRAGMA synchronous = NORMAL")  # what a crash brings back is removed again
            db.execute(f"PRAGMA wal_autocheckpoint = {_CHECKPOINT_PAGES}")
            self._db = db
        return self._db


@contextmanager
def _available() -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise StoreUnavailable(str(error)) from error


def _profile(row: tuple[Any, ...]) -> StoredProfile:
    _, created, updated, body = row
    document = json_text.load(body)
    return StoredProfile(created, updated, document["k"], document["s"])


def _person(db: sqlite3.Connection, instance: str, pair: Pair) -> Person:
    row = db.execute(_FIND, (key_ref(instance, pair),)).fetchone()
    if row is None:
        return Person(instance, frozenset({pair}))
    ids = tuple(number for (number,) in db.execute(_MERGED, (row[0],)))
    return Person(instance, frozenset(pairs_of(json_text.load(row[3])["k"])) | {pair}, row[0], ids)


class _Mark(NamedTuple):
    """The newest event of the log; as long as it is there, no event comes under an id below its own."""

    id: int
    uuid: bytes


def _mark(db: sqlite3.Connection) -> _Mark:
    return _Mark(*(db.execute(_LAST_EVENT).fetchone() or (0, b"")))


def _is_there(db: sqlite3.Connection, mark: _Mark) -> bool:
    return not mark.id or db.execute(_IS_THERE, mark).fetchone()[0] == 1


def _events_of(db: sqlite3.Connection, person: Person, *, after: int, until: int) -> Iterator[list[int]]:
    """The ids of the person's events in that range, part by part."""
    fragments = person.fragments()
    query = _EVENTS_OF.format(ids=_listed(person.ids), mentions=" OR ".join(["instr(body, ?)"] * len(fragments)))
    for start in range(after, until, _IDS_READ):
        parameters = (start, min(start + _IDS_READ, until), person.instance, *fragments)
        yield person.own(db.execute(query, parameters))


def _merges_and_activations(
    db: sqlite3.Connection, ids: Sequence[int]
) -> tuple[tuple[StoredMerge, ...], tuple[StoredActivation, ...]]:
    merges = db.execute(_MERGES.format(ids=_listed(ids)))
    activations = db.execute(_ACTIVATIONS.format(ids=_listed(ids)))
    return tuple(StoredMerge(*row) for row in merges), tuple(StoredActivation(*row) for row in activations)


def _remove_events(db: sqlite3.Connection, ids: Sequence[int], mark: _Mark) -> Removed:
    """Of those that were read when the mark was made, which is the last to go. Raises StoreUnavailable without it."""
    removed = 0
    for start in range(0, len(ids), _ROWS_REMOVED):
        with transaction(db):
            if not _is_there(db, mark):
                raise StoreUnavailable("the newest events were removed by somebody else meanwhile: try again")
            removed += _removed(db, "events", "id", ids[start : start + _ROWS_REMOVED])
    return Removed(events=removed)


def _remove_rest(db: sqlite3.Connection, person: Person, *, after: int) -> Removed:
    """Everything but the events until `after`, which are gone."""
    events = list(_events_of(db, person, after=after, until=_mark(db).id))
    _remove_keys(db, person.refs())
    return Removed(
        profiles=_remove_profiles(db, person.ids),
        events=sum(_removed(db, "events", "id", ids) for ids in events),
        merges=_removed(db, "identity_log", "winner", person.ids),
        activations=_removed(db, "activations", "profile", person.ids),
    )


def _removed(db: sqlite3.Connection, table: str, column: str, values: Sequence[int]) -> int:
    return db.execute(_REMOVE.format(table=table, column=column, ids=_listed(values))).rowcount


def _remove_keys(db: sqlite3.Connection, refs: Sequence[str]) -> None:
    db.executemany("DELETE FROM profile_keys WHERE key = ?", [(ref,) for ref in refs])


def _remove_profiles(db: sqlite3.Connection, ids: Sequence[int]) -> int:
    removed = db.execute(_REMOVE_PROFILES.format(ids=_listed(ids))).rowcount
    return removed + db.execute(_BLANK_LAST_PROFILE.format(condition=f"id IN ({_listed(ids)})")).rowcount


def _remove_old_profiles(db: sqlite3.Connection, rows: Sequence[tuple[int, str, str]]) -> int:
    refs = [key_ref(instance, pair) for _, instance, body in rows for pair in pairs_of(json_text.load(body)["k"])]
    _remove_keys(db, refs)
    return _remove_profiles(db, [number for number, _, _ in rows])


def _purge_small_tables(db: sqlite3.Connection, before: int) -> Iterator[Removed]:
    for table, column in (("identity_log", "time"), ("activations", "created")):
        for count in _removed_in_parts(db, table, f"{column} < ?", before):
            yield Removed(merges=count) if table == "identity_log" else Removed(activations=count)
    for _ in _removed_in_parts(db, "profiles", _BUT_THE_LAST, before):
        yield Removed()
    with transaction(db):
        db.execute(_BLANK_LAST_PROFILE.format(condition=_MERGED_LONG_AGO), (before,))


def _removed_in_parts(db: sqlite3.Connection, table: str, condition: str, before: int) -> Iterator[int]:
    part = _OLD.format(table=table, condition=condition)
    while True:
        ids = [number for (number,) in db.execute(part, (before, _ROWS_REMOVED))]
        if not ids:
            return
        removal = _REMOVE_OLD.format(table=table, ids=_listed(ids), condition=condition)
        with transaction(db):
            count = db.execute(removal, (before,)).rowcount
        yield count


def _listed(ids: Sequence[int]) -> str:
    return ",".join(map(str, ids))


def _empty_write_ahead_log(db: sqlite3.Connection) -> None:
    """Raises StoreUnavailable when others leave no moment for it: under traffic one try may end in vain."""
    until = time.monotonic() + _EMPTYING_SECONDS
    while db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
        if time.monotonic() > until:
            raise StoreUnavailable("what was removed still stands in the write-ahead log, which is in use: try again")
