"""What `push_configuration` and `rollback_configuration` share: the version asked for, and the answer."""

from __future__ import annotations

from abc import abstractmethod
from argparse import ArgumentParser
from collections.abc import Sequence
from typing import Any

from django.core.management.base import CommandError

from p13nadmin.commands import ServiceCommand, number_argument
from provisioning.files import problem_lines
from provisioning.language import Check, Problem
from provisioning.models import Push
from provisioning.moving import InvalidConfiguration
from provisioning.previews import restarts_of
from routing.models import Instance
from routing.selectors import find_instance_by_label


class MovingCommand(ServiceCommand):
    """A command that moves what is live; prints `1/8 version 5`."""

    default_version: str

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which version of which instance, and why."""
        parser.add_argument("instance", help="account/instance, for example 1/8")
        parser.add_argument("version", nargs="?", type=number_argument, help=f"by default, {self.default_version}")
        parser.add_argument("--note", default="", help="why; kept with the push")

    def handle(self, *args: Any, **options: Any) -> None:
        """Move it. Raises CommandError, with every problem of a version that may not go live."""
        instance = find_instance_by_label(options["instance"])
        try:
            push, check = self.move(instance, options["version"], options["note"])
        except InvalidConfiguration as error:
            self._tell(instance, error.check.problems)
            raise CommandError("nothing was pushed: the version has errors") from None
        self._tell(instance, check.problems + restarts_of(push))
        self.say(f"live since {push.created_at:%Y-%m-%d %H:%M:%S} UTC, push {push.number} by {push.created_by}")
        self.stdout.write(f"{instance.label} version {push.version.number}")

    @abstractmethod
    def move(self, instance: Instance, version: int | None, note: str) -> tuple[Push, Check]:
        """Make it live, by the service."""

    def _tell(self, instance: Instance, problems: Sequence[Problem]) -> None:
        for line in problem_lines(instance.label, problems):
            self.say(line)
