"""Create the demo customer."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from personalization.demo.command import DemoCommand


class Command(DemoCommand):
    help = "Create a customer to try the product with (debug mode only); what is there stays as it is."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Whether the login gets a new password."""
        parser.add_argument("--reset-password", action="store_true", help="print a new password for the login")

    def handle(self, *args: Any, **options: Any) -> None:
        """Create it and print how to use it. Raises CommandError outside debug mode."""
        self.create_demo(reset_password=options["reset_password"])
