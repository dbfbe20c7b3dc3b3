"""The last seven days of the history, customer by customer, and what is of all of them: for handing over."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any, Final

from django.db.models import QuerySet

from p13nadmin.api.reach import Reach
from routing.history import SIGNED_IN, Kind, told_of
from routing.models import Account, HistoryEntry

_MOST: Final = 1000
_MOST_OF_ALL: Final = 200
_TOLD: Final = 3  # sentences of an entry; the rest stands on its own page
# What one must be allowed to see to be told what the fields of such a thing were and are.
_TOLD_TO: Final[Mapping[str, str]] = {
    Kind.CUSTOMER: "routing.view_instance",
    Kind.TOKEN: "tokens.view_accesstoken",
    Kind.KEY: "tokens.view_apikey",
    Kind.DRAFT: "provisioning.view_draft",
    Kind.ROLE: "routing.view_staffrole",
}


@dataclass(frozen=True, slots=True)
class Line:
    """An entry with the first sentences of what it changed, and how many more there are."""

    entry: HistoryEntry
    told: Sequence[str]
    more: int


@dataclass(frozen=True, slots=True)
class Customer:
    """An account, and what was done to it lately, the newest first within each of its instances."""

    number: int
    name: str
    lines: Sequence[Line]

    @property
    def anchor(self) -> str:
        """The id of its title on the page."""
        return f"customer-{self.number}"


@dataclass(frozen=True, slots=True)
class Week:
    """`of_all` is what belongs to no single customer; `cut` says what was left out."""

    customers: Sequence[Customer]
    of_all: Sequence[Line]
    cut: Sequence[str]


def week(entries: QuerySet[Any], since: datetime, reach: Reach) -> Week:
    """What was done since then, of what somebody of that reach may see, but for who merely signed in."""
    lately = entries.filter(at__gte=since)
    of_customers = list(lately.exclude(account=None).order_by("account", "instance", "-pk")[: _MOST + 1])
    others = lately.filter(account=None).exclude(kind=Kind.SIGN_IN, what__contains=SIGNED_IN)
    of_all = list(others.order_by("-pk")[: _MOST_OF_ALL + 1])
    line = _lines_for(reach)
    return Week(
        _customers(of_customers[:_MOST], line),
        [line(entry) for entry in of_all[:_MOST_OF_ALL]],
        [
            *([f"More than {_MOST:,} things were done"] if len(of_customers) > _MOST else []),
            *([f"More than {_MOST_OF_ALL} things were done for all customers"] if len(of_all) > _MOST_OF_ALL else []),
        ],
    )


def _lines_for(reach: Reach) -> Callable[[HistoryEntry], Line]:
    def line(entry: HistoryEntry) -> Line:
        told = told_of(entry) if may_be_told(reach, entry) else []
        return Line(entry, told[:_TOLD], len(told[_TOLD:]))

    return line


def may_be_told(reach: Reach, entry: HistoryEntry) -> bool:
    """Whether somebody of that reach may know what the fields of such a thing were and are."""
    permission = _TOLD_TO.get(entry.kind)
    if permission is None:
        return True
    return reach.may_everywhere(permission) if entry.account is None else reach.may(permission, entry.account)


def _customers(entries: Sequence[HistoryEntry], line: Callable[[HistoryEntry], Line]) -> list[Customer]:
    names = dict(Account.objects.filter(number__in={each.account for each in entries}).values_list("number", "name"))
    grouped = groupby(entries, key=lambda entry: entry.account or 0)
    return [Customer(number, names.get(number, ""), [line(each) for each in rows]) for number, rows in grouped]
