"""Give a member of staff a role."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from p13nadmin.api.errors import Conflict
from p13nadmin.commands import ACTOR, ServiceCommand
from routing.role_command import add_place_arguments, person_of, place_of, told
from routing.role_services import give_role
from routing.roles import ROLES


class Command(ServiceCommand):
    help = "Give somebody a role in an account or in all, instead of the one that they have there; prints it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Who, what, where and why."""
        parser.add_argument("username", help="who has a login")
        parser.add_argument("role", choices=list(ROLES))
        add_place_arguments(parser)
        parser.add_argument("--note", default="", help="why; kept with the entry in the history")

    def handle(self, *args: Any, **options: Any) -> None:
        """Give it. Raises NotFound, and Conflict for a superuser."""
        user, account = person_of(options), place_of(options)
        if user.is_superuser:
            raise Conflict(f"{user.get_username()} is a superuser, who may do everything: a role would change nothing")
        given = give_role(user=user, role=options["role"], account=account, actor=ACTOR, why=options["note"])
        self.stdout.write(told(given))
