"""The store on a PostgreSQL server, which any number of processes on any number of machines may share.

A group is two journeys to the server: one locks and reads, one writes and commits. What two processes do to
one person at once is sorted out by locks on rows, and by trying again.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import errors

from personalization.arrivals import Arrival, Outcome
from personalization.batch import Batch, BatchMaker, Stream
from personalization.stores import postgresql_arrays
from personalization.stores.base import StoreUnavailable
from personalization.stores.postgresql_schema import PROFILE_IDS, Database, prepare_store
from personalization.stores.postgresql_statements import ProfileMoved, number_of_stream, read, write
from personalization.time_limits import TimeLimit

_ATTEMPTS = 8
_PAUSE = 0.002  # seconds before the second attempt, at most; twice that before the third, and so on
COMMIT_SECONDS = 5.0  # for a group, all attempts together; a server that takes longer is as good as away
_OPEN_SECONDS = 5.0  # to set up a connection, once there is one
_CONNECTION: dict[str, Any] = {
    "autocommit": True,
    "prepare_threshold": 0,
    "connect_timeout": 2,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}
_RACES = (errors.SerializationFailure, errors.DeadlockDetected, errors.UniqueViolation, ProfileMoved)
_AWAY = (psycopg.OperationalError, psycopg.InterfaceError, errors.ReadOnlySqlTransaction, ProfileMoved)


class PostgresqlStore:
    """Events and profiles in the schema `personalization` of a database. `batch` works a group out."""

    def __init__(self, url: str, batch: BatchMaker = Batch) -> None:
        self._url = url
        self._batch = batch
        self._db: Database | None = None
        self._limit = TimeLimit("event store")
        self._streams: dict[Stream, int] = {}  # of committed rows, which never change
        self._ids = range(0)  # for new profiles; no other process has them

    def open(self) -> None:
        """Connect, and create the tables when missing. Raises StoreUnavailable, and StoreRefused."""
        self._connected()

    def close(self) -> None:
        """Disconnect. Closing what is not open does nothing."""
        if self._db is not None:
            self._db.close()
            self._db = None
            self._streams.clear()

    def commit(self, arrivals: Sequence[Arrival]) -> Sequence[Outcome]:
        """Apply the arrivals in order in one transaction, on disk when this returns.

        Tries again what lost a race against another process, and what the server surely knows nothing of.
        Raises StoreUnavailable, also when the server is silent, and whatever one of the arrivals provokes; then
        nothing is stored.
        """
        until = time.monotonic() + COMMIT_SECONDS
        for attempt in range(_ATTEMPTS - 1):
            try:
                return self._commit(arrivals, until)
            except _RACES:
                time.sleep(random.uniform(0, _PAUSE * 2**attempt))  # noqa: S311 - no secret hangs on it
            except _NothingSent:
                if time.monotonic() >= until:
                    raise
        try:
            return self._commit(arrivals, until)
        except errors.UniqueViolation as error:
            raise NotUnique(error.diag.constraint_name) from None  # its own text quotes the value
        except _AWAY as error:
            raise StoreUnavailable(str(error)) from error

    def _commit(self, arrivals: Sequence[Arrival], until: float) -> Sequence[Outcome]:
        db = self._connected()
        batch = self._batch(arrivals)
        with _files_left(), self._limit.over(db.fileno(), until=until):
            try:
                with _nothing_written(db):
                    new_ids = self._take_ids(db, len(arrivals))
                    outcomes = self._run(db, batch, new_ids)
                write(db, batch, self._streams, new_ids=new_ids)
            except BaseException as error:
                self._clear_up(db)
                if isinstance(error, _AWAY) and not isinstance(error, _RACES):
                    raise StoreUnavailable(str(error)) from error
                raise
        return outcomes

    def _run(self, db: Database, batch: Batch, new_ids: range) -> list[Outcome]:
        for stream in batch.streams.difference(self._streams):
            self._streams[stream] = number_of_stream(db, stream)
        logged, found = read(db, batch, self._streams)
        return batch.run(logged=logged, found=found, next_id=new_ids.start)

    def _take_ids(self, db: Database, count: int) -> range:
        """So many ids, which are spent whatever becomes of the batch."""
        if len(self._ids) < count:
            row = db.execute("SELECT nextval('profile_ids')").fetchone()
            assert row is not None
            self._ids = range(row[0], row[0] + PROFILE_IDS)
        taken, self._ids = self._ids[:count], self._ids[count:]
        return taken

    def _clear_up(self, db: Database) -> None:
        """Leave no transaction behind, or no connection."""
        try:
            db.rollback()
        except (psycopg.Error, OSError):
            self.close()

    def _connected(self) -> Database:
        if self._db is not None and self._db.closed:
            self.close()
        if self._db is None:
            try:
                with _files_left():
                    self._db = _connect(self._url, self._limit)
            except psycopg.Error as error:
                raise StoreUnavailable(str(error)) from error
        return self._db


class NotUnique(Exception):
    """Something is stored already that a new event brings along; the text names the unique constraint."""

    def __init__(self, constraint: str | None) -> None:
        super().__init__(f"the unique constraint {constraint} stood against it")


class _NothingSent(StoreUnavailable):
    """The connection broke before anything was written."""


@contextmanager
def _files_left() -> Iterator[None]:
    """A process that may open no more files can neither connect nor wait for the server."""
    try:
        yield
    except OSError as error:
        raise StoreUnavailable(str(error)) from error


@contextmanager
def _nothing_written(db: Database) -> Iterator[None]:
    """If the connection breaks here, nothing has happened."""
    try:
        yield
    except (psycopg.OperationalError, psycopg.InterfaceError) as error:
        if db.broken:
            raise _NothingSent(str(error)) from error
        raise


def _connect(url: str, limit: TimeLimit) -> Database:
    db = psycopg.connect(url, **_CONNECTION)
    try:
        postgresql_arrays.register(db)
        with limit.over(db.fileno(), until=time.monotonic() + _OPEN_SECONDS):
            prepare_store(db)
    except BaseException:
        db.close()
        raise
    return db
