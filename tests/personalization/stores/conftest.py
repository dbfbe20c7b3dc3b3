"""Every store, for the tests that hold for all of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from personalization.stores.base import Store
from tests.personalization.stores.places import Place, a_database, emptied
from tests.personalization.stores.redis_places import forget
from tests.personalization.stores.redis_servers import SharedServers, shared_servers

SQL = ("sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql))
CLUSTER = pytest.param("redis-cluster", marks=pytest.mark.redis)
REDIS = (pytest.param("redis", marks=pytest.mark.redis), CLUSTER)


@pytest.fixture(scope="session")
def database_url() -> Iterator[str]:
    """A PostgreSQL database of this test process's own."""
    with a_database() as url:
        yield url


@pytest.fixture
def postgresql(database_url: str) -> Place:
    """An empty store on PostgreSQL."""
    return emptied(database_url)


@pytest.fixture(scope="session")
def redis_servers(tmp_path_factory: pytest.TempPathFactory) -> SharedServers:
    """The Redis server and the cluster of this test run."""
    return shared_servers(tmp_path_factory.getbasetemp())


@pytest.fixture(params=REDIS)
def redis_place(request: pytest.FixtureRequest, redis_servers: SharedServers) -> Iterator[Place]:
    """An empty store on one Redis server, and on a cluster."""
    place = _redis_place(request.param, redis_servers)
    yield place
    forget(place.url)


@pytest.fixture
def redis_cluster(redis_servers: SharedServers) -> Iterator[Place]:
    """An empty store on the cluster."""
    place = _redis_place("redis-cluster", redis_servers)
    yield place
    forget(place.url)


@pytest.fixture(params=SQL)
def sql_place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """An empty store of each kind that speaks SQL."""
    return _sql_place(request, tmp_path)


@pytest.fixture(params=[*SQL, *REDIS])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """An empty store of each kind."""
    yield from place_of(request, tmp_path)


def place_of(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """An empty store of the kind that the request names."""
    if request.param.startswith("redis"):
        place = _redis_place(request.param, request.getfixturevalue("redis_servers"))
        yield place
        forget(place.url)
    else:
        yield _sql_place(request, tmp_path)


def _redis_place(kind: str, servers: SharedServers) -> Place:
    server = servers.cluster if kind == "redis-cluster" else servers.server
    return Place(f"{server}/?prefix=test-{uuid4().hex}")


def _sql_place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    if request.param == "postgresql":
        return emptied(request.getfixturevalue("database_url"))
    return Place(f"sqlite:///{tmp_path}/events.sqlite3")


@pytest.fixture
def store(place: Place) -> Iterator[Store]:
    """The store, open."""
    store = place.store()
    store.open()
    yield store
    store.close()
