"""People in an event store of each kind, of instance 1/8, whose live configuration is the rig's."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from personalization.arrivals import Arrival
from provisioning.services import upload_configuration
from routing.models import Instance
from routing.services import change_destinations
from tests.commands.conftest import file, run
from tests.personalization.rig import CONFIGURATION
from tests.personalization.stores.conftest import database_url
from tests.personalization.stores.places import Place, emptied
from tests.world import ACTOR, an_instance

__all__ = ["database_url", "file", "run"]

Commit = Callable[..., None]


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """An empty store on SQLite and on PostgreSQL."""
    if request.param == "postgresql":
        return emptied(request.getfixturevalue("database_url"))
    return Place(f"sqlite:///{tmp_path}/events.sqlite3")


@pytest.fixture
def commit(place: Place, settings: Settings) -> Commit:
    """Store events as the endpoint does."""
    settings.EVENT_STORE = place.url

    def commit(*arrivals: Arrival) -> None:
        store = place.store()
        store.open()
        store.commit(arrivals)
        store.close()

    return commit


@pytest.fixture
def customer(db: None) -> Instance:
    """Instance 1/8 with the configuration live."""
    instance = an_instance()
    change_destinations(instance=instance, actor=ACTOR, add=[("your_database", "pageviews")])
    upload_configuration(instance=instance, text=CONFIGURATION + "tokens: []\n", actor=ACTOR, push=True)
    return instance
