"""Columns as binary arrays arrive at the server as they were."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from personalization.stores.postgresql_arrays import Bigints, Blobs, Texts, Uuids, register
from tests.personalization.stores.places import server_connection

pytestmark = pytest.mark.postgresql

BIGINTS = st.integers(-(2**63), 2**63 - 1)
TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)))


@pytest.fixture(scope="module")
def db(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    with server_connection(database_url) as db:
        register(db)
        yield db


def returned(db: psycopg.Connection[Any], array: object) -> Any:
    """What the server makes of a parameter."""
    row = db.execute("SELECT %s", (array,)).fetchone()
    assert row is not None
    return row[0]


@given(numbers=st.lists(BIGINTS), texts=st.lists(TEXTS), blobs=st.lists(st.binary()))
@settings(max_examples=60, deadline=None)
def test_arrays__anything__arrives_as_it_was(
    db: psycopg.Connection[Any], numbers: list[int], texts: list[str], blobs: list[bytes]
) -> None:
    assert returned(db, Bigints(numbers)) == numbers
    assert returned(db, Texts(texts)) == texts
    assert returned(db, Blobs(blobs)) == blobs


@given(uuids=st.lists(st.uuids()))
@settings(max_examples=20, deadline=None)
def test_uuids__any__arrive_as_they_were(db: psycopg.Connection[Any], uuids: list[Any]) -> None:
    assert returned(db, Uuids(uuid.bytes for uuid in uuids)) == uuids
