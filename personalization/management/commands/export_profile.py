"""Export all that is kept of a person."""

from __future__ import annotations

import json
import time
from typing import Any

from django.conf import settings

from p13nadmin.commands import ACTOR
from personalization.person_command import PersonCommand
from personalization.services import export_person, opened_records


class Command(PersonCommand):
    help = "Print all that is kept of a person as JSON: profile, events, merges, activations that wait."

    def handle(self, *args: Any, **options: Any) -> None:
        """Print it. Raises CommandError when nothing is kept."""
        instance, key, value = self.person(options)
        with opened_records(settings.EVENT_STORE) as records:
            found = export_person(
                records=records, instance=instance, key=key, value=value, now=int(time.time()), actor=ACTOR
            )
        self.stdout.write(json.dumps(found, indent=2))
