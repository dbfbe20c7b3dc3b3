"""Tell what changed between two configurations."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from p13nadmin.commands import ServiceCommand, printable
from provisioning.comparing import Side, sides
from provisioning.language import diff_documents


class Command(ServiceCommand):
    help = "Tell what changed between two versions of an instance, or two files."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What is compared."""
        parser.add_argument("compared", nargs="+", metavar="1/8 [FROM [TO]]|FILE FILE", help="- is standard input")
        parser.add_argument("--unified", action="store_true", help="the lines that differ as well")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print one sentence a change. Raises CommandError when one of the two cannot be read as YAML."""
        old, new = sides(options["compared"])
        difference = diff_documents(old.text, new.text, old_name=old.name, new_name=new.name)
        for change in difference.changes:
            self.stdout.write(printable(change.text))
        if options["unified"]:
            for line in difference.unified.splitlines():
                self.stdout.write(printable(line))
        if not difference.readable:
            raise CommandError("one of them is not YAML; only their lines can be compared (--unified)")
        self.say(_summary(old, new, len(difference.changes), same=old.text == new.text))


def _summary(old: Side, new: Side, changes: int, *, same: bool) -> str:
    counted = (
        f"{changes} change{'' if changes == 1 else 's'}" if changes else "no change" if same else "the same by meaning"
    )
    return printable(f"from {old.name} to {new.name}: {counted}")
