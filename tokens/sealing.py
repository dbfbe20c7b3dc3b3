"""What is sealed behind a link: only the link can find it and open it. Pure.

A link ends in 256 random bits. HKDF (RFC 5869) makes two independent values of them: the digest by which the row is
found, and the key that opens it (AES-256-GCM, NIST SP 800-38D). Whoever reads the database alone has neither.
"""

from __future__ import annotations

import re
import secrets
from base64 import urlsafe_b64decode
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_LINK = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)
_NONCE_BYTES = 12
_PURPOSE = b"p13nadmin hand-over 1"


class NotSealedWithThis(Exception):
    """The bytes were sealed with another link or for another row, or were changed."""


@dataclass(frozen=True, slots=True)
class LinkKeys:
    """What a link's 256 bits give: `digest` (64 hex digits) finds the row, `key` (32 bytes) opens it."""

    digest: str
    key: bytes = field(repr=False)


def new_link() -> str:
    """The secret part of a new link: 43 characters, safe in a URL."""
    return secrets.token_urlsafe(32)


def keys_of(link: str) -> LinkKeys | None:
    """The two values that belong to the secret part of a link; None when it has another form."""
    if not _LINK.fullmatch(link):
        return None
    derived = HKDF(algorithm=SHA256(), length=64, salt=None, info=_PURPOSE).derive(urlsafe_b64decode(link + "="))
    return LinkKeys(derived[:32].hex(), derived[32:])


def seal(secret: str, keys: LinkKeys, *, purpose: str) -> bytes:
    """The secret, readable only with the same keys and the same `purpose`; a random nonce stands in front."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + AESGCM(keys.key).encrypt(nonce, secret.encode(), purpose.encode())


def unseal(sealed: bytes, keys: LinkKeys, *, purpose: str) -> str:
    """What was sealed. Raises NotSealedWithThis."""
    nonce, ciphertext = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
    try:
        return AESGCM(keys.key).decrypt(nonce, ciphertext, purpose.encode()).decode()
    except (InvalidTag, ValueError) as error:
        raise NotSealedWithThis from error
