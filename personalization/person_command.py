"""What the commands about one person share: whom they name, and how the value stays out of the shell's history."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from p13nadmin.commands import ServiceCommand, secret_argument
from routing.models import Instance
from routing.selectors import find_instance_by_label


class PersonCommand(ServiceCommand):
    """A command about the person that a key value names."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Whose data, and of whom."""
        parser.add_argument("instance", help="account/instance, for example 1/8")
        parser.add_argument("key", help="the name of a key, for example td_client_id")
        parser.add_argument("value", help="the key's value; - reads it from standard input")

    def person(self, options: dict[str, Any]) -> tuple[Instance, str, str]:
        """The instance, the key's name and its value."""
        return find_instance_by_label(options["instance"]), options["key"], secret_argument(options["value"])
