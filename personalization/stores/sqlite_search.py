"""Looking through the SQLite store's log, backwards and in parts."""

from __future__ import annotations

import sqlite3
from typing import Any

from personalization.stores.records import EventQuery, FoundEvents, StoredEvent
from personalization.stores.searching import conditions, found_in, part_of_ids

_ENDS = "SELECT coalesce((SELECT min(id) FROM events), 1), coalesce((SELECT max(id) FROM events), 0) + 1"
_FROM = "SELECT id, received FROM events WHERE id >= ? ORDER BY id LIMIT 1"
_SEARCH = """
    SELECT events.id, "database", "table", time, received, public, uuid, body
    FROM events CROSS JOIN streams ON streams.id = +stream WHERE {conditions} ORDER BY events.id DESC LIMIT ?
"""


def search(db: sqlite3.Connection, query: EventQuery) -> FoundEvents:
    """As Records says. Raises sqlite3.Error."""
    low, high = db.execute(_ENDS).fetchone()

    def probe(number: int) -> Any:
        return db.execute(_FROM, (number,)).fetchone()

    ids = part_of_ids(query, low=low, high=high, probe=probe)
    wanted = conditions(query, place="?", mention="instr(body, ?) > 0", ids=ids)
    rows = db.execute(_SEARCH.format(conditions=wanted.text), (*wanted.parameters, query.most))
    events = [(row[0], StoredEvent(*row[1:])._replace(public=bool(row[5]))) for row in rows]
    return found_in(query, ids, events, low=low, probe=probe)
