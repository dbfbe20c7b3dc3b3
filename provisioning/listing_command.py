"""What `list_approvals` and `list_schedules` share: of which instance, and whether what has ended is told as well."""

from __future__ import annotations

from abc import abstractmethod
from argparse import ArgumentParser
from typing import Any, ClassVar, Generic, TypeVar

from django.db.models import QuerySet

from p13nadmin.commands import ServiceCommand
from provisioning.models import ApprovalRequest, ScheduledPush
from routing.selectors import find_instance_by_label

Plans = TypeVar("Plans", ApprovalRequest, ScheduledPush)


class ListingCommand(ServiceCommand, Generic[Plans]):
    """A command that prints one line for each, the newest first."""

    rows: QuerySet[Plans]
    under_way: ClassVar[tuple[str, ...]]

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Of which instance, and how far back."""
        parser.add_argument("instance", nargs="?", help="account/instance, for example 1/8; by default, all")
        parser.add_argument("--all", action="store_true", help="those that have ended as well")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print them."""
        rows = self.rows.select_related("version", "instance").defer("version__text").order_by("-pk")
        if options["instance"] is not None:
            rows = rows.filter(instance=find_instance_by_label(options["instance"]))
        if not options["all"]:
            rows = rows.filter(state__in=self.under_way)
        for row in rows.iterator():
            self.stdout.write(self.line(row))

    @abstractmethod
    def line(self, row: Plans) -> str:
        """One of them."""
