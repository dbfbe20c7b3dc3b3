"""What needs attention in instances, each thing with where it is mended: found in one query, whatever their number."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.db import connection
from django.db.models import (
    BigIntegerField,
    CharField,
    DateTimeField,
    Exists,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
)
from django.db.models.functions import Cast, Coalesce, Concat
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from p13nadmin.api.reach import Accounts
from personalization.alike import meant
from personalization.models import EndedOffer, ReceivedTable, RuleFailure
from provisioning.models import ApprovalRequest, Push, ScheduledPush
from routing.access import within
from routing.models import Destination, Instance, LiveSummary
from tokens.models import AccessToken, ApiKey

WEEK: Final = timedelta(days=7)
SOON: Final = timedelta(days=14)
LATELY: Final = timedelta(days=1)

Found = QuerySet[Any, Any]


@dataclass(frozen=True, slots=True)
class Sought:
    """Among what it is looked for: instances of these accounts (None: of every one), or one instance alone."""

    accounts: Accounts = None
    instance: int | None = None

    def among(self, rows: QuerySet[Any], path: str) -> QuerySet[Any]:
        """Those of the rows that belong there; `path` leads to the instance, empty where they are instances."""
        prefix = f"{path}__" if path else ""
        if self.instance is not None:
            rows = rows.filter(**{path or "pk": self.instance})
        return within(rows, self.accounts, f"{prefix}account")


@dataclass(frozen=True, slots=True)
class Need:
    """One thing: `subject` is the rule, token, table or offer that it is about, `of` the number of its row.

    `instance` is 0 for what is of the whole `account`, whose `label` and `name` these are then. `detail` says more,
    `at` is when, `count` how often; `meant` is the destination that a table may be meant for.
    """

    kind: str
    instance: int
    account: int
    label: str
    name: str
    subject: str = ""
    of: int = 0
    detail: str = ""
    at: datetime | None = None
    count: int = 0
    meant: str = ""


def needs(
    sought: Mapping[str, Sought], *, most: int, skip: int = 0, known: Mapping[int, Sequence[str]] | None = None
) -> list[Need]:
    """So many of each kind, after those that are skipped, where it is sought: in two queries, whatever their number.

    `known` are the destinations by instance, `database/table`, where the caller has read them already.
    """
    if not sought:
        return []
    now = timezone.now()
    found = [
        _read(row)
        for row in _together([FINDERS[kind](where, now)[skip : skip + most] for kind, where in sought.items()])
    ]
    asked = {need.instance for need in found if need.kind == "unmonitored"}
    if asked and known is None:
        known = _destinations(asked)
    return [_meant(need, known) if known and need.kind == "unmonitored" else need for need in found]


def _together(parts: Sequence[Found]) -> list[tuple[Any, ...]]:
    """The rows of all parts. SQLite takes a limit only inside of a query of its own."""
    statements = [part.query.sql_with_params() for part in parts]
    union = " UNION ALL ".join(
        f"SELECT * FROM ({sql}) AS part_{at}"  # noqa: S608
        for at, (sql, _) in enumerate(statements)
    )
    with connection.cursor() as cursor:
        cursor.execute(union, [value for _, values in statements for value in values])
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def _read(row: tuple[Any, ...]) -> Need:
    kind, instance, account, number, name, subject, of, detail, at, count = row
    if isinstance(at, str):  # SQLite's
        at = parse_datetime(at)
    if at is not None and at.tzinfo is None:
        at = at.replace(tzinfo=UTC)
    label = f"{account}/{number}" if instance else str(account)
    return Need(kind, instance, account, label, name, subject, of, detail, at, count)


def _destinations(instances: Iterable[int]) -> Mapping[int, Sequence[str]]:
    known: dict[int, list[str]] = {}
    rows = Destination.objects.filter(instance__in=instances).values_list("instance_id", "database", "table")
    for instance, database, table in rows:
        known.setdefault(instance, []).append(f"{database}/{table}")
    return known


def _meant(need: Need, known: Mapping[int, Sequence[str]]) -> Need:
    near = meant(need.subject, known.get(need.instance, ()))
    values = {name: getattr(need, name) for name in Need.__slots__}
    return Need(**values | {"meant": near}) if near else need


def _columns(rows: QuerySet[Any], kind: str, path: str, **columns: Any) -> Found:
    """The rows with the columns that `_read` takes; `path` leads to the instance."""
    prefix = f"{path}__" if path else ""
    whose = (F(path or "pk"), F(f"{prefix}account"), F(f"{prefix}number"), F(f"{prefix}name"))
    return _annotated(rows, kind, whose, columns)


def _annotated(rows: QuerySet[Any], kind: str, whose: Sequence[Any], columns: Mapping[str, Any]) -> Found:
    """The same; `whose` are the instance, account, number and name."""
    given = {
        "n_kind": Value(kind, CharField()),
        **dict(zip(("n_instance", "n_account", "n_number", "n_name"), whose, strict=True)),
        "n_subject": columns.get("subject", Value("", CharField())),
        "n_of": columns.get("of", Value(0, BigIntegerField())),
        "n_detail": columns.get("detail", Value("", CharField())),
        "n_at": columns.get("at", Cast(Value(None), DateTimeField())),
        "n_count": columns.get("count", Value(0, BigIntegerField())),
    }
    found: Found = rows.annotate(**given).values_list(*given)
    return found


def _live_version() -> Subquery:
    return Subquery(LiveSummary.objects.filter(instance=OuterRef("instance")).values("version"))


def _table() -> Concat:
    return Concat(F("database"), Value("/"), F("table"), output_field=CharField())


def _nothing_live(sought: Sought, now: datetime) -> Found:
    rows = sought.among(Instance.objects.filter(live_summary=None), "").order_by("-pk")
    return _columns(rows, "nothing-live", "", at=F("created_at"))


def _failing(sought: Sought, now: datetime) -> Found:
    rows = RuleFailure.objects.filter(last_at__gte=now - LATELY, version=_live_version())
    rows = sought.among(rows, "instance").order_by("-last_at")
    return _columns(
        rows, "failing", "instance", subject=F("rule"), detail=F("message"), at=F("last_at"), count=F("failures")
    )


def _unmonitored(sought: Sought, now: datetime) -> Found:
    monitored = Destination.objects.filter(
        instance=OuterRef("instance"), database=OuterRef("database"), table=OuterRef("table")
    )
    rows = ReceivedTable.objects.filter(~Exists(monitored), unmonitored_at__gte=now - WEEK)
    rows = sought.among(rows, "instance").order_by("-unmonitored_at")
    return _columns(rows, "unmonitored", "instance", subject=_table(), at=F("unmonitored_at"))


def _silent(sought: Sought, now: datetime) -> Found:
    received = ReceivedTable.objects.filter(
        instance=OuterRef("instance"),
        database=OuterRef("database"),
        table=OuterRef("table"),
        last_at__gte=now - WEEK,
    )
    rows = Destination.objects.filter(
        ~Exists(received), Exists(LiveSummary.objects.filter(instance=OuterRef("instance"))), created_at__lt=now - WEEK
    )
    rows = sought.among(rows, "instance").order_by("-pk")
    return _columns(rows, "silent", "instance", subject=_table(), at=F("created_at"))


def _expiring(sought: Sought, now: datetime) -> Found:
    # `successor=None` would have the database look through all that have none, not through those that expire.
    rows = AccessToken.objects.annotate(next=Coalesce("successor", 0)).filter(next=0, revoked_at=None)
    rows = sought.among(rows.filter(expires_at__gt=now, expires_at__lt=now + SOON), "instance").order_by("expires_at")
    return _columns(rows, "expiring", "instance", subject=F("name"), of=F("pk"), at=F("expires_at"))


def _expiring_keys(sought: Sought, now: datetime) -> Found:
    """A key is the whole account's: every instance of it is concerned."""
    rows = ApiKey.objects.annotate(next=Coalesce("successor", 0)).filter(next=0, revoked_at=None)
    rows = within(rows.filter(expires_at__gt=now, expires_at__lt=now + SOON), sought.accounts)
    if sought.instance is not None:
        rows = rows.filter(account__in=Instance.objects.filter(pk=sought.instance).values("account"))
    none = Value(0, BigIntegerField())
    columns = {"subject": F("name"), "of": F("pk"), "detail": F("scope"), "at": F("expires_at")}
    return _annotated(
        rows.order_by("expires_at"), "expiring-keys", (none, F("account"), none, F("account__name")), columns
    )


