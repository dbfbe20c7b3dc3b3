"""What the endpoint would answer to a call: its own code from the first check to the answer, with nothing stored.

The snapshot and the profiles are those given; an event meets profiles that live in memory as long as the rehearsal.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from time import time as wall_time
from typing import Any

from p13nadmin.api.client_address import Network
from personalization.arrivals import Answer, Arrival, Outcome
from personalization.committer import Committer
from personalization.engine import RuleError
from personalization.evaluation_errors import EvaluationErrors
from personalization.explanation import Explanation
from personalization.http import Endpoint, Limits
from personalization.live import LiveInstance
from personalization.memory_profiles import MemoryProfiles
from personalization.metrics import Metrics
from personalization.profile import Profile
from personalization.refusals import Header
from personalization.snapshot import Snapshot
from personalization.traffic_notes import TrafficNotes
from personalization.usage import RawCaller


@dataclass(frozen=True, slots=True)
class Call:
    """A call as it arrives: the path as sent, without the query; the names of headers in lower case.

    `peer` is the address that it comes from, empty when that is not known.
    """

    method: str
    path: str = field(repr=False)
    headers: tuple[Header, ...] = field(repr=False)
    body: bytes = field(default=b"", repr=False)
    peer: str = ""


@dataclass(frozen=True, slots=True)
class Heard:
    """The answer to a call, as it leaves. `explanation` says why; None for a call that was turned away."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: str
    explanation: Explanation | None = None

    def header(self, name: str) -> str:
        """The header's value, empty when there is none; `name` in lower case."""
        return next((value for each, value in self.headers if each == name), "")


def rehearse(
    snapshot: Snapshot,
    calls: Sequence[Call],
    *,
    profiles: MemoryProfiles,
    given: Profile | None = None,
    trusted: Iterable[Network] = (),
    now: float | None = None,
) -> list[Heard]:
    """The answers to calls one after the other, at `now` (epoch seconds).

    `given` is the profile of the person that the first call speaks of; it is changed. Without it nobody is known.
    Call it outside of an event loop.
    """
    moment = wall_time() if now is None else now
    limits = Limits(trusted_proxies=tuple(trusted))
    return asyncio.run(_heard(snapshot, calls, _Store(profiles, given), limits, moment))


async def _heard(snapshot: Snapshot, calls: Sequence[Call], store: _Store, limits: Limits, now: float) -> list[Heard]:
    committer = Committer(store, queue_limit=1)
    endpoint = Endpoint(
        snapshots=_Fixed(snapshot),
        committer=committer,
        usage=_Unused(),
        limits=limits,
        errors=_Uncounted(),
        metrics=Metrics(),
        traffic=TrafficNotes(),
        clock=lambda: now,
    )
    await committer.start()
    try:
        return [await _asked(endpoint, call, store) for call in calls]
    finally:
        await committer.close()


async def _asked(endpoint: Endpoint, call: Call, store: _Store) -> Heard:
    store.explanation = None
    scope = {
        "type": "http",
        "method": call.method,
        "path": call.path,
        "raw_path": call.path.encode(),
        "headers": list(call.headers),
        "client": (call.peer, 0) if call.peer else None,
    }
    sent: list[Mapping[str, Any]] = []

    async def receive() -> Mapping[str, Any]:
        return {"type": "http.request", "body": call.body, "more_body": False}

    async def send(message: Mapping[str, Any]) -> None:
        sent.append(message)

    await endpoint(scope, receive, send)
    headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in sent[0]["headers"])
    return Heard(sent[0]["status"], headers, sent[1]["body"].decode(), store.explanation)


class _Store:
    """Keeps nothing but what the rehearsal needs."""

    def __init__(self, profiles: MemoryProfiles, given: Profile | None) -> None:
        self.explanation: Explanation | None = None  # of the last event
        self._profiles = profiles
        self._given = given

    def open(self) -> None:
        """There is nothing to open."""

    def commit(self, arrivals: Sequence[Arrival]) -> Sequence[Outcome]:
        """The outcomes, without any commit."""
        return [self._outcome(arrival) for arrival in arrivals]

    def _outcome(self, arrival: Arrival) -> Outcome:
        given, self._given = self._given, None
        outcome, explanation = self._profiles.take(arrival, given)
        self.explanation = explanation if isinstance(outcome, Answer) else None
        return outcome

    def close(self) -> None:
        """There is nothing to close."""


class _Fixed:
    """A snapshot that does not change or age."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.current: Snapshot | None = snapshot

    def age(self, now: float) -> float:
        """Always fresh."""
        return 0.0


class _Unused:
    """A rehearsal is no use of a token or a key."""

    def note(self, *, token: int, key: int, now: float, caller: RawCaller) -> None:
        """Forget it."""


class _Uncounted(EvaluationErrors):
    """A rehearsal's errors are in its explanation, and concern nobody else."""

    def note(self, live: LiveInstance, errors: Iterable[RuleError], now: float) -> None:
        """Forget them."""
