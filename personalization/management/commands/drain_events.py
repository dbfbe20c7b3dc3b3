"""Move the events of a Redis store to the warehouse."""

from __future__ import annotations

import signal
import threading
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError

from p13nadmin.api.error_body import without_secrets
from p13nadmin.commands import ServiceCommand, printable
from personalization.draining import drain, drain_all
from personalization.stores.base import StoreUnavailable
from personalization.stores.redis_log import RedisLog
from personalization.stores.redis_url import redis_url
from personalization.warehouse import UnknownWarehouse, Warehouse, warehouse_at

_IDLE_SECONDS = 0.5  # until the log is looked at again when it was empty
_AWAY_SECONDS = 2.0  # until a store or warehouse that was away is tried again
_REPORT_SECONDS = 10.0


class Command(ServiceCommand):
    help = "Move the events of a Redis store to EVENT_WAREHOUSE, where they stay; several may run at once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """How long to go on."""
        parser.add_argument("--once", action="store_true", help="end when all that is in the log now has been moved")

    def handle(self, *args: Any, **options: Any) -> None:
        """Move them; goes on until SIGTERM or SIGINT without `--once`."""
        self._moved, self._reported_at = 0, time.monotonic()
        log, warehouse = _log(), _warehouse()
        if options["once"]:
            self._drain_once(log, warehouse)
        else:
            self._drain_on(log, warehouse)
        self.stdout.write(f"moved {self._moved}")

    def _drain_once(self, log: RedisLog, warehouse: Warehouse) -> None:
        try:
            with _opened(log, warehouse):
                for moved in drain_all(log, warehouse):
                    self._note(moved)
                    if not moved:
                        time.sleep(_IDLE_SECONDS)
        except StoreUnavailable as error:
            raise CommandError(f"moved {self._moved}, then: {_reason(error)}") from error

    def _drain_on(self, log: RedisLog, warehouse: Warehouse) -> None:
        with _stopped_gently() as stop:
            while not stop.is_set():
                try:
                    with _opened(log, warehouse):
                        while not stop.is_set():
                            moved = drain(log, warehouse)
                            self._note(moved)
                            if not moved:
                                stop.wait(_IDLE_SECONDS)
                except StoreUnavailable as error:
                    self.say(f"{_reason(error)}; trying again")
                    stop.wait(_AWAY_SECONDS)

    def _note(self, moved: int) -> None:
        self._moved += moved
        if moved and time.monotonic() >= self._reported_at + _REPORT_SECONDS:
            self._reported_at = time.monotonic()
            self.say(f"{self._moved} events so far")


@contextmanager
def _opened(log: RedisLog, warehouse: Warehouse) -> Iterator[None]:
    try:
        log.open()
        warehouse.open()
        yield
    finally:
        warehouse.close()
        log.close()


@contextmanager
def _stopped_gently() -> Iterator[threading.Event]:
    """An event that is set by SIGTERM and SIGINT, while this lasts."""
    stop = threading.Event()
    signals = (signal.SIGTERM, signal.SIGINT)
    before = [signal.signal(each, lambda *_: stop.set()) for each in signals]
    try:
        yield stop
    finally:
        for each, action in zip(signals, before, strict=True):
            signal.signal(each, action)


def _reason(error: StoreUnavailable) -> str:
    return printable(without_secrets(str(error).strip()))


def _log() -> RedisLog:
    url = redis_url(settings.EVENT_STORE)
    if url is None:
        raise CommandError("EVENT_STORE is not on Redis: its events are where they stay already")
    return RedisLog(url)


def _warehouse() -> Warehouse:
    if not settings.EVENT_WAREHOUSE:
        raise CommandError("set EVENT_WAREHOUSE to where the events are to stay (see .env.example)")
    try:
        return warehouse_at(settings.EVENT_WAREHOUSE)
    except UnknownWarehouse as error:
        raise CommandError(str(error)) from error
