"""The endpoint: `POST /{database}/{table}` and `POST /public/{database}/{table}` as a plain ASGI application."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from time import perf_counter
from time import time as wall_time
from typing import Protocol

from p13nadmin.api.client_address import Network
from personalization import cors, event_body, json_text, refusals
from personalization.admission import Admissions, Admitted, Headers, Target, check_content, target
from personalization.arrivals import Answer, Arrival, Failed, Outcome, Unavailable, UuidTaken
from personalization.committer import Committer
from personalization.deadlines import Deadlines
from personalization.engine import Row
from personalization.evaluation_errors import EvaluationErrors
from personalization.event_body import Disconnected, received
from personalization.identifiers import Identifiers
from personalization.metrics import Metrics
from personalization.rates import Rates
from personalization.refusals import Header, Refusal
from personalization.responses import Receive, Reply, Scope, Send, refused, send_reply
from personalization.snapshot import Snapshot, Token
from personalization.traffic_notes import LONGEST_FORWARDED, TrafficNotes, Why
from personalization.usage import RawCaller

_REMEMBERED = 1024  # headers of answers

_log = logging.getLogger(__name__)


class Snapshots(Protocol):
    """Where the current snapshot is found."""

    @property
    def current(self) -> Snapshot | None: ...

    def age(self, now: float) -> float: ...


class Notes(Protocol):
    """Where the last use of tokens and keys is noted."""

    def note(self, *, token: int, key: int, now: float, caller: RawCaller) -> None: ...


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds, and who may say whom a request comes from."""

    body_deadline: float = 10.0
    snapshot_max_age: float = 24 * 3600.0
    trusted_proxies: tuple[Network, ...] = ()


class Endpoint:
    """Takes events. `application` is called with an ASGI scope of the type `http`."""

    def __init__(
        self,
        *,
        snapshots: Snapshots,
        committer: Committer,
        usage: Notes,
        limits: Limits,
        errors: EvaluationErrors,
        metrics: Metrics,
        traffic: TrafficNotes,
        clock: Callable[[], float] = wall_time,
    ) -> None:
        self._snapshots = snapshots
        self._committer = committer
        self._usage = usage
        self._limits = limits
        self._errors = errors
        self._metrics = metrics
        self._traffic = traffic
        self._clock = clock
        self._deadlines = Deadlines(limits.body_deadline)
        self._rates = Rates()
        self._admissions = Admissions(limits.trusted_proxies)
        self._identifiers = Identifiers()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        began = perf_counter()
        now = self._clock()
        request = _Request(scope, receive, now, self._identifiers.fresh(now))
        why: Why | None = None
        try:
            reply = await self._reply(request)
        except Disconnected:
            return
        except Refusal as refusal:
            reply, why = refused(refusal), Why(refusal.code, refusal.message)
        except Exception:
            _log.exception("request %s failed", request.id_text)
            broken = refusals.broken()
            reply, why = refused(broken), Why(broken.code, broken.message)
        if request.path.startswith("/public/"):
            reply = cors.with_headers(reply, request.headers, self._snapshots.current, now)
        await send_reply(send, reply, request_id=request.id_text)
        self._note(request, reply, why, perf_counter() - began)

    def _note(self, request: _Request, reply: Reply, why: Why | None, seconds: float) -> None:
        if why is None:
            self._metrics.note_request(reply.status, reply.status, seconds)
            self._traffic.answered(request, seconds)
        else:
            self._metrics.note_request(reply.status, why.code, seconds)
            self._traffic.refused(request, why, self._snapshots.current, seconds)

    async def _reply(self, request: _Request) -> Reply:
        snapshot = self._snapshots.current
        place = request.place = target(request.path)
        if request.method != "POST":
            return cors.other_method(request.method, request.headers, place, snapshot, request.now)
        check_content(request.headers)
        if snapshot is None or self._snapshots.age(request.now) > self._limits.snapshot_max_age:
            raise refusals.unavailable()
        admitted = self._admit(request, place, snapshot)
        body = await received(request.receive, self._deadlines)
        arrival = _arrival(request, place, admitted, body)
        return self._answered(request, arrival, await self._committer.submit(arrival))

    def _admit(self, request: _Request, place: Target, snapshot: Snapshot) -> Admitted:
        now = request.now
        admitted = self._admissions.admit(snapshot, request.headers, peer=request.peer, public=place.public, now=now)
        request.token = admitted.token
        wait = 1 if self._committer.is_full else self._rates.wait(admitted.token, admitted.address, now)
        if wait:
            raise refusals.too_many(wait)
        self._usage.note(token=admitted.token.id, key=admitted.key.id, now=now, caller=self._caller(request, place))
        return admitted

    def _caller(self, request: _Request, place: Target) -> RawCaller:
        """What is known of who is asking, unread: a page's visitors are people, so only its origin is noted."""
        if place.public:
            return request.headers.get(b"origin", b""), "", b""
        forwarded = request.headers.get(b"x-forwarded-for", b"") if self._limits.trusted_proxies else b""
        if len(forwarded) > LONGEST_FORWARDED:  # proxies wrote its right end; the entry that is cut goes
            forwarded = forwarded[-LONGEST_FORWARDED:].partition(b",")[2]
        return b"", request.peer, forwarded

    def _answered(self, request: _Request, arrival: Arrival, outcome: Outcome) -> Reply:
        if isinstance(outcome, Answer):
            if outcome.errors:
                request.failed = True
                self._errors.note(arrival.live, outcome.errors, request.now)
            request.reason = outcome.reason
            headers = _answer_headers(arrival.live.version, outcome.reason)
            return Reply(200, json_text.dump_answer({"offers": outcome.offers}), headers)
        raise _refusal(outcome, request)


