"""Looking through the PostgreSQL store's log, backwards and in parts."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from psycopg import sql

from personalization.stores.postgresql_schema import Database
from personalization.stores.records import EventQuery, FoundEvents, StoredEvent
from personalization.stores.searching import conditions, found_in, part_of_ids

_ENDS = "SELECT coalesce((SELECT min(id) FROM events), 1), coalesce((SELECT max(id) FROM events), 0) + 1"
_FROM = "SELECT id, received FROM events WHERE id >= %s ORDER BY id LIMIT 1"
# The sum keeps the server from the index of uuids, in whose order it would have to read the whole log.
_SEARCH = """
    SELECT events.id, "database", "table", time, received, public, uuid_send(uuid), body
    FROM events JOIN streams ON streams.id = events.stream + 0 WHERE {} ORDER BY events.id DESC LIMIT %s
"""


def search(db: Database, query: EventQuery) -> FoundEvents:
    """As Records says. Raises psycopg.Error."""

    def probe(number: int) -> Any:
        return db.execute(_FROM, (number,)).fetchone()

    ends = db.execute(_ENDS).fetchone()
    assert ends is not None
    low, high = ends
    ids = part_of_ids(query, low=low, high=high, probe=probe)
    wanted = conditions(query, place="%s", mention="strpos(body, ?) > 0", ids=ids)
    parameters = [UUID(bytes=each) if isinstance(each, bytes) else each for each in wanted.parameters]
    statement = sql.SQL(_SEARCH).format(sql.SQL(wanted.text))
    rows = db.execute(statement, (*parameters, query.most), prepare=False)
    return found_in(query, ids, [(row[0], StoredEvent(*row[1:])) for row in rows], low=low, probe=probe)
