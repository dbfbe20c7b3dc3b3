"""Two customers alike, whom the matrices of roles and keys are about."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from tests.security.role_world import World, customer, plant_events


@pytest.fixture
def world(settings: Settings, tmp_path: Path) -> World:
    """Account 1, of which everything is called CALLED1, and account 2 alike, each with an event of the same visitor."""
    settings.EVENT_STORE = f"sqlite:///{tmp_path}/events.sqlite3"
    plant_events(settings.EVENT_STORE)
    return {number: customer(number, f"CALLED{number}") for number in (1, 2)}


@pytest.fixture
def quiet() -> Iterator[None]:
    """Each refused page would be logged with where it was refused."""
    logging.disable(logging.WARNING)
    yield
    logging.disable(logging.NOTSET)
