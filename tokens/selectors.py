"""What is known of tokens and keys, for lists, validation and answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, count

from django.db.models import Q, QuerySet

from p13nadmin.api.caller import Caller
from p13nadmin.api.errors import NotFound
from routing.models import Account, Instance, LiveSummary
from tokens.models import INGEST_SCOPES, AccessToken, ApiKey


def is_usable(secret: AccessToken | ApiKey, *, at: datetime) -> bool:
    """Whether it is neither revoked nor expired at that time."""
    return secret.revoked_at is None and (secret.expires_at is None or secret.expires_at > at)


@dataclass(frozen=True, slots=True)
class Acceptance:
    """Whether the endpoint takes a token now, and why not."""

    accepted: bool
    why: str


Predecessors = Mapping[int, AccessToken]


def acceptance(token: AccessToken, *, at: datetime, before: Predecessors | None = None) -> Acceptance:
    """Whether the endpoint takes `token` at that time: listed in the live version, itself or what it succeeds.

    Reads `instance.live_summary` and the chain of predecessors; select them with `tokens_of`. `before` gives
    each token's predecessor by the token's id when they are known already.
    """
    if token.revoked_at is not None:
        return Acceptance(False, "revoked")
    if token.expires_at is not None and token.expires_at <= at:
        return Acceptance(False, "expired")
    summary: LiveSummary | None = getattr(token.instance, "live_summary", None)
    if summary is None:
        return Acceptance(False, "the instance has no live version")
    if _listed(token, summary, before):
        return Acceptance(True, "")
    return Acceptance(False, f"not listed in live version {summary.version}")


def _listed(token: AccessToken, summary: LiveSummary, before: Predecessors | None) -> bool:
    current: AccessToken | None = token
    while current is not None:
        if current.name in summary.token_names or current.digest in summary.token_digests:
            return True
        current = getattr(current, "predecessor", None) if before is None else before.get(current.pk)
    return False


def tokens_of(instance: Instance) -> QuerySet[AccessToken]:
    """The tokens of an instance with what `acceptance` reads."""
    return AccessToken.objects.filter(instance=instance).select_related(
        "instance__live_summary", "instance__account", "predecessor"
    )


def keys_of(account: Account) -> QuerySet[ApiKey]:
    """The API keys of an account."""
    return ApiKey.objects.filter(account=account)


def stops_with(key: ApiKey, *, at: datetime) -> str:
    """Which events of its account only this key lets in at that time: `all`, `private` or none (empty)."""
    if key.scope not in INGEST_SCOPES or not is_usable(key, at=at):
        return ""
    in_use = ApiKey.objects.filter(Q(expires_at=None) | Q(expires_at__gt=at), account=key.account_id, revoked_at=None)
    others = set(in_use.exclude(pk=key.pk).order_by().values_list("scope", flat=True).distinct())
    if ApiKey.Scope.INGEST in others:
        return ""
    if ApiKey.Scope.INGEST_PUBLIC in others:
        return "private" if key.scope == ApiKey.Scope.INGEST else ""
    return "all"


def find_token(*, caller: Caller, number: int) -> AccessToken:
    """The token with that id. Raises NotFound, also for another account's: nobody learns that it exists."""
    tokens = AccessToken.objects.select_related("instance__live_summary", "instance__account")
    found = tokens.filter(pk=number).first()
    if found is None or not caller.may_touch(found.instance.account_id):
        raise NotFound(f"there is no token {number}")
    return found


def find_key(*, caller: Caller, number: int) -> ApiKey:
    """The API key with that id. Raises NotFound like `find_token`."""
    found = ApiKey.objects.select_related("account").filter(pk=number).first()
    if found is None or not caller.may_touch(found.account_id):
        raise NotFound(f"there is no key {number}")
    return found


def predecessors_among(tokens: Iterable[AccessToken]) -> dict[int, AccessToken]:
    """Those of the tokens that have a successor, by the id of that."""
    return {each.successor_id: each for each in tokens if each.successor_id is not None}


def accept_all(tokens: Sequence[AccessToken], *, at: datetime) -> list[Acceptance]:
    """The acceptance of each token, in one query whatever their number and however long the chains of successors.

    The tokens come with `instance__live_summary` selected.
    """
    instances = {token.instance_id for token in tokens}
    replaced = AccessToken.objects.filter(instance_id__in=instances, successor__isnull=False)
    before = predecessors_among(replaced.only("name", "digest", "successor_id"))
    return [acceptance(token, at=at, before=before) for token in tokens]


def tokens_by_name(instance: Instance) -> list[AccessToken]:
    """All tokens of the instance, revoked ones too; each has this very instance."""
    return list(instance.tokens.order_by("name"))


def usable_under(tokens: Sequence[AccessToken], summary: LiveSummary, *, at: datetime) -> list[AccessToken]:
    """Those of an instance's tokens that would be accepted at that time if `summary` told what is live."""
    before = predecessors_among(tokens)
    return [token for token in tokens if is_usable(token, at=at) and _listed(token, summary, before)]


def issued_digests(digests: frozenset[str]) -> frozenset[str]:
    """Which of these SHA-256 digests belong to an issued token of any instance."""
    return frozenset(AccessToken.objects.filter(digest__in=digests).values_list("digest", flat=True))


class IssuedDigests:
    """`issued_digests`, which asks the database about each digest once."""

    def __init__(self) -> None:
        self._asked: set[str] = set()
        self._issued: set[str] = set()

    def __call__(self, digests: frozenset[str]) -> frozenset[str]:
        """Which of these belong to an issued token of any instance."""
        if new := digests - self._asked:
            self._issued |= issued_digests(new)
            self._asked |= new
        return digests & self._issued


def free_key_name(account: Account, wanted: str) -> str:
    """`wanted`, or `wanted #2` and so on when keys of the account have that name."""
    taken = set(ApiKey.objects.filter(account=account, name__startswith=wanted).values_list("name", flat=True))
    names = chain((wanted,), (f"{wanted} #{number}" for number in count(2)))
    return next(name for name in names if name not in taken)
