"""People in an event store of each kind, of instance 1/8, whose live configuration is the rig's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from personalization.arrivals import Arrival
from provisioning.services import upload_configuration
from routing.models import Instance
from routing.services import change_destinations
from tests.commands.conftest import file, run
from tests.personalization.rig import CONFIGURATION
from tests.personalization.stores.conftest import CLUSTER, SQL, database_url, place_of, redis_cluster, redis_servers
from tests.personalization.stores.places import Place
from tests.world import ACTOR, an_instance

__all__ = ["database_url", "file", "redis_cluster", "redis_servers", "run"]

Commit = Callable[..., None]


@pytest.fixture(params=[*SQL, CLUSTER])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """An empty store on SQLite, on PostgreSQL and on a Redis cluster."""
    yield from place_of(request, tmp_path)


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
