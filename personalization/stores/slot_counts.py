"""How many profiles hold values of an attribute, by where they are kept: read in bounded time, locking nothing."""

from __future__ import annotations

import sqlite3
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass

import psycopg

from p13nadmin.api.errors import Unavailable
from personalization import json_text
from personalization.stores.locations import is_postgresql, sqlite_file

_IDS_READ = 5_000  # in one statement
_CONNECT = 5  # seconds
_SQLITE = "SELECT {counts} FROM profiles WHERE id > ? AND id <= ? AND instance = ? AND body IS NOT NULL"
_POSTGRESQL = """
    SELECT {counts} FROM personalization.profiles WHERE id > %s AND id <= %s AND instance = %s AND body IS NOT NULL
"""


@dataclass(frozen=True, slots=True)
class SlotCounts:
    """Profiles by slot; `complete`: all were looked at before time was up."""

    profiles: Counter[str]
    complete: bool


def profiles_with(url: str, instance: str, slots: Sequence[str], *, seconds: float) -> SlotCounts | None:
    """How many profiles of the instance (its label) hold each slot. None for a store that cannot be asked.

    Raises Unavailable.
    """
    deadline = time.monotonic() + seconds
    # A key of a stored document with its colon: nothing inside a text looks like it, for quotes are escaped there.
    keys = [f"{json_text.dump(slot)}:" for slot in slots]
    file = sqlite_file(url)
    try:
        if file is not None:
            with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=_CONNECT)) as db:
                return _counted(slots, _in_sqlite(db, instance, keys), deadline)
        if is_postgresql(url):
            with closing(psycopg.connect(url, connect_timeout=_CONNECT, autocommit=True)) as server:
                return _counted(slots, _in_postgresql(server, instance, keys), deadline)
    except (sqlite3.Error, psycopg.Error) as error:
        raise Unavailable("The event store cannot be reached now; try again.") from error
    return None


def _counted(slots: Sequence[str], parts: Iterator[Sequence[int | None]], deadline: float) -> SlotCounts:
    counts: Counter[str] = Counter()
    for part in parts:
        counts.update({slot: number or 0 for slot, number in zip(slots, part, strict=True)})
        if time.monotonic() > deadline:
            return SlotCounts(counts, complete=False)
    return SlotCounts(counts, complete=True)


def _in_sqlite(db: sqlite3.Connection, instance: str, keys: Sequence[str]) -> Iterator[Sequence[int | None]]:
    query = _SQLITE.format(counts=", ".join(["sum(instr(body, ?) > 0)"] * len(keys)))
    last = db.execute("SELECT coalesce(max(id), 0) FROM profiles").fetchone()[0]
    for start in range(0, last, _IDS_READ):
        yield db.execute(query, (*keys, start, start + _IDS_READ, instance)).fetchone()


def _in_postgresql(
    db: psycopg.Connection[tuple[int | None, ...]], instance: str, keys: Sequence[str]
) -> Iterator[Sequence[int | None]]:
    query = _POSTGRESQL.format(counts=", ".join(["count(*) FILTER (WHERE position(%s in body) > 0)"] * len(keys)))
    found = db.execute("SELECT coalesce(max(id), 0) FROM personalization.profiles").fetchone()
    for start in range(0, (found[0] if found else 0) or 0, _IDS_READ):
        row = db.execute(query.encode(), (*keys, start, start + _IDS_READ, instance)).fetchone()
        yield row or [0] * len(keys)
