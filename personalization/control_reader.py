"""Reads the control database."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from django.db.models import QuerySet

from personalization.control_state import ControlState, InstanceState, KeyState, TokenState, VersionState, packed
from personalization.program import Table
from provisioning.models import ConfigurationVersion, Push
from routing.models import ControlRevision, Destination, Instance, LiveSummary
from tokens.models import AccessToken, ApiKey

_TRIES = 3
_INGEST_SCOPES = (ApiKey.Scope.INGEST, ApiKey.Scope.INGEST_PUBLIC)


def read_revision() -> int:
    """The revision of the control database: it grows with every change that the endpoint must see."""
    row = ControlRevision.objects.filter(pk=1).values_list("number", flat=True).first()
    return row or 0


class ControlReader:
    """Reads all that the endpoint needs; each version's text is read once and kept while it is live."""

    def __init__(self) -> None:
        self._versions: dict[int, VersionState] = {}

    def read(self) -> ControlState:
        """Everything, read again when it changed meanwhile."""
        for _ in range(_TRIES):
            revision = read_revision()
            state = self._read(revision)
            if read_revision() == revision:
                break
        return state

    def _read(self, revision: int) -> ControlState:
        live = dict(Push.objects.filter(superseded_at__isnull=True).values_list("instance_id", "version_id"))
        self._read_versions(set(live.values()))
        return ControlState(revision, _instances(live), tuple(self._versions.values()), _tokens(), _keys())

    def _read_versions(self, wanted: set[int]) -> None:
        kept = {pk: version for pk, version in self._versions.items() if pk in wanted}
        missing = ConfigurationVersion.objects.filter(pk__in=wanted - kept.keys())
        read = {pk: VersionState(pk, number, packed(text)) for pk, number, text in _rows_of(missing)}
        self._versions = kept | read


def _rows_of(versions: QuerySet[ConfigurationVersion]) -> Iterable[tuple[int, int, str]]:
    return versions.values_list("pk", "number", "text").iterator()


def _instances(live: dict[int, int]) -> tuple[InstanceState, ...]:
    tables, listed = _tables(), _listed()
    return tuple(
        InstanceState(pk, account, number, live.get(pk), tuple(tables[pk]), *(listed[pk] if pk in live else ()))
        for pk, account, number in Instance.objects.values_list("pk", "account_id", "number")
    )


def _tables() -> defaultdict[int, list[Table]]:
    tables: defaultdict[int, list[Table]] = defaultdict(list)
    for instance, database, table in Destination.objects.values_list("instance_id", "database", "table").iterator():
        tables[instance].append((database, table))
    return tables


def _listed() -> defaultdict[int, tuple[tuple[str, ...], ...]]:
    """The names and the digests that each instance's summary lists."""
    rows = LiveSummary.objects.values_list("instance_id", "token_names", "token_digests")
    return defaultdict(tuple, {pk: (tuple(names), tuple(digests)) for pk, names, digests in rows})


def _tokens() -> tuple[TokenState, ...]:
    return tuple(map(token_state, AccessToken.objects.all()))


def token_state(token: AccessToken) -> TokenState:
    """A token's row as the endpoint knows it."""
    return TokenState(
        id=token.pk,
        instance=token.instance_id,
        name=token.name,
        digest=token.digest,
        public=token.type == AccessToken.Type.PUBLIC,
        revoked=token.revoked_at is not None,
        expires_at=_epoch(token.expires_at),
        networks=tuple(token.allowed_ips),
        origins=tuple(token.allowed_origins),
        rate=token.rate,
        successor=token.successor_id,
    )


def _keys() -> tuple[KeyState, ...]:
    return tuple(map(key_state, ingest_keys()))


def ingest_keys() -> QuerySet[ApiKey]:
    """The keys that may send events."""
    return ApiKey.objects.filter(revoked_at__isnull=True, scope__in=_INGEST_SCOPES)


def key_state(key: ApiKey) -> KeyState:
    """A key's row as the endpoint knows it."""
    return KeyState(
        id=key.pk,
        account=key.account_id,
        digest=key.digest,
        public_only=key.scope == ApiKey.Scope.INGEST_PUBLIC,
        expires_at=_epoch(key.expires_at),
        networks=tuple(key.allowed_ips),
    )


def _epoch(moment: datetime | None) -> float | None:
    return None if moment is None else moment.timestamp()
