"""A limit on waiting for a server that neither answers nor goes away: stopped in its tracks, or behind a dead network.

The network is fine as long as the other machine's kernel confirms what it gets, so no socket option helps there,
and a thread that waits for a reply cannot look at a clock. So another thread looks, and ends the connection.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from math import inf

LOOK_INTERVAL = 0.2  # seconds
_IDLE_LOOKS = 50  # after so many the thread ends; it is started again when there is something to watch


class TimeLimit:
    """Watches what one thread waits for, one connection after the other."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._lock = threading.Lock()
        self._connection: socket.socket | None = None
        self._until = inf
        self._looks_left = 0  # of the thread that looks, 0 when there is none

    @contextmanager
    def over(self, descriptor: int, *, until: float) -> Iterator[None]:
        """The connection with this descriptor is waited for, until `time.monotonic()` says so.

        Then it is ended, which whoever waits sees as the server going away. Raises OSError when the process may open
        no more files, or start no more threads.
        """
        with socket.socket(fileno=os.dup(descriptor)) as connection:
            self._begin(connection, until)
            try:
                yield
            finally:
                with self._lock:
                    self._connection, self._until = None, inf

    def expire(self) -> None:
        """End what is waited for now, if anything is."""
        with self._lock:
            self._end()

    def _begin(self, connection: socket.socket, until: float) -> None:
        with self._lock:
            self._connection, self._until = connection, until
            is_looking, self._looks_left = self._looks_left > 0, _IDLE_LOOKS
        if not is_looking:
            self._start_looking()

    def _start_looking(self) -> None:
        try:
            threading.Thread(target=self._look, name=f"{self._name} limit", daemon=True).start()
        except RuntimeError as error:
            with self._lock:
                self._connection, self._until, self._looks_left = None, inf, 0
            raise OSError(str(error)) from error

    def _look(self) -> None:
        while True:
            time.sleep(LOOK_INTERVAL)
            with self._lock:
                if time.monotonic() >= self._until:
                    self._end()
                self._looks_left -= self._connection is None
                if not self._looks_left:
                    return

    def _end(self) -> None:
        connection, self._connection, self._until = self._connection, None, inf
        if connection is not None and connection.fileno() >= 0:
            _shut_down(connection)


def _shut_down(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:  # its other side was faster
        return
