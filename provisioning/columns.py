"""Where the columns of the events that arrived lately are read.

The store of the events stands above this app, so its reader registers itself here when Django starts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from routing.models import Instance

Table = tuple[str, str]
Reader = Callable[[Instance, Sequence[Table]], Sequence[str]]
_readers: list[Reader] = []


def register_reader(reader: Reader) -> None:
    """Make `reader(instance, tables)` the one that is asked; it answers names of columns and never raises."""
    _readers[:] = [reader]


def columns_seen_lately(instance: Instance, tables: Sequence[Table]) -> list[str]:
    """The columns of the newest events of the instance's tables, (database, table); empty when nobody can tell."""
    return list(_readers[0](instance, tables)) if _readers else []
