"""A call as somebody describes it: a pasted line, its parts, or a line with some of its parts replaced."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from p13nadmin.api.client_address import read_address
from p13nadmin.api.errors import Invalid
from personalization.call_snapshot import StandIn, stand_in_for_key, stand_in_for_token
from personalization.curl import CannotRead, PastedCall, read_curl_line
from personalization.rehearsal import Call
from routing.models import Instance
from tokens.header import KeyHeader, TokenHeader, normalise_token, read_key_header, read_token_header
from tokens.models import AccessToken, ApiKey

_LONGEST_NAME = 256


@dataclass(frozen=True, slots=True)
class CallDescription:
    """`curl` is a pasted line; a part that is not empty replaces what the line says.

    `token` and `key` are names of rows, or whole header values (a token also by itself); `address` is the client's.
    """

    curl: str = field(default="", repr=False)
    path: str = ""
    token: str = field(default="", repr=False)
    key: str = field(default="", repr=False)
    origin: str = ""
    address: str = ""
    body: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class DescribedCall:
    """The call; with the token or key that was named instead of written out, and what stands for its secret.

    `tokens` are all of the instance that it is checked at.
    """

    call: Call
    tokens: Sequence[AccessToken] = field(default=(), repr=False)
    named_token: AccessToken | None = None
    token_stand_in: StandIn | None = None
    named_key: ApiKey | None = None
    key_stand_in: StandIn | None = None

    def header(self, name: str) -> str:
        """The value of a header of the call, empty when it has none."""
        return next((value.decode() for each, value in self.call.headers if each == name.encode()), "")

    @property
    def token_header(self) -> TokenHeader | None:
        """What `WP13n-Token` says, None when it has no valid form."""
        return read_token_header(self.header("wp13n-token"))

    @property
    def key_header(self) -> KeyHeader | None:
        """What `Authorization` says, None when it has no valid form."""
        return read_key_header(self.header("authorization"))


def described_call(instance: Instance, description: CallDescription, *, tokens: Sequence[AccessToken]) -> DescribedCall:
    """The call to check at `instance`, of which `tokens` are all.

    Raises Invalid, whose problems name the parts; they quote no secret.
    """
    token, token_stand_in, token_value = _token(instance, tokens, description.token.strip())
    key, key_stand_in, key_value = _key(instance, description.key.strip())
    pasted = _pasted(description.curl)
    body = description.body.encode("utf-8", "surrogatepass") or (pasted.body if pasted else b"{}")
    replaced = {"wp13n-token": token_value, "authorization": key_value, "origin": description.origin.strip()}
    call = Call(
        "POST" if pasted is None else pasted.method,
        description.path.strip() or ("" if pasted is None else pasted.path),
        tuple(_headers(pasted, replaced, body)),
        body,
        _address(description.address.strip()),
    )
    if not call.path:
        raise _wrong("path", "say where the event goes: /database/table, or /public/database/table")
    found = DescribedCall(call, tokens, token, token_stand_in, key, key_stand_in)
    _refuse_elsewhere(instance, found)
    return found


def _pasted(line: str) -> PastedCall | None:
    if not line.strip():
        return None
    try:
        return read_curl_line(line)
    except CannotRead as problem:
        raise _wrong("curl", f"this line cannot be read: {problem}") from None


def _headers(pasted: PastedCall | None, replaced: dict[str, str], body: bytes) -> Iterator[tuple[bytes, bytes]]:
    given = (("content-type", "application/json"),) if pasted is None else pasted.headers
    for name, value in given:
        if not replaced.get(name) and name != "content-length":
            yield name.encode(), value.encode("utf-8", "surrogatepass")
    yield from ((name.encode(), value.encode()) for name, value in replaced.items() if value)
    yield b"content-length", str(len(body)).encode()


def _token(
    instance: Instance, tokens: Sequence[AccessToken], text: str
) -> tuple[AccessToken | None, StandIn | None, str]:
    """The row that is named, its stand-in, and the header's value."""
    if not text or "/" in text:
        return None, None, text
    if alone := normalise_token(text):
        return None, None, f"{instance.label}/{alone}"
    row = next((each for each in tokens if each.name == text), None)
    if row is None:
        raise _wrong("token", f"instance {instance.label} has no token of that name; a header is 1/8/32 hex digits")
    stand_in = stand_in_for_token(instance)
    return row, stand_in, stand_in.header


def _key(instance: Instance, text: str) -> tuple[ApiKey | None, StandIn | None, str]:
    if not text or text.startswith("TD1"):
        return None, None, text
    row = ApiKey.objects.filter(account=instance.account_id, name=text[:_LONGEST_NAME]).first()
    if row is None:
        message = f"account {instance.account_id} has no API key of that name; a header is TD1 account/key"
        raise _wrong("key", message)
    stand_in = stand_in_for_key(instance)
    return row, stand_in, stand_in.header


def _address(text: str) -> str:
    if not text:
        return ""
    address = read_address(text)
    if address is None:
        raise _wrong("address", "an IP address is expected, such as 192.0.2.10 or 2001:db8::1")
    return str(address)


def _refuse_elsewhere(instance: Instance, found: DescribedCall) -> None:
    """Another instance's calls are checked there: this one's part of the settings says nothing about them."""
    token, key = found.token_header, found.key_header
    if token is None or (key is not None and key.account != token.account):
        return
    if (token.account, token.instance) != (instance.account_id, instance.number):
        there = f"{token.account}/{token.instance}"
        raise _wrong("token", f"this call is for instance {there}, not for {instance.label}: check it there")


def _wrong(path: str, message: str) -> Invalid:
    problem: dict[str, Any] = {"path": path, "message": message}
    return Invalid(message, errors=[problem])
