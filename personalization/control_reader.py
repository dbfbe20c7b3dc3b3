"""Reads the control database: everything the first time, then what has changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import chain
from typing import TypeVar

from django.db import connection
from django.db.models import Model, QuerySet
from django.utils import timezone

from personalization.control_state import ControlState, InstanceState, KeyState, TokenState, VersionState, packed
from personalization.models import Recording
from personalization.program import Table
from personalization.recording import RecordingState
from provisioning.models import ConfigurationVersion, Push
from routing.models import ControlChange, ControlRevision, Destination, Instance, LiveSummary
from tokens.models import INGEST_SCOPES, AccessToken, ApiKey

# A transaction that writes nothing; on SQLite one that keeps nobody from writing, as `atomic` would.
_BEGIN = {"postgresql": "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", "sqlite": "BEGIN DEFERRED"}

_Listed = tuple[tuple[str, ...], tuple[str, ...]]  # names and digests
_NONE_LISTED: _Listed = ((), ())
_Row = TypeVar("_Row", bound=Model)
_State = TypeVar("_State")
_Wanted = frozenset[int] | None  # primary keys; None: all there are
_EVERYTHING: tuple[_Wanted, _Wanted] = (None, None)


def read_revision() -> int:
    """The revision of the control database: it grows with every change that the endpoint must see."""
    row = ControlRevision.objects.filter(pk=1).values_list("number", flat=True).first()
    return row or 0


class ControlReader:
    """Reads all that the endpoint needs, and remembers it: what has not changed stays the same object."""

    def __init__(self) -> None:
        self._revision: int | None = None  # that was read last
        self._instances: dict[int, InstanceState] = {}
        self._versions: dict[int, VersionState] = {}
        self._tokens: dict[int, tuple[TokenState, ...]] = {}  # by instance
        self._keys: dict[int, tuple[KeyState, ...]] = {}  # by account

    def read(self) -> ControlState:
        """Everything, as it was at one moment, whatever changes meanwhile."""
        with _one_moment():
            return self._read(read_revision())

    def forget(self) -> None:
        """Read everything again the next time: the database may have been restored from a backup meanwhile."""
        self._revision = None

    def _read(self, revision: int) -> ControlState:
        instances, accounts = _changed(self._revision, revision)
        live = _live(instances)
        self._versions = _read_versions(self._versions, live)
        self._instances = _renewed(self._instances, _instances(instances, live), instances)
        self._tokens = _renewed(self._tokens, _tokens(instances), instances)
        self._keys = _renewed(self._keys, _keys(accounts), accounts)
        self._versions = self._without_past_versions()
        self._revision = revision
        return ControlState(
            revision,
            tuple(self._instances.values()),
            tuple(self._versions.values()),
            tuple(chain.from_iterable(self._tokens.values())),
            tuple(chain.from_iterable(self._keys.values())),
        )

    def _without_past_versions(self) -> dict[int, VersionState]:
        live = {each.version for each in self._instances.values()}
        return {pk: version for pk, version in self._versions.items() if pk in live}


@contextmanager
def _one_moment() -> Iterator[None]:
    """All that is read within was true at once; a caller who is in a transaction has to see to that itself."""
    if connection.in_atomic_block:
        yield
        return
    connection.cursor().execute(_BEGIN[connection.vendor])
    try:
        yield
        connection.cursor().execute("COMMIT")
    except BaseException:
        connection.close()  # nobody knows how far the transaction came
        raise


def _changed(since: int | None, revision: int) -> tuple[_Wanted, _Wanted]:
    """The instances and the accounts of which something changed, or everything when that cannot be told."""
    if since is None or since > revision:
        return _EVERYTHING
    rows = ControlChange.objects.filter(revision__gt=since, revision__lte=revision)
    changes = list(rows.values_list("instance", "account"))
    if len(changes) != revision - since:
        return _EVERYTHING
    return (
        frozenset(instance for instance, _ in changes if instance is not None),
        frozenset(account for _, account in changes if account is not None),
    )


def _renewed(known: dict[int, _State], read: dict[int, _State], wanted: _Wanted) -> dict[int, _State]:
    """What is known now, by primary key; a state that is equal to what was known stays that."""
    kept = {} if wanted is None else {pk: state for pk, state in known.items() if pk not in wanted}
    return kept | {pk: old if (old := known.get(pk)) == state else state for pk, state in read.items()}


def _of(rows: QuerySet[_Row], wanted: _Wanted, field: str) -> QuerySet[_Row]:
    return rows if wanted is None else rows.filter(**{f"{field}__in": wanted})


def _live(wanted: _Wanted) -> dict[int, int]:
    """The live version's primary key, by instance."""
    pushes = _of(Push.objects.filter(superseded_at__isnull=True), wanted, "instance")
    return dict(pushes.values_list("instance_id", "version_id"))


