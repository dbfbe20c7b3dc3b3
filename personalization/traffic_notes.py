"""What a process counts of its requests, for the control database: at the cost of one dictionary entry each.

Only the loop's thread adds, and whoever writes takes what has come to rest: the dictionary before the one that is
added to. So there is no lock, and nothing is lost or counted twice.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Hashable
from dataclasses import dataclass, field
from ipaddress import ip_network
from typing import NamedTuple, Protocol

from p13nadmin.api.client_address import Network, client_address, read_address
from p13nadmin.api.error_body import without_secrets
from personalization.admission import Headers, Target
from personalization.metrics import SECONDS
from personalization.snapshot import Snapshot, Token
from tokens.header import read_key_header, read_token_header

MOST_KEYS = 20_000  # kinds of requests that are told apart while nothing can be written
MOST_NAMES = 50  # tables that an instance does not monitor, in an hour
MOST_ALIKE = 20  # rejections of an instance with one code that are kept of a minute
MOST_SAME = 5  # without an instance, with one code, account, origin and table: one busy page sends the same for ever
MOST_REJECTIONS = 200  # of a minute
MOST_OF_STRANGERS = 100  # of these without a token that is known: anybody can send them, in the name of any instance
MOST_WAITING = 2_000  # while nothing can be written
LONGEST_FORWARDED = 256  # bytes of X-Forwarded-For that are looked at: proxies wrote its right end
LONGEST_ORIGIN = 300

ANYWHERE = Target(False, "", "")
_NETWORK_BITS = {4: 24, 6: 48}
_PREFLIGHT = "A browser asked with OPTIONS whether its page may send events: no live public token lists its origin."


class Request(Protocol):
    """A request as the endpoint read it: as far as it came. `now` is epoch seconds."""

    method: str
    path: str
    headers: Headers
    peer: str
    now: float
    id_text: str
    token: Token | None
    place: Target | None
    reason: str
    failed: bool


class Why(NamedTuple):
    """What a refusal says; the exception itself would keep all that it passed through."""

    code: int
    message: str


class Kind(NamedTuple):
    """Requests that are counted together. `minute` is since 1970, `bound` a place in SECONDS or its length.

    `failed`: something in the configuration failed for them, whatever else came of it.
    """

    minute: int
    instance: int
    token: int
    place: Target
    code: int
    reason: str
    bound: int
    failed: bool = False


class Rejected(NamedTuple):
    """A request that was turned away; `instance` and `token` are 0 when they are not known."""

    at: float
    code: int
    instance: int
    account: int | None
    token: int
    token_hint: str
    place: Target
    origin: str
    address: str
    reason: str
    request_id: str
    is_preflight: bool = False


Counts = dict[tuple[int, int, int, Target, int, str, int, bool], int]  # by what Kind names


@dataclass(frozen=True, slots=True)
class Noted:
    """What was counted in some seconds."""

    counts: Counts = field(default_factory=dict)
    rejections: list[Rejected] = field(default_factory=list)


class _Sender(NamedTuple):
    instance: int
    account: int | None
    token: int
    hint: str


class TrafficNotes:
    """The notes of one process. `trusted` are the proxies that may say another address than theirs."""

    def __init__(self, trusted: tuple[Network, ...] = ()) -> None:
        self._trusted = trusted
        self._noted = Noted()
        self._resting = Noted()
        self._hour = 0
        self._names: dict[tuple[int, bool], set[Target]] = {}  # of this hour
        self._minute = 0
        self._alike: Counter[tuple[Hashable, int]] = Counter()  # rejections of this minute by whose they are, and code
        self._strangers = 0  # among them

    def answered(self, request: Request, seconds: float) -> None:
        """An event was taken."""
        token, place = request.token, request.place
        if token is None or place is None:  # a preflight
            return
        live = token.live
        bound = bisect_left(SECONDS, seconds)
        key = (int(request.now // 60), live.id, token.id, place, 200, request.reason, bound, request.failed)
        counts = self._noted.counts
        if key in counts:
            counts[key] += 1
        else:
            self._begin(Kind._make(key), is_known=_is_monitored(token, place))

    def refused(self, request: Request, why: Why, snapshot: Snapshot | None, seconds: float) -> None:
        """A request was turned away, or failed."""
        sender = _sender(request, snapshot)
        place = request.place or ANYWHERE
        is_known = request.token is not None and _is_monitored(request.token, place)
        if not is_known and _looks_secret(place):
            place = ANYWHERE
        if sender.instance:
            bound = bisect_left(SECONDS, seconds)
            kind = Kind(int(request.now // 60), sender.instance, sender.token, place, why.code, "", bound)
            self._begin(kind, is_known=is_known)
        origin = request.headers.get(b"origin", b"")
        whose = sender.instance or (sender.account, place, origin[:LONGEST_ORIGIN])
        if self._is_kept(whose, sender, why.code, int(request.now // 60)):
            self._noted.rejections.append(self._rejected(request, why, sender, place))

    def take(self) -> Noted:
        """What was counted until the last time that this was asked, some seconds ago: nobody adds to it any more."""
        rested, self._resting, self._noted = self._resting, self._noted, Noted()
        return rested

    def _begin(self, kind: Kind, *, is_known: bool) -> None:
        if not is_known and (_looks_secret(kind.place) or not self._may_name(kind)):
            kind = kind._replace(place=ANYWHERE)
        counts = self._noted.counts
        if kind not in counts and len(counts) >= MOST_KEYS:
            kind = kind._replace(minute=kind.minute - kind.minute % 60, token=0, place=ANYWHERE)
        counts[kind] = counts.get(kind, 0) + 1

    def _may_name(self, kind: Kind) -> bool:
        """Whether the table is one of the first of the hour: whoever sends may name as many as they like."""
        hour = kind.minute // 60
        if hour != self._hour:
            self._hour = hour
            self._names = {}
        names = self._names.setdefault((kind.instance, kind.code == 200), set())
        if kind.place not in names and len(names) < MOST_NAMES:
            names.add(kind.place)
        return kind.place in names

    def _is_kept(self, whose: Hashable, sender: _Sender, code: int, minute: int) -> bool:
        if minute != self._minute:
            self._minute = minute
            self._alike.clear()
            self._strangers = 0
        kind, is_stranger = (whose, code), not sender.token
        most = MOST_ALIKE if sender.instance else MOST_SAME
        if self._alike[kind] >= most or self._alike.total() >= MOST_REJECTIONS:
            return False
        if is_stranger and self._strangers >= MOST_OF_STRANGERS:
            return False
        self._alike[kind] += 1
        self._strangers += is_stranger
        return len(self._noted.rejections) < MOST_WAITING

    def _rejected(self, request: Request, why: Why, sender: _Sender, place: Target) -> Rejected:
        is_public = request.path.startswith("/public/")
        asked = is_public and request.place is not None and _is_preflight(request)
        return Rejected(
            at=request.now,
            code=why.code,
            instance=sender.instance,
            account=sender.account,
            token=sender.token,
            token_hint=sender.hint,
            place=place,
            origin=_shown(request.headers.get(b"origin", b"")),
            address=self._address(request, is_visitor=is_public),
            reason=_PREFLIGHT if asked else why.message,
            request_id=request.id_text,
            is_preflight=asked,
        )

    def _address(self, request: Request, *, is_visitor: bool) -> str:
        """The client's; of a visitor, who is a person, only the network."""
        forwarded = request.headers.get(b"x-forwarded-for", b"")
        if len(forwarded) > LONGEST_FORWARDED:  # the entry that is cut goes
            forwarded = forwarded[-LONGEST_FORWARDED:].partition(b",")[2]
        address = read_address(client_address(request.peer, forwarded.decode("latin-1"), self._trusted))
        if address is None:
            return ""
        return str(ip_network((address, _NETWORK_BITS[address.version]), strict=False)) if is_visitor else str(address)


