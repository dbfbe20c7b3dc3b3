"""The checks before the body is read, from memory alone, in the order of the table of errors."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from hmac import compare_digest
from typing import NamedTuple

from p13nadmin.api.client_address import Address, Network, client_address, is_within, read_address
from personalization import refusals
from personalization.snapshot import Key, Snapshot, Token
from routing.names import RESERVED_SEGMENTS
from tokens.header import TokenHeader, read_key_header, read_token_header

Headers = Mapping[bytes, bytes]

_REMEMBERED = 1024  # paths, and headers that were admitted

_PATH = re.compile(r"(/public)?/([0-9a-z_]{3,128})/([0-9a-z_]{3,128})", re.ASCII)
_CONTENT_TYPES = ("application/vnd.treasuredata.v1+json", "application/json")
_CHARSETS = ("", "charset=utf-8", 'charset="utf-8"')


class Target(NamedTuple):
    """Where an event was sent."""

    public: bool
    database: str
    table: str


class Admitted(NamedTuple):
    """The token and the key that a request may act with, `until` one expires (epoch seconds).

    `address` is the client's where something depends on it, else None.
    """

    token: Token
    key: Key
    address: Address | None
    until: float


class Admissions:
    """Whom the current snapshot admitted: reading the same headers again would be a tenth of an event's work.

    Forgotten with the snapshot. What depends on the client's address is checked each time.
    """

    def __init__(self, trusted: Sequence[Network]) -> None:
        self._trusted = trusted
        self._snapshot: Snapshot | None = None
        self._known: dict[tuple[bool, bytes | None, bytes | None, bytes | None], Admitted] = {}

    def admit(self, snapshot: Snapshot, headers: Headers, *, peer: str, public: bool, now: float) -> Admitted:
        """As `admit` below. Raises Refusal."""
        if snapshot is not self._snapshot:
            self._snapshot, self._known = snapshot, {}
        get = headers.get
        asked = (public, get(b"authorization"), get(b"wp13n-token"), get(b"origin"))
        known = self._known.get(asked)
        if known is None or known.until <= now:
            known = admit(snapshot, headers, peer=peer, trusted=self._trusted, public=public, now=now)
            if not _depends_on_address(known.token, known.key) and len(self._known) < _REMEMBERED:
                self._known[asked] = known
        return known


@lru_cache(_REMEMBERED)
def target(path: str) -> Target:
    """The target that a path, as sent, names. Raises Refusal."""
    match = _PATH.fullmatch(path)
    if match is None or match[2] in RESERVED_SEGMENTS:
        raise refusals.not_found()
    return Target(match[1] is not None, match[2], match[3])


def check_content(headers: Headers) -> None:
    """The content type, encoding and declared length. Raises Refusal."""
    if headers.get(b"content-type") not in _KNOWN_CONTENT_TYPES:
        _check_content_type(headers.get(b"content-type", b"").decode("latin-1"))
    if b"content-encoding" in headers and headers[b"content-encoding"].lower() != b"identity":
        raise refusals.wrong_content_type()
    length = headers.get(b"content-length", b"0")
    if len(length) > 6 and length.isdigit() and int(length[:20]) > refusals.MAX_BODY:
        raise refusals.too_large()


def admit(
    snapshot: Snapshot, headers: Headers, *, peer: str, trusted: Sequence[Network], public: bool, now: float
) -> Admitted:
    """Who is asking, and whether they may, on this path and from there. Raises Refusal.

    `peer` is the socket's address; `trusted` are the proxies that may say another.
    """
    key = _key(snapshot, headers.get(b"authorization", b""), public=public, now=now)
    token = _token(snapshot, headers.get(b"wp13n-token"), key, now)
    if token.public is not public:
        raise refusals.wrong_path_for_token(public=token.public)
    address = _address(headers, peer, trusted) if _depends_on_address(token, key) else None
    for networks in (token.networks, key.networks):
        if networks and (address is None or not is_within(address, networks)):
            raise refusals.wrong_address()
    if public and headers.get(b"origin", b"").decode("latin-1") not in token.origins:
        raise refusals.wrong_origin()
    return Admitted(token, key, address, min(token.expires_at, key.expires_at))


def _key(snapshot: Snapshot, authorization: bytes, *, public: bool, now: float) -> Key:
    header = read_key_header(authorization.decode("latin-1"))
    key = None if header is None else snapshot.keys.get((header.account, header.digest))
    if header is None or key is None or not compare_digest(key.digest, header.digest):
        raise refusals.unauthorized()
    if key.expires_at <= now or (key.public_only and not public):
        raise refusals.unauthorized()
    return key


def _token(snapshot: Snapshot, value: bytes | None, key: Key, now: float) -> Token:
    if value is None:
        raise refusals.no_token()
    header = read_token_header(value.decode("latin-1"))
    if header is None:
        raise refusals.malformed_token()
    if header.account != key.account:
        raise refusals.other_account()
    token = _known(snapshot, header)
    if token is None or token.expires_at <= now:
        raise refusals.unknown_token()
    return token


def _known(snapshot: Snapshot, header: TokenHeader) -> Token | None:
    token = snapshot.tokens.get((header.account, header.instance, header.digest))
    return token if token is not None and compare_digest(token.digest, header.digest) else None


def _depends_on_address(token: Token, key: Key) -> bool:
    return bool(token.networks or key.networks or token.rate is not None)


def _address(headers: Headers, peer: str, trusted: Sequence[Network]) -> Address | None:
    forwarded = headers.get(b"x-forwarded-for", b"").decode("latin-1")
    return read_address(client_address(peer, forwarded, trusted))


def _check_content_type(value: str) -> None:
    media_type, _, parameters = value.lower().partition(";")
    if media_type.strip() not in _CONTENT_TYPES or parameters.strip() not in _CHARSETS:
        raise refusals.wrong_content_type()


_KNOWN_CONTENT_TYPES = frozenset(name.encode() for name in _CONTENT_TYPES)
