"""One Redis server as a store talks to it: a connection, pipelines of commands, and what became of each.

Commands are packed and replies parsed by hiredis; a pipeline is one write, and its replies are read later, so that
several servers can be at work at once.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from typing import Any, Protocol, cast

import hiredis
import redis
from redis.connection import Connection, SSLConnection

from personalization.stores.base import StoreUnavailable
from personalization.stores.redis_scripts import SCRIPTS
from personalization.stores.redis_url import Address, RedisUrl

Word = str | bytes | int
Words = tuple[Word, ...]

_CONNECT_SECONDS = 1.0
_REPLY_SECONDS = 3.0  # without a word; a server that takes longer is as good as away
_PROBE_SECONDS = 0.5
_AWAY_SECONDS = 1.0  # until a server that was away is tried again
_WAIT_MILLISECONDS = 1000  # for a replica to have what was written

_packed = cast(Callable[[Words], bytes], hiredis.pack_command)  # its own types know one word only
_log = logging.getLogger(__name__)


class _Wire(Protocol):
    """What is used of the client's connection, which has no types."""

    def connect(self) -> None: ...
    def disconnect(self) -> None: ...
    def can_read(self, timeout: float) -> bool: ...
    def send_packed_command(self, command: list[bytes], check_health: bool) -> None: ...
    def read_response(self, *, disconnect_on_error: bool) -> Any: ...


class Away(StoreUnavailable):
    """A server did not take a command, or did not say what became of it."""


class Refused(StoreUnavailable):
    """A server surely did not carry out a command; the text begins with its code: MOVED, CLUSTERDOWN."""


Reply = Any  # what the server answered, Away, or Refused


class RedisServer:
    """A connection to one server, which is made when it is needed; `replicas` is how many follow it."""

    def __init__(self, url: RedisUrl, address: Address) -> None:
        self.address = address
        self.replicas = 0
        self._url = url
        self._connection: _Wire | None = None
        self._sent: tuple[Sequence[Words], bool] = ((), False)
        self._away_until = 0.0
        self._is_away = False

    @property
    def name(self) -> str:
        """`host:port`."""
        return f"{self.address[0]}:{self.address[1]}"

    def close(self) -> None:
        """Disconnect. Closing what is not open does nothing."""
        if self._connection is not None:
            self._connection.disconnect()
            self._connection = None

    def send(self, commands: Sequence[Words], *, waits: bool = False) -> Away | None:
        """Send a pipeline; `receive` brings its replies. `waits`: they hold once a replica has what was written.

        Returns why nothing could be sent.
        """
        waits = waits and self.replicas > 0
        if self._is_away and time.monotonic() < self._away_until:
            return Away(f"{self.name} was away a moment ago")
        try:
            connection = self._connected()
            words = [*commands, ("WAIT", 1, _WAIT_MILLISECONDS)] if waits else commands
            connection.send_packed_command([b"".join(map(_packed, words))], check_health=False)
        except (redis.RedisError, OSError) as error:
            return self._lost(error)
        self._sent = (commands, waits)
        return None

    def receive(self) -> list[Reply]:
        """The replies to what was sent, in its order."""
        commands, waits = self._sent
        replies: list[Reply] = []
        try:
            replies += [self._reply() for _ in commands]
            if waits and self._reply() != 1:
                return [Away(f"no replica of {self.name} has what was written")] * len(commands)
        except (redis.RedisError, OSError) as error:
            replies += [self._lost(error)] * (len(commands) - len(replies))
            return [replies[-1]] * len(commands) if waits else replies
        return replies

    def ask(self, *words: Word) -> Any:
        """One command alone. Raises Away, and Refused."""
        problem = self.send([words])
        [reply] = [problem] if problem is not None else self.receive()
        if isinstance(reply, Away | Refused):
            raise reply
        return reply

    def load_scripts(self) -> Away | Refused | None:
        """Make the scripts known to the server; returns why that could not be."""
        try:
            for script in SCRIPTS:
                self.ask("SCRIPT", "LOAD", script.text)
        except (Away, Refused) as error:
            return error
        return None

    def _reply(self) -> Reply:
        connection = self._connection
        assert connection is not None
        try:
            return connection.read_response(disconnect_on_error=False)
        except (redis.ResponseError, redis.AuthenticationError, redis.BusyLoadingError) as error:
            return Refused(_with_code(error))

    def _connected(self) -> _Wire:
        connection = self._connection
        if connection is not None:
            try:
                connection.can_read(0)  # raises when the server has closed it meanwhile
            except (redis.RedisError, OSError):
                self.close()
                connection = None
        if connection is None:
            connection = self._connection = self._connect()
        return connection

    def _connect(self) -> _Wire:
        if self._is_away:
            self._probe()
        connection = self._new(_REPLY_SECONDS)
        connection.connect()
        self._is_away = False
        return connection

    def _probe(self) -> None:
        """See whether a server that was away answers again, without waiting long for it."""
        connection = self._new(_PROBE_SECONDS)
        try:
            connection.connect()
            connection.send_packed_command([_packed(("PING",))], check_health=False)
            connection.read_response(disconnect_on_error=False)
        finally:
            connection.disconnect()

    def _new(self, seconds: float) -> _Wire:
        host, port = self.address
        kind = SSLConnection if self._url.is_tls else Connection
        connecting = self._url.connecting | {
            "socket_connect_timeout": min(seconds, _CONNECT_SECONDS),
            "socket_timeout": seconds,
            "protocol": 2,
            "driver_info": None,
            "retry": redis.retry.Retry(redis.backoff.NoBackoff(), 0),
        }
        return cast(_Wire, kind(host=host, port=port, **connecting))

    def _lost(self, error: Exception) -> Away:
        self.close()
        if not self._is_away:
            _log.error("the Redis server %s is away: %s", self.name, error)
        self._is_away = True
        self._away_until = time.monotonic() + _AWAY_SECONDS
        return Away(f"{self.name}: {error}")


def _with_code(error: redis.RedisError) -> str:
    """The server's words with the code in front, which the client has cut off."""
    return f"{error.status_code or ''} {error}".strip()