def _sender(request: Request, snapshot: Snapshot | None) -> _Sender:
    """Whose request it is by its headers, accepted or not; the hint is of a token in its right form only."""
    value = request.headers.get(b"wp13n-token", b"").decode("latin-1")
    header = read_token_header(value)
    if header is None:
        key = read_key_header(request.headers.get(b"authorization", b"").decode("latin-1"))
        return _Sender(0, key.account if key else None, 0, "")
    if snapshot is None:
        return _Sender(0, header.account, 0, value[-4:])
    instance = snapshot.instances.get((header.account, header.instance), 0)
    token = request.token or snapshot.tokens.get((header.account, header.instance, header.digest))
    return _Sender(instance, header.account, token.id if token else 0, value[-4:])


def _is_monitored(token: Token, place: Target) -> bool:
    return (place.database, place.table) in token.live.destinations


def _is_preflight(request: Request) -> bool:
    return request.method == "OPTIONS" and {b"origin", b"access-control-request-method"} <= request.headers.keys()


def _looks_secret(place: Target) -> bool:
    """Whether somebody took a token for a name: 32 hex digits are one."""
    return any(without_secrets(name) != name for name in (place.database, place.table))


def _shown(value: bytes) -> str:
    """A header that anybody may have written; what looks like a secret is hidden before it can be cut in two."""
    text = "".join(character for character in value.decode("latin-1") if character.isprintable())
    return without_secrets(text)[:LONGEST_ORIGIN]
