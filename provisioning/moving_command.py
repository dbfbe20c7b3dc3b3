"""What the commands that move what is live share: the version asked for, and the answer."""

from __future__ import annotations

from abc import abstractmethod
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
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

BREAK_GLASS = "where a second person has to approve: push without, for this reason; kept with the push"


class LiveCommand(ServiceCommand):
    """A command that changes what is live; prints `1/8 version 5`."""

    def tell_problems(self, instance: Instance, problems: Sequence[Problem]) -> None:
        """Each on a line of its own."""
        for line in problem_lines(instance.label, problems):
            self.say(line)

    @contextmanager
    def telling_problems(self, instance: Instance, done: str) -> Iterator[None]:
        """Tell every problem of a version that may not go live; nothing was `done` then. Raises CommandError."""
        try:
            yield
        except InvalidConfiguration as error:
            self.tell_problems(instance, error.check.problems)
            raise CommandError(f"nothing was {done}: the version has errors") from None

    def tell_live(self, instance: Instance, push: Push, problems: Sequence[Problem]) -> None:
        """What is live now, after what there is to say about it."""
        self.tell_problems(instance, problems)
        self.say(f"live since {push.created_at:%Y-%m-%d %H:%M:%S} UTC, push {push.number} by {push.created_by}")
        self.stdout.write(f"{instance.label} version {push.version.number}")


class MovingCommand(LiveCommand):
    """A command that makes one of the versions live."""

    default_version: str

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which version of which instance, and why."""
        parser.add_argument("instance", help="account/instance, for example 1/8")
        parser.add_argument("version", nargs="?", type=number_argument, help=f"by default, {self.default_version}")
        parser.add_argument("--note", default="", help="why; kept with the push")

    def handle(self, *args: Any, **options: Any) -> None:
        """Move it. Raises CommandError, with every problem of a version that may not go live."""
        instance = find_instance_by_label(options["instance"])
        with self.telling_problems(instance, "pushed"):
            push, check = self.move(instance, options["version"], options["note"])
        self.tell_live(instance, push, check.problems + restarts_of(push))

    @abstractmethod
    def move(self, instance: Instance, version: int | None, note: str) -> tuple[Push, Check]:
        """Make it live, by the service."""
