"""What the commands about roles have in common: whose role, and where."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from django.contrib.auth.models import User

from p13nadmin.api.caller import Caller
from p13nadmin.api.errors import NotFound
from p13nadmin.api.reach import EVERYTHING
from p13nadmin.commands import ACTOR, number_argument
from routing.models import Account, StaffRole
from routing.selectors import find_account


def add_place_arguments(parser: ArgumentParser) -> None:
    """The account, or all of them."""
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--account", type=number_argument, help="where: the account's number, for example 1")
    where.add_argument("--every-account", action="store_true", help="where: every account, those to come too")


def place_of(options: Mapping[str, Any]) -> Account | None:
    """The account that was named, None: every account. Raises NotFound."""
    if options["every_account"]:
        return None
    return find_account(caller=Caller(actor=ACTOR, reach=EVERYTHING), number=options["account"])


def person_of(options: Mapping[str, Any]) -> User:
    """Who was named. Raises NotFound."""
    user = User.objects.filter(username=options["username"]).first()
    if user is None:
        raise NotFound(f"nobody is called “{options['username']}”; a superuser adds logins under Users")
    return user


def told(row: StaffRole) -> str:
    """A role as one line."""
    return f"{row.user.get_username()}: {row}"
