"""From the setting EVENT_STORE to a store."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote, urlsplit

import psycopg
from psycopg.conninfo import conninfo_to_dict

from personalization.batch import BatchMaker
from personalization.stores.base import Store
from personalization.stores.postgresql import PostgresqlStore
from personalization.stores.postgresql_records import PostgresqlRecords
from personalization.stores.records import Archive, Records
from personalization.stores.redis import RedisStore
from personalization.stores.redis_records import RedisRecords
from personalization.stores.redis_url import redis_url
from personalization.stores.sqlite import SqliteStore
from personalization.stores.sqlite_records import SqliteRecords

_SERVER_SCHEMES = ("postgres", "postgresql")
_KNOWN = (
    "EVENT_STORE must have the form sqlite:///path/to/events.sqlite3, postgres://user:password@host/database,"
    " redis://user:password@host:6379/0 or redis+cluster://user:password@host:6379,host:6380"
)


class UnknownStore(ValueError):
    """EVENT_STORE names no store that there is; the text says what can be named, and quotes nothing."""


def store_at(url: str) -> Store:
    """The store that a URL names; nothing is opened yet. Raises UnknownStore.

    `sqlite:///relative/file`, `sqlite:////absolute/file`, `postgres://user:password@host:5432/database`,
    `redis://host:6379` or `redis+cluster://host:7000,host:7001` (see redis_url.py).
    """
    file = sqlite_file(url)
    if file is not None:
        return SqliteStore(file)
    if is_postgresql(url):
        return PostgresqlStore(url)
    redis = redis_url(url)
    if redis is not None:
        return RedisStore(redis)
    raise UnknownStore(_KNOWN)


def store_working_with(url: str, batch: BatchMaker) -> Store:
    """The store that a URL names, whose groups `batch` works out. Raises UnknownStore."""
    file = sqlite_file(url)
    if file is not None:
        return SqliteStore(file, batch)
    if is_postgresql(url):
        return PostgresqlStore(url, batch)
    redis = redis_url(url)
    if redis is not None:
        return RedisStore(redis, batch)
    raise UnknownStore(_KNOWN)


def records_at(url: str, warehouse: str = "") -> Records:
    """The records of the store that a URL names; nothing is opened yet. Raises UnknownStore.

    `warehouse`: where the events of a store on Redis are moved to.
    """
    file = sqlite_file(url)
    if file is not None:
        return SqliteRecords(file)
    if is_postgresql(url):
        return PostgresqlRecords(url)
    redis = redis_url(url)
    if redis is not None:
        return RedisRecords(redis, _archive_at(warehouse) if warehouse else None)
    raise UnknownStore(_KNOWN)


def _archive_at(url: str) -> Archive:
    file = sqlite_file(url)
    if file is not None:
        return SqliteRecords(file)
    if is_postgresql(url):
        return PostgresqlRecords(url)
    raise UnknownStore("EVENT_WAREHOUSE must name a SQLite file or a PostgreSQL database")


def sqlite_file(url: str) -> Path | None:
    """The file that a URL names, None when it names no SQLite file."""
    if not url.startswith("sqlite:"):
        return None
    parts = urlsplit(url)
    path = unquote(parts.path).removeprefix("/")
    return Path(path) if path and not parts.netloc else None


def is_postgresql(url: str) -> bool:
    """Whether the PostgreSQL client can read it, and it names a database."""
    if not url.startswith(tuple(f"{scheme}://" for scheme in _SERVER_SCHEMES)):
        return False
    try:
        parts = conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        return False
    ports = str(parts.get("port", "")).split(",")
    return bool(parts.get("dbname")) and all(not port or port.isdecimal() for port in ports)
