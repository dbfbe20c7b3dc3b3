"""Register destinations from a file."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from p13nadmin.bulk.columns import Column, Columns, number, text
from p13nadmin.bulk.command import BulkCommand
from p13nadmin.bulk.report import Report
from p13nadmin.bulk.rows import Row
from p13nadmin.commands import ACTOR
from routing.models import Instance
from routing.selectors import instances_by_label
from routing.services import Pair, change_destinations, lock_instances, pair_problems

_Label = tuple[int, int]
_PART = 10_000  # pairs written between two moves of the progress bar


class Command(BulkCommand):
    help = "Register the destinations of a CSV, JSON, JSON Lines or YAML file. Those that are there stay as they are."
    columns = Columns(
        (Column("account", number), Column("instance", number), Column("database", text), Column("table", text))
    )

    def write(self, rows: Sequence[Row], report: Report) -> None:
        """Add the destinations, instance by instance."""
        instances = instances_by_label({_label(row) for row in rows})
        lock_instances(instances.values())
        wanted = _wanted(rows, instances, report)
        report.count("added", 0)
        report.count("unchanged", 0)
        parts = [(label, part) for label in sorted(wanted) for part in _parts(wanted[label])]
        for label, part in self.followed(parts, "Registering"):
            change = change_destinations(instance=instances[label], actor=ACTOR, add=part)
            report.count("added", len(change.added))
            report.count("unchanged", len(change.unchanged))


def _parts(pairs: list[Pair]) -> list[list[Pair]]:
    return [pairs[start : start + _PART] for start in range(0, len(pairs), _PART)]


def _wanted(rows: Sequence[Row], instances: Mapping[_Label, Instance], report: Report) -> dict[_Label, list[Pair]]:
    wanted: dict[_Label, list[Pair]] = defaultdict(list)
    first_lines: dict[tuple[_Label, Pair], int] = {}
    for row in rows:
        label, pair = _label(row), (row.values["database"], row.values["table"])
        reasons = _problems(label, pair, instances)
        if (label, pair) in first_lines:
            reasons.append(f"the same destination as line {first_lines[label, pair]}")
        first_lines.setdefault((label, pair), row.line)
        if reasons:
            report.refuse(row.line, reasons)
        else:
            wanted[label].append(pair)
    return wanted


def _problems(label: _Label, pair: Pair, instances: Mapping[_Label, Instance]) -> list[str]:
    reasons = [f"{problem['path'].lstrip('.')}: {problem['message']}" for problem in pair_problems(pair, path="")]
    if label not in instances:
        written = "/".join(map(str, label))
        reasons.append(f"there is no instance {written}; `manage.py add_instance {written}` makes it")
    return reasons


def _label(row: Row) -> _Label:
    return row.values["account"], row.values["instance"]
