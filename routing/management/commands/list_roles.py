"""Who has which role."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from p13nadmin.commands import ServiceCommand, number_argument
from routing.models import StaffRole
from routing.role_command import told


class Command(ServiceCommand):
    help = "Print who has which role where, one a line. Superusers, who need none, are not among them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Of one account alone, when asked."""
        parser.add_argument("--account", type=number_argument, help="those of this account; roles in all are left out")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print them by person."""
        rows = StaffRole.objects.select_related("user", "account").order_by("user__username", "account_id")
        if options["account"] is not None:
            rows = rows.filter(account__number=options["account"])
        for row in rows:
            self.stdout.write(told(row))
