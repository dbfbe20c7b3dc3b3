"""Reject a version that waits for approval, or take the request back."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from p13nadmin.commands import ACTOR, ServiceCommand, number_argument
from provisioning.approvals import decide, find_under_way
from provisioning.planned_lines import approval_line
from routing.selectors import find_instance_by_label


class Command(ServiceCommand):
    help = "Reject a version that waits for approval or is approved, or take the request back; prints the request."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which version of which instance, and why."""
        parser.add_argument("instance", help="account/instance, for example 1/8")
        parser.add_argument("version", type=number_argument, help="the one that was looked at")
        parser.add_argument("--reason", default="", help="why; kept with the request")

    def handle(self, *args: Any, **options: Any) -> None:
        """Reject it. Raises CommandError when nobody waits for that version's approval."""
        instance = find_instance_by_label(options["instance"])
        current = find_under_way(instance, options["version"])
        rejected = decide(request=current, approve=False, actor=ACTOR, reason=options["reason"])
        self.stdout.write(approval_line(rejected))
