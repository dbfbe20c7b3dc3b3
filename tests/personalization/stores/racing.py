"""Several processes at one store at once, as threads with a store each."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from personalization.arrivals import Answer, Arrival
from tests.personalization.stores.places import Place


def in_threads(jobs: Sequence[Callable[[], object]]) -> None:
    """Run all at once; the first problem is raised."""
    together = threading.Barrier(len(jobs))

    def run(job: Callable[[], object]) -> None:
        together.wait(30)
        job()

    with ThreadPoolExecutor(len(jobs)) as pool:
        for future in [pool.submit(run, job) for job in jobs]:
            future.result(120)


def committing(place: Place, groups: Sequence[Sequence[Arrival]]) -> Callable[[], None]:
    """What one process does: commit these groups, one after the other; what was not taken comes again."""

    def run() -> None:
        store = place.store()
        store.open()
        for group in groups:
            left = list(group)
            while left:
                outcomes = store.commit(left)
                left = [one for one, outcome in zip(left, outcomes, strict=True) if not isinstance(outcome, Answer)]
        store.close()

    return run
