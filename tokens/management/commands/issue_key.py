"""Issue an API key, or register an existing one."""

from __future__ import annotations

from argparse import ArgumentParser
from functools import partial
from typing import Any

from django.conf import settings

from p13nadmin.api.caller import Caller
from p13nadmin.api.reach import EVERYTHING
from p13nadmin.commands import ACTOR, ServiceCommand, number_argument, secret_argument, time_argument
from routing.models import Account, StaffRole
from routing.selectors import find_account
from tokens.hand_over_command import add_hand_over_arguments, delivered, tell_secret
from tokens.models import ApiKey
from tokens.selectors import free_key_name
from tokens.services import Issued, issue_key


class Command(ServiceCommand):
    help = "Issue an API key; prints the whole header value, TD1 account/key, this once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Whose key, and what it may do."""
        parser.add_argument("account", type=number_argument, help="the account's number, for example 1")
        parser.add_argument("--scope", required=True, choices=ApiKey.Scope.values)
        parser.add_argument(
            "--role",
            default="",
            choices=StaffRole.Role.values,
            help="with provision or operator: no more than this may",
        )
        parser.add_argument("--name", help="by default, the scope")
        parser.add_argument("--key", default="", help="an existing key to register, or sha256:…; - reads it")
        parser.add_argument("--allowed-ip", action="append", default=[], metavar="CIDR", dest="allowed_ips")
        parser.add_argument("--expires-at", type=time_argument, metavar="TIME", help="ISO 8601 with a zone")
        add_hand_over_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Issue it. Raises CommandError when the name or the key is taken."""
        account = find_account(caller=Caller(actor=ACTOR, reach=EVERYTHING), number=options["account"])
        made = delivered(partial(_issued, account, options), options)
        tell_secret(self, made, options)
        self.say(f"key “{made.issued.row.name}” of account {account.number} may {made.issued.row.powers}")


def _issued(account: Account, options: dict[str, Any]) -> Issued[ApiKey]:
    return issue_key(
        account=account,
        name=options["name"] or free_key_name(account, options["scope"]),
        scope=options["scope"],
        role=options["role"],
        actor=ACTOR,
        key=secret_argument(options["key"]),
        allowed_ips=options["allowed_ips"],
        expires_at=options["expires_at"],
        require_addresses=not settings.DEBUG,
    )
