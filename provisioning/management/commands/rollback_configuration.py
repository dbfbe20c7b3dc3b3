"""Go back to a configuration version that was live before."""

from __future__ import annotations

from p13nadmin.commands import ACTOR
from provisioning.language import Check
from provisioning.models import Push
from provisioning.moving_command import MovingCommand
from provisioning.services import roll_back
from routing.models import Instance


class Command(MovingCommand):
    help = "Make the version live that was live before this one, or the one named; prints what is live now."
    default_version = "the one that was live before this one"

    def move(self, instance: Instance, version: int | None, note: str) -> tuple[Push, Check]:
        """Roll back to it."""
        return roll_back(instance=instance, version=version, actor=ACTOR, note=note)
