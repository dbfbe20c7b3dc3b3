"""Fills a store with visitors that are known already, by SQL, in seconds for a million."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Any

import psycopg
import redis

from personalization.stores.locations import is_postgresql, sqlite_file, store_at
from personalization.stores.redis_layout import Layout, new_version
from personalization.stores.redis_url import redis_url

_TIME = 1_767_225_600
_AT_ONCE = 5_000


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
    elif is_postgresql(url):
        _postgresql(url, count, before, after)
    else:
        _redis(url, count, before, after)


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


def _redis(url: str, count: int, before: str, after: str) -> None:
    place = redis_url(url)
    assert place is not None
    layout = Layout(place.prefix, lambda slot: 0)
    with redis.Redis.from_url(url) as client:
        client.config_set("appendfsync", "no")
        for first in range(1, count + 1, _AT_ONCE):
            records: dict[str, str] = {}
            for number in range(first, min(first + _AT_ONCE, count + 1)):
                records[layout.claim(f"1/8/td_client_id/{number}")[1]] = str(number)
                head = f"{new_version().decode()} live {_TIME} {_TIME} 1/8 0"
                records[layout.profile(number)] = f"{head}\n{before}{number}{after}"
            client.mset(records)
        client.set(layout.id_counter, count + 1)
        client.config_set("appendfsync", "always")