def _read_versions(known: dict[int, VersionState], live: dict[int, int]) -> dict[int, VersionState]:
    """The known versions and those that became live; a text never changes, and is read once."""
    missing = ConfigurationVersion.objects.filter(pk__in=set(live.values()) - known.keys())
    return known | {pk: VersionState(pk, number, packed(text)) for pk, number, text in _rows_of(missing)}


def _rows_of(versions: QuerySet[ConfigurationVersion]) -> Iterable[tuple[int, int, str]]:
    return versions.values_list("pk", "number", "text").iterator()


def _instances(wanted: _Wanted, live: dict[int, int]) -> dict[int, InstanceState]:
    tables, listed, recordings = _tables(wanted), _listed(wanted), _recordings(wanted)
    found = {}
    for pk, account, number in _of(Instance.objects.all(), wanted, "pk").values_list("pk", "account_id", "number"):
        names = listed.get(pk, _NONE_LISTED) if pk in live else _NONE_LISTED
        lists = (tuple(tables[pk]), *names, recordings.get(pk, ()))
        found[pk] = InstanceState(pk, account, number, live.get(pk), *lists)
    return found


def _tables(wanted: _Wanted) -> defaultdict[int, list[Table]]:
    tables: defaultdict[int, list[Table]] = defaultdict(list)
    destinations = _of(Destination.objects.all(), wanted, "instance")
    for instance, database, table in destinations.values_list("instance_id", "database", "table").iterator():
        tables[instance].append((database, table))
    return tables


def _listed(wanted: _Wanted) -> dict[int, _Listed]:
    """The names and the digests that each instance's summary lists."""
    summaries = _of(LiveSummary.objects.all(), wanted, "instance")
    rows = summaries.values_list("instance_id", "token_names", "token_digests")
    return {pk: (tuple(names), tuple(digests)) for pk, names, digests in rows}


def _recordings(wanted: _Wanted) -> dict[int, tuple[RecordingState, ...]]:
    rows = _of(Recording.objects.filter(until__gt=timezone.now()), wanted, "instance").order_by("pk")
    return _grouped(
        (row.instance_id, RecordingState(row.pk, row.key, row.digest, row.until.timestamp())) for row in rows
    )


def _tokens(wanted: _Wanted) -> dict[int, tuple[TokenState, ...]]:
    return _grouped((row.instance_id, token_state(row)) for row in _of(AccessToken.objects.all(), wanted, "instance"))


def _keys(wanted: _Wanted) -> dict[int, tuple[KeyState, ...]]:
    return _grouped((row.account_id, key_state(row)) for row in _of(ingest_keys(), wanted, "account"))


def _grouped(states: Iterable[tuple[int, _State]]) -> dict[int, tuple[_State, ...]]:
    groups: defaultdict[int, list[_State]] = defaultdict(list)
    for owner, state in states:
        groups[owner].append(state)
    return {owner: tuple(group) for owner, group in groups.items()}


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


def ingest_keys() -> QuerySet[ApiKey]:
    """The keys that may send events."""
    return ApiKey.objects.filter(revoked_at__isnull=True, scope__in=INGEST_SCOPES)


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
