"""Every store, for the tests that hold for all of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from personalization.stores.base import Store
from tests.personalization.stores.places import Place, a_database, emptied


@pytest.fixture(scope="session")
def database_url() -> Iterator[str]:
    """A PostgreSQL database of this test process's own."""
    with a_database() as url:
        yield url


@pytest.fixture
def postgresql(database_url: str) -> Place:
    """An empty store on PostgreSQL."""
    return emptied(database_url)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """An empty store of each kind."""
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
