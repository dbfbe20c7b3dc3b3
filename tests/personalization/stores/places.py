"""Where the stores under test keep things, and a look at what they keep, the same for each kind."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql

from personalization.stores.base import Store
from personalization.stores.locations import store_at
from tests.personalization.stores.redis_places import redis_rows

SERVER = os.environ.get("TEST_DATABASE_URL") or "postgres://postgres@127.0.0.1:5432/test"


@dataclass(frozen=True)
class Place:
    """One event store. `rows` takes SQL that all kinds understand."""

    url: str

    def store(self) -> Store:
        """A new store object there: another process's, as it were."""
        return store_at(self.url)

    def rows(self, query: str) -> list[Any]:
        """What is stored; uuids as bytes."""
        if self.url.startswith("sqlite"):
            with closing(sqlite3.connect(Path(urlsplit(self.url).path[1:]))) as db:
                return db.execute(query).fetchall()
        if self.url.startswith("redis"):
            return redis_rows(self.url, query)
        with server_connection(self.url) as db:
            db.execute("SET search_path = personalization")
            return [tuple(map(_plain, row)) for row in db.execute(query)]

    def profiles(self) -> dict[str, Any]:
        """The documents that are stored, by the visitor's latest id."""
        documents = [json.loads(body) for (body,) in self.rows("SELECT body FROM profiles WHERE body IS NOT NULL")]
        return {document["k"]["td_client_id"][-1][0]: document for document in documents}

    def count(self, table: str) -> int:
        """How many rows a table has."""
        return int(self.rows(f"SELECT count(*) FROM {table}")[0][0])


def _plain(value: Any) -> Any:
    return getattr(value, "bytes", value)


@contextmanager
def server_connection(url: str = SERVER) -> Iterator[psycopg.Connection[Any]]:
    """A connection that commits at once."""
    with closing(psycopg.connect(url, autocommit=True, connect_timeout=5)) as db:
        yield db


@contextmanager
def a_database() -> Iterator[str]:
    """The URL of a new database on the test server, which is dropped in the end. Skips where there is no server."""
    name = f"p13n_test_{uuid4().hex}"
    _on_server("CREATE DATABASE {}", name)
    try:
        yield urlunsplit(urlsplit(SERVER)._replace(path=f"/{name}"))
    finally:
        _on_server("DROP DATABASE {} WITH (FORCE)", name)


def _on_server(statement: str, name: str) -> None:
    try:
        with server_connection() as db:
            db.execute(sql.SQL(statement).format(sql.Identifier(name)))
    except psycopg.OperationalError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"no PostgreSQL server: {error}")


def emptied(url: str) -> Place:
    """The store of a database, without anything in it."""
    with server_connection(url) as db:
        db.execute("DROP SCHEMA IF EXISTS personalization CASCADE")
    return Place(url)


def backends(db: psycopg.Connection[Any]) -> list[int]:
    """The server's process ids of all others that use the same database."""
    found = db.execute(
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        " AND backend_type = 'client backend'"
    )
    return [pid for (pid,) in found]
