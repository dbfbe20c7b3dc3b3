"""Make a configuration version live."""

from __future__ import annotations

from p13nadmin.commands import ACTOR
from provisioning.language import Check
from provisioning.models import Push
from provisioning.moving_command import MovingCommand
from provisioning.services import push_version
from routing.models import Instance


class Command(MovingCommand):
    help = "Make a version live, the newest unless one is named; prints what is live now."
    default_version = "the newest"

    def move(self, instance: Instance, version: int | None, note: str) -> tuple[Push, Check]:
        """Push it."""
        return push_version(instance=instance, version=version, actor=ACTOR, note=note)
