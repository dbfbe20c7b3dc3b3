"""Ask a second person to approve a version."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from p13nadmin.commands import ACTOR, number_argument
from provisioning.approvals import request_approval
from provisioning.moving_command import LiveCommand
from provisioning.planned_lines import APPROVER, approval_line
from routing.selectors import find_instance_by_label


class Command(LiveCommand):
    help = "Ask a second person to approve a version that is to go live; prints the request."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which version of which instance, and why."""
        parser.add_argument("instance", help="account/instance, for example 1/8")
        parser.add_argument("version", type=number_argument)
        parser.add_argument("--note", default="", help="why; kept with the request")

    def handle(self, *args: Any, **options: Any) -> None:
        """Ask. Raises CommandError, with every problem of a version that may not go live."""
        instance = find_instance_by_label(options["instance"])
        with self.telling_problems(instance, "asked for"):
            asked = request_approval(instance=instance, version=options["version"], actor=ACTOR, note=options["note"])
        self.say(APPROVER)
        self.stdout.write(approval_line(asked))
