"""Fixtures that every app's tests share."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest
from django.apps import apps
from django.core.cache import cache
from django.db import connection
from django.db.backends.utils import CursorWrapper
from pytest_django import DjangoDbBlocker


@pytest.fixture(autouse=True)
def _fresh_cache() -> Iterator[None]:
    """Throttles count in the cache: each test starts from nothing."""
    cache.clear()
    yield
    cache.clear()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """The tests' database, in which no table's numbers begin at 1, and no two tables' at the same.

    So a test that takes a number for granted fails always, and not only after another one on the same database.
    """
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        for place, table in enumerate(sorted(model._meta.db_table for model in apps.get_models()), 1):
            if connection.vendor == "postgresql":
                _begin_on_postgresql(cursor, table, place * _APART)
            else:
                cursor.execute("DELETE FROM sqlite_sequence WHERE name = %s", [table])
                cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [table, place * _APART])


def _begin_on_postgresql(cursor: CursorWrapper, table: str, number: int) -> None:
    cursor.execute(
        "SELECT setval(pg_get_serial_sequence(%(table)s, 'id'), %(number)s) FROM information_schema.columns "
        "WHERE table_name = %(table)s AND column_name = 'id' AND is_identity = 'YES'",
        {"table": table, "number": number},
    )


_APART = 10_000
_OF_THE_DATABASE = {"db", "transactional_db", "django_db_reset_sequences", "live_server"}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: Sequence[pytest.Item]) -> None:
    """Mark what uses the control database: the rest is the same whichever database that is."""
    for item in items:
        fixtures = set(getattr(item, "fixturenames", ()))
        if fixtures & _OF_THE_DATABASE or item.get_closest_marker("django_db"):
            item.add_marker("control_database")
