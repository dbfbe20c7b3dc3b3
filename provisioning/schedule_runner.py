"""Carries out planned pushes for as long as a process runs."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import DatabaseError, close_old_connections, connections
from django.utils import timezone

from p13nadmin.api.old_sessions import remove_old_sessions
from provisioning.models import ScheduledPush
from provisioning.schedules import Carried, next_due, run_due
from tokens.retirement import retire_unused
from tokens.retirement import told as told_of_retirement

INTERVAL = 5.0  # seconds between two looks, at most
_STOP_WITHIN = 10.0  # seconds that a push under way is waited for
_log = logging.getLogger(__name__)


def run_until(stop: threading.Event, say: Callable[[str], None]) -> None:
    """Carry out what becomes due until `stop` is set; a database that is away is asked again."""
    while not stop.is_set():
        close_old_connections()
        try:
            for line in carry_out():
                say(line)
            pause = _until_next()
        except DatabaseError as error:
            _log.error("what is due cannot be carried out now: %s", error)
            connections.close_all()
            pause = INTERVAL
        stop.wait(pause)
    connections.close_all()


def carry_out() -> Iterator[str]:
    """What is due now: planned pushes, and predecessors of rotations to revoke. A line for each.

    Sessions that are over are removed as well, without a word.
    """
    for carried in run_due():
        yield told(carried)
    for row in retire_unused():
        yield told_of_retirement(row)
    remove_old_sessions()


def told(carried: Carried) -> str:
    """What became of a planned push, as one line: `1/8 version 5: done`."""
    schedule = carried.schedule
    state = "done" if schedule.state == ScheduledPush.State.DONE else "held"
    why = f": {schedule.reason}" if schedule.reason else ""
    return f"{schedule.instance.label} version {schedule.version.number}: {state}{why}"


@contextmanager
def running() -> Iterator[None]:
    """Carry out planned pushes in a thread meanwhile."""
    stop = threading.Event()
    thread = threading.Thread(target=run_until, args=(stop, _log.info), name="planned-pushes", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(_STOP_WITHIN)


def _until_next() -> float:
    due = next_due()
    return INTERVAL if due is None else min(max((due - timezone.now()).total_seconds(), 0.0), INTERVAL)
