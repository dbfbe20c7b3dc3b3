"""Whose the requests are that were turned away: many name no instance, but can be told all the same."""

from __future__ import annotations

from django.db.models import CharField, Q, QuerySet, Value
from django.db.models.functions import Concat

from p13nadmin.api.reach import Accounts
from personalization.models import Rejection
from routing.models import Destination, Instance


def rejections_of(instance: Instance, *, seen: Accounts = None) -> QuerySet[Rejection]:
    """What names the instance, and what `nameless_of` finds; `seen` are the accounts that the reader may see."""
    return _rows().filter(Q(instance=instance.pk) | _nameless(instance, seen))


def nameless_of(instance: Instance, *, seen: Accounts = None) -> QuerySet[Rejection]:
    """What names no instance and may be meant for this one: it names the account alone, or a browser asked for a table
    that the instance monitors.

    Whose page that browser was on is not known. So where an instance of an account that the reader may not see monitors
    a table of the same name, they are not told.
    """
    return _rows().filter(_nameless(instance, seen))


def rejections_of_nobody() -> QuerySet[Rejection]:
    """What is shown of no instance: of no account that has one, and for no table that any of them monitors."""
    of_accounts = Q(account__in=Instance.objects.order_by().values("account"))
    asked = Q(is_preflight=True, where__in=_tables(Destination.objects.all()))
    return _rows().filter(Q(instance=None) & (Q(account=None) | ~of_accounts) & ~asked)


def _nameless(instance: Instance, seen: Accounts) -> Q:
    asked = Q(is_preflight=True, where__in=_tables(Destination.objects.filter(instance=instance.pk)))
    if seen is not None:
        asked &= ~Q(where__in=_tables(Destination.objects.exclude(instance__account__in=seen)))
    return Q(instance=None) & (Q(account=instance.account_id) | Q(account=None) & asked)


def _rows() -> QuerySet[Rejection]:
    return Rejection.objects.alias(where=_table())


def _tables(destinations: QuerySet[Destination]) -> QuerySet[Destination, str]:
    """Their names, to be looked up at once: no index begins with a table."""
    return destinations.order_by().annotate(where=_table()).values_list("where", flat=True)


def _table() -> Concat:
    return Concat("database", Value("/"), "table", output_field=CharField())
