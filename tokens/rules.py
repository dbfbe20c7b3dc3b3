"""What may be asked of a token or key: names, addresses, origins, expiry; every problem at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_network

from p13nadmin.api.error_body import secret_problem
from p13nadmin.api.errors import Invalid
from routing.models import StaffRole
from tokens.header import normalise_token
from tokens.models import CONTROL_SCOPES, AccessToken, ApiKey

_ORIGIN = re.compile(r"https?://(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?", re.ASCII)
_DIGEST = re.compile(r"sha256:([0-9a-f]{64})", re.ASCII)
_API_KEY = re.compile(r"[0-9A-Za-z._~+=-]{20,256}", re.ASCII)
_NAME_LENGTH = 256
_LIST_LENGTH = 100


@dataclass(frozen=True, slots=True)
class IssuedDigest:
    """A secret of which only the SHA-256 digest (64 hex digits) is known."""

    digest: str


def read_token(text: str) -> str | IssuedDigest:
    """A token that the customer generated: 32 hex or UUID form, or `sha256:…`. Raises Invalid; never quotes it."""
    known = _DIGEST.fullmatch(text.strip().lower())
    if known:
        return IssuedDigest(known[1])
    token = normalise_token(text)
    if token is None:
        message = (
            "a token is 32 hexadecimal digits (a UUID, with or without dashes) or `sha256:` and 64 hexadecimal digits"
        )
        raise Invalid(message, errors=[{"path": "token", "message": message}])
    return token


def read_api_key(text: str) -> str | IssuedDigest:
    """An existing API key, or `sha256:…`. Raises Invalid; never quotes it."""
    known = _DIGEST.fullmatch(text.strip().lower())
    if known:
        return IssuedDigest(known[1])
    if not _API_KEY.fullmatch(text):
        message = "an API key is 20 to 256 letters, digits and . _ ~ + = - (without `TD1` and the account)"
        raise Invalid(message, errors=[{"path": "key", "message": message}])
    return text


@dataclass(frozen=True, slots=True)
class Rules:
    """What was asked for, as it came."""

    name: str
    allowed_ips: Sequence[str] = ()
    allowed_origins: Sequence[str] = ()
    expires_at: datetime | None = None
    rate: int | None = None

    def networks(self) -> tuple[str, ...]:
        """The allowed addresses as networks in CIDR form."""
        return tuple(str(ip_network(each.strip(), strict=False)) for each in self.allowed_ips)

    def origins(self) -> tuple[str, ...]:
        """The allowed origins in the form that browsers send: lower case, no trailing slash, no default port."""
        return tuple(normalise_origin(each) for each in self.allowed_origins)

    def check(self, *, now: datetime, type: str, token: str = "") -> None:
        """Raise Invalid with every problem of a token's rules, the given token's form among them."""
        errors = self._problems(now) | (_secret_problems(read_token, token) if token else {})
        if type not in AccessToken.Type.values:
            errors["type"] = f"one of {', '.join(AccessToken.Type.values)} is expected"
        if self.allowed_origins and type == AccessToken.Type.PRIVATE:
            errors["allowed_origins"] = "only a public token has allowed origins; make it public or leave them out"
        _raise("this cannot be a token", errors)

    def check_key(self, *, now: datetime, scope: str, require_addresses: bool, key: str = "", role: str = "") -> None:
        """Raise Invalid with every problem of an API key's rules, the given key's form among them."""
        errors = self._problems(now) | (_secret_problems(read_api_key, key) if key else {})
        if scope not in ApiKey.Scope.values:
            errors["scope"] = f"one of {', '.join(ApiKey.Scope.values)} is expected"
        if role and role not in StaffRole.Role.values:
            errors["role"] = f"one of {', '.join(StaffRole.Role.values)} is expected"
        elif role and scope not in CONTROL_SCOPES:
            errors["role"] = "only a key with the scope provision or operator has a role"
        if scope == ApiKey.Scope.OPERATOR and self.expires_at is None:
            errors["expires_at"] = "an operator key reaches every account: say when it expires"
        if scope == ApiKey.Scope.OPERATOR and require_addresses and not self.allowed_ips:
            errors["allowed_ips"] = "an operator key reaches every account: say from which addresses"
        _raise("this cannot be a key", errors)

    def _problems(self, now: datetime) -> dict[str, str]:
        errors: dict[str, str] = {}
        if not self.name.strip() or len(self.name) > _NAME_LENGTH or not self.name.isprintable():
            errors["name"] = f"a name of 1 to {_NAME_LENGTH} printable characters is expected"
        elif problem := secret_problem(self.name):
            errors["name"] = problem
        if self.expires_at is not None and self.expires_at <= now:
            errors["expires_at"] = "this time is past; choose a later one"
        if self.rate is not None and not 1 <= self.rate <= 1_000_000:
            errors["rate"] = "requests a second, from 1 to 1000000"
        errors |= _list_problems("allowed_ips", self.allowed_ips, _is_network, "an address or a CIDR network")
        errors |= _list_problems(
            "allowed_origins", self.allowed_origins, is_origin, "an origin such as https://www.example.com"
        )
        return errors


def _secret_problems(read: Callable[[str], object], text: str) -> dict[str, str]:
    try:
        read(text)
    except Invalid as error:
        return {entry["path"]: entry["message"] for entry in error.errors}
    return {}


def normalise_origin(text: str) -> str:
    """An origin as browsers send it (RFC 6454): lower case, without the scheme's default port or a final slash."""
    origin = text.strip().lower().rstrip("/")
    scheme, _, rest = origin.partition("://")
    default = {"http": ":80", "https": ":443"}.get(scheme, ":")
    return f"{scheme}://{rest.removesuffix(default)}"


def is_origin(text: str) -> bool:
    """Whether a browser can send it as a page's origin."""
    return _ORIGIN.fullmatch(normalise_origin(text)) is not None


def _is_network(text: str) -> bool:
    try:
        ip_network(text.strip(), strict=False)
    except ValueError:
        return False
    return True


def _list_problems(field: str, values: Sequence[str], accepts: Callable[[str], bool], expected: str) -> dict[str, str]:
    errors = {
        f"{field}[{index}]": f"“{value}” is not {expected}" for index, value in enumerate(values) if not accepts(value)
    }
    if len(values) > _LIST_LENGTH:
        errors[field] = f"at most {_LIST_LENGTH} entries"
    return errors


def _raise(message: str, errors: dict[str, str]) -> None:
    if errors:
        raise Invalid(message, errors=[{"path": path, "message": text} for path, text in errors.items()])
