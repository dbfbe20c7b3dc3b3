"""Carry out planned pushes."""

from __future__ import annotations

import threading
from argparse import ArgumentParser
from contextlib import suppress
from typing import Any

from p13nadmin.commands import ServiceCommand
from provisioning.schedule_runner import carry_out, run_until


class Command(ServiceCommand):
    help = (
        "Carry out planned pushes, and end rotations, when their time has come, until interrupted. "
        "Several may run at once."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Whether to stop after what is due now."""
        parser.add_argument("--once", action="store_true", help="carry out what is due now, and end")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print a line for each push that was carried out or is held, and for each token or key that was revoked."""
        if options["once"]:
            for line in carry_out():
                self._tell(line)
            return
        self.say("Carrying out planned pushes (Ctrl-C stops it)")
        with suppress(KeyboardInterrupt):
            run_until(threading.Event(), self._tell)

    def _tell(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()  # whoever follows the output sees it now
