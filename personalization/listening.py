"""Being woken by the control database when something changed, where it can: PostgreSQL's LISTEN.

Polling goes on beside it, so nothing is lost with the connection, or behind a pooler that passes nothing on.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import Any

from psycopg import AsyncConnection, Error
from psycopg.conninfo import make_conninfo
from psycopg.sql import SQL, Identifier

from routing.services import CHANGES_CHANNEL

RETRY_INTERVAL = 5.0  # seconds
_CONNECT_TIMEOUT = 5

_log = logging.getLogger(__name__)


async def listen(database: Mapping[str, Any], wake: Callable[[], None]) -> None:
    """Call `wake` at each change, until cancelled. `database` is an entry of Django's DATABASES.

    Returns at once when it is not PostgreSQL.
    """
    while str(database["ENGINE"]).endswith("postgresql"):
        try:
            await _listen(database, wake)
        except Error as error:
            _log.info("not listening to the control database, which is polled all the same: %s", error)
        await asyncio.sleep(RETRY_INTERVAL)


async def _listen(database: Mapping[str, Any], wake: Callable[[], None]) -> None:
    names = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
    place = {name: database[setting] for name, setting in names.items() if database.get(setting)}
    options = {name: value for name, value in database.get("OPTIONS", {}).items() if isinstance(value, str)}
    conninfo = make_conninfo(**{"connect_timeout": _CONNECT_TIMEOUT} | options | place)
    connection = await AsyncConnection.connect(conninfo, autocommit=True)
    async with connection:
        await connection.execute(SQL("LISTEN {}").format(Identifier(CHANGES_CHANNEL)))
        wake()  # for what changed before
        async for _ in connection.notifies():
            wake()
