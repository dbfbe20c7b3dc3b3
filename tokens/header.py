"""What callers send to prove who they are, read strictly: pure parsing and digests, no database.

Access token header: `{account}/{instance}/{32 hex}`; API key header: `TD1 {account}/{key}`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from hashlib import sha256

_NUMBER = r"(0|[1-9][0-9]{0,17})"
_TOKEN_HEADER = re.compile(_NUMBER + "/" + _NUMBER + r"/([0-9a-fA-F]{32})", re.ASCII)
_KEY_HEADER = re.compile(r"TD1 " + _NUMBER + r"/([\x21-\x7e]{8,256})", re.ASCII)
_TOKEN = re.compile(r"[0-9a-f]{32}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.ASCII)


@dataclass(frozen=True, slots=True)
class TokenHeader:
    """A read `WP13n-Token`; the token itself is kept only as its digest."""

    account: int
    instance: int
    digest: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class KeyHeader:
    """A read `Authorization`; the key itself is kept only as its digest."""

    account: int
    digest: str = field(repr=False)


def digest(secret: str) -> str:
    """SHA-256 of an ASCII secret, as 64 hex digits."""
    return sha256(secret.encode("ascii")).hexdigest()


def normalise_token(text: str) -> str | None:
    """The 32 lower-case hex digits of a token written with or without dashes and capitals, else None."""
    lowered = text.strip().lower()
    return lowered.replace("-", "") if _TOKEN.fullmatch(lowered) else None


def is_uuid4(token: str) -> bool:
    """Whether 32 hex digits are a version 4 UUID (RFC 9562: version nibble 4, variant 10xx)."""
    return token[12] == "4" and token[16] in "89ab"


def read_token_header(value: str) -> TokenHeader | None:
    """The parts of a `WP13n-Token` header, or None when it has another form."""
    match = _TOKEN_HEADER.fullmatch(value)
    if match is None:
        return None
    return TokenHeader(int(match[1]), int(match[2]), digest(match[3].lower()))


def read_key_header(value: str) -> KeyHeader | None:
    """The parts of an `Authorization: TD1 …` header, or None when it has another form."""
    match = _KEY_HEADER.fullmatch(value)
    return None if match is None else KeyHeader(int(match[1]), digest(match[2]))
