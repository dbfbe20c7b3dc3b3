"""Call off the push that is planned."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from p13nadmin.commands import ACTOR, ServiceCommand, add_yes_argument
from provisioning.planned_lines import schedule_line
from provisioning.schedules import cancel, find_waiting
from routing.selectors import find_instance_by_label


class Command(ServiceCommand):
    help = "Call off the push that is planned for an instance; prints what was planned."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Whose, and whether to ask."""
        parser.add_argument("instance", help="account/instance, for example 1/8")
        add_yes_argument(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Call it off. Raises CommandError when none is planned, or nobody said yes."""
        waiting = find_waiting(find_instance_by_label(options["instance"]))
        self.confirm(f"Call off {schedule_line(waiting)}?", yes=options["yes"])
        self.stdout.write(schedule_line(cancel(schedule=waiting, actor=ACTOR)))
