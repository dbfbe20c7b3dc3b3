"""The processes of the endpoint as they report themselves: which run, which fell silent, and what each serves."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import BooleanField, Case, Q, Value, When
from django.db.models.fields.json import KeyTransform
from django.db.models.functions import Now

from provisioning.models import EndpointProcess

LATELY = timedelta(seconds=30)  # a process reports itself every 5 seconds


@dataclass(frozen=True, slots=True)
class Process:
    """One process; `served` are the numbers of the versions that it answers by, by the instance's label."""

    host: str
    pid: int
    seen_at: datetime
    is_running: bool
    served: dict[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Processes:
    """All that reported themselves and did not say goodbye."""

    all: Sequence[Process]

    @property
    def count(self) -> int:
        """How many run."""
        return sum(each.is_running for each in self.all)

    @property
    def silent(self) -> list[Process]:
        """Those that ended without a word, or hang."""
        return [each for each in self.all if not each.is_running]

    def serving(self, label: str, version: int) -> int:
        """How many of those that run answer by that version of the instance."""
        return sum(each.is_running and each.served.get(label) == version for each in self.all)


def processes_serving(labels: Iterable[str]) -> Processes:
    """The processes, with what they serve of these instances, in one query."""
    wanted = list(labels)
    lately = Case(
        When(Q(seen_at__gt=Now() - LATELY), then=Value(True)), default=Value(False), output_field=BooleanField()
    )
    keys = [KeyTransform(label, "versions") for label in wanted]
    rows = EndpointProcess.objects.values_list("host", "pid", "seen_at", lately, *keys)
    return Processes(
        tuple(
            Process(host, pid, seen_at, is_running, dict(zip(wanted, served, strict=True)))
            for host, pid, seen_at, is_running, *served in rows
        )
    )