class _Request:
    """One request under way."""

    __slots__ = (
        "failed",
        "headers",
        "id",
        "id_text",
        "method",
        "now",
        "path",
        "peer",
        "place",
        "reason",
        "receive",
        "token",
    )

    def __init__(self, scope: Scope, receive: Receive, now: float, identifier: bytes) -> None:
        self.method: str = scope["method"]
        self.path = path_of(scope)
        self.headers = headers_of(scope["headers"])
        self.peer: str = scope["client"][0] if scope.get("client") else ""
        self.receive = receive
        self.now = now
        self.token: Token | None = None  # once it is admitted
        self.place: Target | None = None
        self.reason = ""
        self.failed = False
        self.id = identifier
        self.id_text = identifier.hex()


def path_of(scope: Scope) -> str:
    """The path as it was sent, percent signs and all: an escaped letter is not the letter."""
    raw: bytes | None = scope.get("raw_path")
    if raw is None:
        return str(scope["path"])
    return (raw.partition(b"?")[0] if b"?" in raw else raw).decode("latin-1")


def headers_of(pairs: list[tuple[bytes, bytes]]) -> Headers:
    """The headers by name; one that came twice is joined as HTTP says, and then has no valid form."""
    headers = dict(pairs)
    if len(headers) == len(pairs):
        return headers
    joined: dict[bytes, bytes] = {}
    for name, value in pairs:
        joined[name] = joined[name] + b", " + value if name in joined else value
    return joined


def _arrival(request: _Request, place: Target, admitted: Admitted, body: bytes) -> Arrival:
    fields = event_body.parse(body)
    now = int(request.now)
    time = event_body.time_of(fields, now)
    given = event_body.uuid_of(fields)
    fields.setdefault("time", time)
    if given is None:
        fields["uuid"] = request.id_text
    row = Row(place.database, place.table, fields, min(time, now), now, place.public)
    text = json_text.escape(body.decode())
    return Arrival(admitted.token.live, row, given or request.id, given is not None, text, sha256(body).digest())


@lru_cache(_REMEMBERED)
def _answer_headers(version: int | None, reason: str) -> tuple[Header, ...]:
    headers: tuple[Header, ...] = () if version is None else ((b"x-p13n-version", str(version).encode()),)
    return (*headers, (b"x-p13n-reason", reason.encode())) if reason else headers


def _refusal(outcome: Outcome, request: _Request) -> Refusal:
    if isinstance(outcome, UuidTaken):
        return refusals.bad_body("Another event with this `uuid` is stored already; give each event its own.")
    if isinstance(outcome, Unavailable):
        return refusals.unavailable()
    if isinstance(outcome, Failed):
        _log.error("request %s failed", request.id_text, exc_info=outcome.problem)
    return refusals.broken()
