"""Make a configuration version live."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from p13nadmin.commands import ACTOR
from provisioning.language import Check
from provisioning.models import Push
from provisioning.moving_command import BREAK_GLASS, MovingCommand
from provisioning.services import push_version
from routing.models import Instance


class Command(MovingCommand):
    help = "Make a version live, the newest unless one is named; prints what is live now."
    default_version = "the newest"
    _break_glass = ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What to push, and how it goes past a second person's approval where one is asked for."""
        super().add_arguments(parser)
        parser.add_argument("--break-glass", default="", metavar="REASON", help=BREAK_GLASS)

    def handle(self, *args: Any, **options: Any) -> None:
        """Push it. Raises CommandError, with every problem of a version that may not go live."""
        self._break_glass = options["break_glass"]
        super().handle(*args, **options)

    def move(self, instance: Instance, version: int | None, note: str) -> tuple[Push, Check]:
        """Push it."""
        return push_version(instance=instance, version=version, actor=ACTOR, note=note, break_glass=self._break_glass)