def _unused(sought: Sought, now: datetime) -> Found:
    usable = Q(expires_at=None) | Q(expires_at__gt=now)
    rows = AccessToken.objects.filter(usable, revoked_at=None, last_used_at=None, created_at__lt=now - WEEK)
    rows = sought.among(rows, "instance").order_by("-pk")
    return _columns(rows, "unused", "instance", subject=F("name"), of=F("pk"), at=F("created_at"))


def _ended(sought: Sought, now: datetime) -> Found:
    rows = EndedOffer.objects.filter(version=_live_version())
    rows = sought.among(rows, "instance").order_by("-pk")
    return _columns(rows, "ended", "instance", subject=F("offer"), at=F("ended_at"))


def _waiting(sought: Sought, now: datetime) -> Found:
    state = ApprovalRequest.State
    rows = ApprovalRequest.objects.filter(state__in=(state.OPEN, state.APPROVED))
    rows = sought.among(rows, "instance").order_by("-created_at")
    return _columns(
        rows, "waiting", "instance",
        subject=F("created_by"), detail=F("state"), at=F("created_at"), count=F("version__number"),
    )  # fmt: skip


def _held(sought: Sought, now: datetime) -> Found:
    later = ScheduledPush.objects.filter(instance=OuterRef("instance"), pk__gt=OuterRef("pk"))
    since = Push.objects.filter(instance=OuterRef("instance"), created_at__gt=OuterRef("ended_at"))
    rows = ScheduledPush.objects.filter(~Exists(later), ~Exists(since), state=ScheduledPush.State.HELD)
    rows = sought.among(rows, "instance").order_by("-ended_at")
    return _columns(
        rows, "held", "instance",
        subject=F("created_by"), detail=F("reason"), at=F("at"), count=F("version__number"),
    )  # fmt: skip


# The worst first.
FINDERS: Final[Mapping[str, Callable[[Sought, datetime], Found]]] = {
    "failing": _failing,
    "held": _held,
    "waiting": _waiting,
    "unmonitored": _unmonitored,
    "expiring-keys": _expiring_keys,
    "expiring": _expiring,
    "silent": _silent,
    "nothing-live": _nothing_live,
    "ended": _ended,
    "unused": _unused,
}
