"""Erase all that is kept of a person."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.conf import settings

from p13nadmin.commands import ACTOR
from personalization.person_command import PersonCommand
from personalization.services import erase_person, opened_records


class Command(PersonCommand):
    help = "Remove all that is kept of a person, for good; prints how much that was."

    def handle(self, *args: Any, **options: Any) -> None:
        """Remove it."""
        instance, key, value = self.person(options)
        with opened_records(settings.EVENT_STORE) as records:
            removed = erase_person(records=records, instance=instance, key=key, value=value, actor=ACTOR)
        self.stdout.write(", ".join(f"{what} {count}" for what, count in asdict(removed).items()))
