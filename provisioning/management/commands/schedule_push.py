"""Plan that a version goes live at a time."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from p13nadmin.commands import ACTOR, number_argument, time_argument
from provisioning.moving_command import LiveCommand
from provisioning.planned_lines import schedule_line
from provisioning.schedules import plan_push
from routing.selectors import find_instance_by_label


class Command(LiveCommand):
    help = "Plan that a version goes live at a time; prints the plan."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which version of which instance, when, and why."""
        parser.add_argument("instance", help="account/instance, for example 1/8")
        parser.add_argument("version", type=number_argument)
        parser.add_argument("--at", required=True, type=time_argument, metavar="TIME", help="ISO 8601 with a zone")
        parser.add_argument("--note", default="", help="why; kept with the plan and the push")

    def handle(self, *args: Any, **options: Any) -> None:
        """Plan it. Raises CommandError, with every problem of a version that may not go live."""
        instance = find_instance_by_label(options["instance"])
        with self.telling_problems(instance, "planned"):
            planned = plan_push(
                instance=instance, version=options["version"], at=options["at"], actor=ACTOR, note=options["note"]
            )
        self.stdout.write(schedule_line(planned))
