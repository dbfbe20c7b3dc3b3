"""Keeping the SQLite store's write-ahead log short beside the commits, not between them.

A checkpoint copies the log's pages into the file. A thread with a connection of its own copies nearly all of them
while commits go on; the next commit then copies the few that came meanwhile, and the log begins anew.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Thread

LOG_PAGES = 16 * 1024  # 32 MiB: beyond, commits copy the log themselves, however long that takes
_EVENTS = 8_000  # from one checkpoint to the next: about 24 MiB of log when each changes another page
_ROUNDS = 3  # each copies what came during the one before
_FEW_PAGES = 200

_log = logging.getLogger(__name__)


class Checkpoints:
    """The checkpoints of one store; all is called by the thread that commits."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._events = 0
        self._thread: Thread | None = None

    def before_commit(self, db: sqlite3.Connection) -> None:
        """Copy what is left of the log, when nearly all is copied."""
        if self._thread is not None and not self._thread.is_alive():
            self._thread = None
            self._events = 0
            with _problems_noted():
                _copied(db)

    def after_commit(self, events: int) -> None:
        """Have the log copied, when enough has come together."""
        self._events += events
        if self._events >= _EVENTS and self._thread is None:
            self._thread = Thread(target=self._copy, name="checkpoint", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Wait for the end of what is under way."""
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _copy(self) -> None:
        with _problems_noted(), closing(sqlite3.connect(self._path, isolation_level=None)) as db:
            db.execute("PRAGMA synchronous = FULL")
            db.execute("PRAGMA user_version").fetchone()  # without it some releases of SQLite see no log yet
            known = 0
            for _ in range(_ROUNDS):
                known, before = _copied(db), known
                if known - before < _FEW_PAGES:
                    break


def _copied(db: sqlite3.Connection) -> int:
    """How many pages the log has; copies those that no reader needs there, or none while somebody else does it."""
    _, pages, _ = db.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
    return int(pages)


@contextmanager
def _problems_noted() -> Iterator[None]:
    """Where the file cannot be written now the log grows; when it cannot grow either, commits say so."""
    try:
        yield
    except sqlite3.OperationalError as error:
        _log.warning("the event store's write-ahead log could not be copied into the file: %s", error)
