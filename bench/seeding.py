"""Fills a store with visitors that are known already, by SQL, in seconds for a million."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Any

import psycopg

from personalization.stores.locations import sqlite_file, store_at

_TIME = 1_767_225_600


def seed(url: str, count: int, dump: Callable[[Any], str]) -> None:
    """Add the profiles of the visitors 1 to `count` of instance 1/8; the store is made when missing."""
    store = store_at(url)
    store.open()
    store.close()
    document = {"k": {"td_client_id": [["NUMBER", _TIME]]}, "s": {"preferences/list": [["cats", _TIME]]}}
    before, after = dump(document).split("NUMBER")
    file = sqlite_file(url)
    if file is not None:
        _sqlite(str(file), count, before, after)
    else:
        _postgresql(url, count, before, after)


def _sqlite(file: str, count: int, before: str, after: str) -> None:
    db = sqlite3.connect(file, isolation_level=None)
    db.execute("PRAGMA cache_size = -1048576")
    numbers = "WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < ?)"
    db.execute("BEGIN")
    db.execute(
        f"{numbers} INSERT INTO profiles (id, instance, created, updated, body)"
        " SELECT i, '1/8', ?, ?, ? || i || ? FROM n",
        (count, _TIME, _TIME, before, after),
    )
    db.execute(
        f"{numbers} INSERT INTO profile_keys (key, profile)"
        " SELECT '1/8/td_client_id/' || i, i FROM n ORDER BY '1/8/td_client_id/' || i",
        (count,),
    )
    db.execute("COMMIT")
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()


def _postgresql(url: str, count: int, before: str, after: str) -> None:
    with psycopg.connect(url, autocommit=True) as db:
        db.execute("SET search_path = personalization")
        db.execute("SELECT setval('profile_ids', %s)", (count + 65_536,))
        db.execute(
            "INSERT INTO profiles (id, instance, created, updated, body)"
            " SELECT i, '1/8', %s, %s, %s || i || %s FROM generate_series(1, %s) AS i",
            (_TIME, _TIME, before, after, count),
        )
        db.execute(
            "INSERT INTO profile_keys (key, profile)"
            " SELECT '1/8/td_client_id/' || i, i FROM generate_series(1, %s) AS i",
            (count,),
        )
        db.execute("VACUUM ANALYZE profiles")
        db.execute("VACUUM ANALYZE profile_keys")
