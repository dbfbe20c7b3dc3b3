"""Let somebody sign in again."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.models import User

from p13nadmin.api.errors import NotFound
from p13nadmin.commands import ACTOR, ServiceCommand
from sign_in.lockout import unlock
from sign_in.one_time import remove
from sign_in.records import note_change
from sign_in.sessions import sign_out_everywhere


class Command(ServiceCommand):
    help = "Undo the lock after wrong passwords; on request also take a lost one-time password away."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Whom, and what else."""
        parser.add_argument("username", help="who is locked out")
        parser.add_argument("--without-code", action="store_true", help="take the one-time password away as well")

    def handle(self, *args: Any, **options: Any) -> None:
        """Unlock the name. Raises NotFound when nobody has it."""
        user = User.objects.filter(username=options["username"]).first()
        if user is None:
            raise NotFound(f"nobody is called “{options['username']}”")
        unlock(user.get_username())
        note_change(user, "unlocked", actor=ACTOR)
        self.say(f"{user.get_username()} can sign in again")
        if options["without_code"] and remove(user=user):
            note_change(user, "the one-time password was taken away", actor=ACTOR)
            self.say(f"one-time password taken away, {sign_out_everywhere(user)} sessions ended")
