"""Write an instance's provisioning to files."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from p13nadmin.commands import ServiceCommand, printable
from provisioning.exporting import instance_files, usable_tokens
from routing.models import Instance
from routing.selectors import find_instance_by_label
from tokens.models import AccessToken


class Command(ServiceCommand):
    help = "Write an instance's provisioning to files that the import commands take; tokens as digests."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which instance, and where to."""
        parser.add_argument("instance", help="account/instance, for example 1/8")
        parser.add_argument("--directory", help="a new or empty one; by default export-1-8")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the files and name each. Raises CommandError when there is something in the directory."""
        instance = find_instance_by_label(options["instance"])
        directory = Path(options["directory"] or f"export-{instance.account_id}-{instance.number}")
        if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
            raise CommandError(printable(f"{directory} is there already; name a new or an empty directory"))
        for name, text in instance_files(instance):
            path = directory / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode())
            self.stdout.write(printable(str(path)))
        self._tell_what_is_missing(instance)

    def _tell_what_is_missing(self, instance: Instance) -> None:
        exported = usable_tokens(instance)
        ended = AccessToken.objects.filter(instance=instance).count() - len(exported)
        if ended:
            self.say(f"left out: {ended} {'token that was' if ended == 1 else 'tokens that were'} revoked or expired")
