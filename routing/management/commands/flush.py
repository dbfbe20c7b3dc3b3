"""Empty the whole control database, as Django's own command does, history included."""

from __future__ import annotations

from typing import Any

from django.core.management.commands import flush
from django.db import connections, transaction

_GUARD = "SELECT sql FROM sqlite_master WHERE type = 'trigger' AND name = 'history_stays'"


class Command(flush.Command):
    """On SQLite emptying is deleting rows, which the database refuses for history: the guard steps aside meanwhile.

    PostgreSQL empties tables without looking at rows.
    """

    def handle(self, **options: Any) -> None:
        """Empty it; nothing happens without all of it. Raises CommandError."""
        connection = connections[options["database"]]
        if connection.vendor != "sqlite":
            super().handle(**options)
            return
        with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
            guard = cursor.execute(_GUARD).fetchone()
            if guard is not None:
                cursor.execute("DROP TRIGGER history_stays")
            super().handle(**options)
            if guard is not None:
                cursor.execute(guard[0])
