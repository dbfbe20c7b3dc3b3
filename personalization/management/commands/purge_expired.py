"""Remove what is older than the settings keep it, and sessions of the console that are over."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from collections.abc import Iterator
from dataclasses import asdict
from time import perf_counter
from typing import Any

from django.conf import settings
from rich.console import Console
from rich.progress import track

from p13nadmin.api.old_sessions import remove_old_sessions
from p13nadmin.commands import ServiceCommand
from personalization.services import opened_records, purge_expired
from personalization.stores.records import Removed

_REST = 3.0  # so many times as long as a batch took, the store is left to the endpoint


class Command(ServiceCommand):
    help = "Remove events and profiles older than EVENT_RETENTION_DAYS and PROFILE_EXPIRY_DAYS; run it every day."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """How much of the time it may take."""
        parser.add_argument("--without-pauses", action="store_true", help="faster, while no events come")

    def handle(self, *args: Any, **options: Any) -> None:
        """Remove it, batch by batch, and print how much that was. Sessions go with or without an event store."""
        try:
            self._remove_events(paused=not options["without_pauses"])
        finally:
            if sessions := remove_old_sessions():
                self.say(f"sessions of the console that were over: {sessions}")

    def _remove_events(self, *, paused: bool) -> None:
        days = settings.EVENT_RETENTION_DAYS, settings.PROFILE_EXPIRY_DAYS
        removed = Removed()
        with opened_records(settings.EVENT_STORE) as records:
            batches = purge_expired(records=records, now=int(time.time()), retention_days=days[0], expiry_days=days[1])
            for batch in self._followed(_with_pauses(batches) if paused else batches):
                removed += batch
        self.say(f"events are kept {_words(days[0])}, profiles that no event changes {_words(days[1])}")
        self.stdout.write(", ".join(f"{what} {count}" for what, count in asdict(removed).items()))

    def _followed(self, batches: Iterator[Removed]) -> Iterator[Removed]:
        if not self.stderr.isatty():
            return batches
        console = Console(stderr=True)
        return iter(track(batches, description="Removing", console=console, transient=True))


def _with_pauses(batches: Iterator[Removed]) -> Iterator[Removed]:
    began = perf_counter()
    for batch in batches:
        yield batch
        time.sleep(_REST * (perf_counter() - began))
        began = perf_counter()


def _words(days: int) -> str:
    return f"{days} days" if days else "for ever"
