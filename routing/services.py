"""Changes to accounts, instances and destinations. Each public function is one transaction.

`actor` is who asked for it, as text: `staff anna`, `key 1/ci`, `command`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.db.models import F

from p13nadmin.api.error_body import secret_problem
from p13nadmin.api.errors import Conflict, Invalid
from routing.changed_fields import changed_fields
from routing.history import Kind, record
from routing.models import Account, ControlChange, ControlRevision, Destination, Instance, LiveSummary
from routing.names import database_problem, table_problem

Pair = tuple[str, str]
CHANGES_CHANNEL = "p13nadmin_changes"  # of PostgreSQL's NOTIFY
CHANGES_KEPT = 1000  # at least; who has missed more reads everything again
_LARGEST_NUMBER = 2**53 - 1
_NAME_LENGTH = 256


def mark_changed(owner: Account | Instance) -> None:
    """Tell the endpoint, on commit, that something has changed of an instance or account that it keeps in memory."""
    _count_revision()
    revision = ControlRevision.objects.values_list("number", flat=True).get(pk=1)
    of_instance = isinstance(owner, Instance)
    of_whom = {"instance": owner.pk if of_instance else None, "account": None if of_instance else owner.pk}
    ControlChange.objects.update_or_create(revision=revision, defaults=of_whom)
    if revision % CHANGES_KEPT == 0:
        ControlChange.objects.filter(revision__lte=revision - CHANGES_KEPT).delete()
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_notify(%s, '')", (CHANGES_CHANNEL,))  # heard on commit


def _count_revision() -> None:
    if not ControlRevision.objects.filter(pk=1).update(number=F("number") + 1):
        # Two first changes at once: one of them inserts the row, both then count on it.
        ControlRevision.objects.bulk_create([ControlRevision(pk=1)], ignore_conflicts=True)
        ControlRevision.objects.filter(pk=1).update(number=F("number") + 1)


def lock_instances(instances: Iterable[Instance]) -> None:
    """Lock the instances until the transaction ends, in the one order that keeps two such changes from waiting
    for each other for ever. Whoever changes several instances in one transaction calls it before the first change.
    """
    wanted = {instance.pk for instance in instances}
    list(Instance.objects.select_for_update().filter(pk__in=wanted).order_by("pk").values_list("pk", flat=True))


@transaction.atomic
def create_account(*, number: int, name: str, actor: str = "command") -> tuple[Account, bool]:
    """The account with that number, and whether it was made now.

    Raises Invalid for a bad number or name, Conflict when the number has another name.
    """
    _check_number_and_name("account", number, name)
    account, created = Account.objects.get_or_create(number=number, defaults={"name": name})
    if account.name != name:
        raise Conflict(f"account {number} exists with the name “{account.name}”")
    if created:
        record(kind=Kind.CUSTOMER, actor=actor, of=account, what=f"added account {account}")
    return account, created


@transaction.atomic
def create_instance(
    *,
    account: Account,
    number: int,
    name: str,
    region: str = "local",
    contact: str = "",
    notes: str = "",
    actor: str = "command",
) -> tuple[Instance, bool]:
    """The instance of that number, and whether it was made now. Raises like `create_account`."""
    _check_number_and_name("instance", number, name, contact=contact, notes=notes)
    instance, created = Instance.objects.get_or_create(
        account=account,
        number=number,
        defaults={"name": name, "region": region, "contact": contact, "notes": notes},
    )
    if instance.name != name:
        raise Conflict(f"instance {instance.label} exists with the name “{instance.name}”")
    if created:
        mark_changed(instance)
        record(kind=Kind.CUSTOMER, actor=actor, of=instance, what=f"added instance {instance}")
    return instance, created


@transaction.atomic
def rename_account(*, account: Account, name: str, actor: str = "command") -> None:
    """Give an account another name. Raises Invalid for a bad one."""
    _check_number_and_name("account", account.number, name)
    before, account.name = account.name, name
    account.save(update_fields=("name",))
    record(kind=Kind.CUSTOMER, actor=actor, of=account, what=f"renamed account {account.number} “{before}” to “{name}”")


@transaction.atomic
def edit_instance(
    *, instance: Instance, name: str, region: str, contact: str, notes: str, actor: str = "command"
) -> None:
    """Change what is said about an instance; its number never changes. Raises Invalid for a bad name."""
    _check_number_and_name("instance", instance.number, name, contact=contact, notes=notes)
    after = {"name": name, "region": region, "contact": contact, "notes": notes}
    changes = changed_fields({field: getattr(instance, field) for field in after}, after)
    instance.name, instance.region, instance.contact, instance.notes = name, region, contact, notes
    instance.save(update_fields=tuple(after))
    what = f"changed the details of instance {instance}"
    record(kind=Kind.CUSTOMER, actor=actor, of=instance, what=what, changes=changes)


def _check_number_and_name(what: str, number: int, name: str, **more: str) -> None:
    errors = []
    if not 1 <= number <= _LARGEST_NUMBER:
        errors.append({"path": what, "message": f"a number from 1 to {_LARGEST_NUMBER} is expected"})
    if not name.strip() or len(name) > _NAME_LENGTH:
        errors.append({"path": "name", "message": f"a name of 1 to {_NAME_LENGTH} characters is expected"})
    texts = {"name": name, **more}.items()
    errors += [{"path": path, "message": problem} for path, text in texts if (problem := secret_problem(text))]
    if errors:
        raise Invalid(f"this cannot be an {what}", errors=errors)


@dataclass(frozen=True, slots=True)
class RoutingChange:
    """What a change of destinations did; pairs are (database, table), sorted."""

    added: tuple[Pair, ...]
    removed: tuple[Pair, ...]
    unchanged: tuple[Pair, ...]
    destinations: tuple[Pair, ...]


@transaction.atomic
def change_destinations(
    *,
    instance: Instance,
    actor: str,
    add: Sequence[Pair] = (),
    remove: Sequence[Pair] = (),
    force: bool = False,
) -> RoutingChange:
    """Register and unregister destinations, all or nothing.

    Adding what is there and removing what is not are `unchanged`. Raises Invalid naming every bad entry by
    its index, and Conflict when the live configuration uses one that is to go (unless `force`).
    """
    Instance.objects.select_for_update().get(pk=instance.pk)
    _check_pairs(add, remove)
    present = set(Destination.objects.filter(instance=instance).values_list("database", "table"))
    adding, removing = set(add) - present, set(remove) & present
    if not force:
        _refuse_used(instance, removing)
    _write(instance, actor, adding, removing)
    return RoutingChange(
        added=tuple(sorted(adding)),
        removed=tuple(sorted(removing)),
        unchanged=tuple(sorted((set(add) - adding) | (set(remove) - removing))),
        destinations=tuple(sorted((present | adding) - removing)),
    )


def _write(instance: Instance, actor: str, adding: Collection[Pair], removing: Collection[Pair]) -> None:
    Destination.objects.bulk_create(
        Destination(instance=instance, database=database, table=table, created_by=actor) for database, table in adding
    )
    for database, table in removing:
        Destination.objects.filter(instance=instance, database=database, table=table).delete()
    if adding or removing:
        mark_changed(instance)
        said = {verb: pairs for verb, pairs in (("registered", adding), ("removed", removing)) if pairs}
        what = "; ".join(f"{verb} {', '.join(map('/'.join, sorted(pairs)))}" for verb, pairs in said.items())
        counts = {f"tables {verb}": len(pairs) for verb, pairs in said.items()}
        record(kind=Kind.ROUTING, actor=actor, of=instance, what=what, detail=counts)


def _check_pairs(add: Sequence[Pair], remove: Sequence[Pair]) -> None:
    errors = [
        problem for index, pair in enumerate(add) for problem in pair_problems(pair, path=f"add.destinations[{index}]")
    ]
    both = set(add) & set(remove)
    errors += [
        {"path": f"remove.destinations[{index}]", "message": f"{'/'.join(pair)} is in both lists"}
        for index, pair in enumerate(remove)
        if pair in both
    ]
    if errors:
        raise Invalid("nothing was changed: some entries are wrong", errors=errors)


def pair_problems(pair: Pair, *, path: str) -> list[dict[str, Any]]:
    """What is wrong with a destination, each as a mapping with `path` and `message`."""
    database, table = pair
    found = ((f"{path}.database", database_problem(database)), (f"{path}.table", table_problem(table)))
    return [{"path": where, "message": message} for where, message in found if message]


def _refuse_used(instance: Instance, removing: Iterable[Pair]) -> None:
    summary = LiveSummary.objects.filter(instance=instance).first()
    used = {tuple(pair) for pair in summary.tables} if summary else set()
    clashes = sorted(used & set(removing))
    if summary and clashes:
        raise Conflict(
            f"live version {summary.version} uses {', '.join('/'.join(pair) for pair in clashes)}; "
            'push a configuration without it first, or send "force": true',
            errors=[{"path": "remove", "message": f"{'/'.join(pair)} is in use"} for pair in clashes],
        )
