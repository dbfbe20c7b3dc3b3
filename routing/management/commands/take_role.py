"""Take a role away from a member of staff."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from p13nadmin.commands import ACTOR, ServiceCommand
from routing.role_command import add_place_arguments, person_of, place_of
from routing.role_services import take_role


class Command(ServiceCommand):
    help = "Take away the role that somebody has in an account, or in all."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Who, where and why."""
        parser.add_argument("username", help="who has the role")
        add_place_arguments(parser)
        parser.add_argument("--note", default="", help="why; kept with the entry in the history")

    def handle(self, *args: Any, **options: Any) -> None:
        """Take it away. Raises NotFound when they have none there."""
        user = person_of(options)
        take_role(user=user, account=place_of(options), actor=ACTOR, why=options["note"])
        self.say(f"the role of {user.get_username()} is taken away; the login stays")
