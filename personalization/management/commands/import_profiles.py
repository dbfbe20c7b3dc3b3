"""Write profiles from a file: values of keys and attributes."""

from __future__ import annotations

import json
import time
from argparse import ArgumentParser
from collections.abc import Iterable, Sequence
from contextlib import closing
from typing import Any, NoReturn, TextIO, cast

from django.conf import settings
from django.core.management.base import CommandError

from p13nadmin.bulk.columns import Column, Columns
from p13nadmin.bulk.command import add_import_arguments, finish, read_file
from p13nadmin.bulk.progress import followed
from p13nadmin.bulk.report import Report
from p13nadmin.bulk.rows import Row
from p13nadmin.bulk.source import FORMATS, UnknownFormat, format_of
from p13nadmin.commands import ServiceCommand, printable
from personalization.identity import Pair
from personalization.live import LiveInstance
from personalization.profile_import import ROWS_AT_ONCE, CannotImport, GivenRow, Result, import_rows, read_row
from personalization.program import Program, program
from personalization.stores.base import StoreUnavailable
from personalization.stores.locations import UnknownStore
from provisioning.selectors import live_version
from provisioning.validation import compile_text
from routing.models import Instance
from routing.selectors import find_instance_by_label

_TOO_LARGE: Result = "too large"

_Checked = tuple[int, GivenRow]  # with the line


class Command(ServiceCommand):
    help = (
        "Write profiles from a CSV, JSON, JSON Lines or YAML file whose columns are keys and attributes of the live "
        "configuration. `imported` attributes are set, others filled where there is nothing yet."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The file, whose profiles, and how to treat bad rows."""
        parser.add_argument("file", help="columns are keys and attributes; - is standard input")
        parser.add_argument("--instance", required=True, help="account/instance, for example 1/8")
        parser.add_argument("--format", choices=FORMATS, help="by default, what the file's ending says")
        add_import_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Check the whole file, then write it batch by batch. Raises CommandError when a row was refused."""
        live = _live(find_instance_by_label(options["instance"]))
        report, now = Report(options["file"]), int(time.time())
        rows = self._checked(options, live, report, now)
        dry_run, keep_going = options["dry_run"], options["keep_going"]
        if dry_run or report.forbids_writing(keep_going=keep_going):
            report.count("good", len(rows))
        else:
            self._write(live, rows, report, now)
            keep_going = True  # what is refused now is refused by the store, when others are written
        finish(self, report, dry_run=dry_run, keep_going=keep_going)

    def _checked(self, options: dict[str, Any], live: LiveInstance, report: Report, now: int) -> list[_Checked]:
        assert live.program is not None
        raw = read_file(options["file"], options["format"], _columns(live.program, _has_types(options)), report)
        first: dict[Pair, int] = {}
        checked = []
        for row in followed(raw, "Checking", stream=cast(TextIO, self.stderr)):
            try:
                given = read_row(live.program, live.label, row.values, now=now)
            except CannotImport as error:
                report.refuse(row.line, [str(error)])
                continue
            reasons = _repeated(row, given, first)
            if reasons:
                report.refuse(row.line, reasons)
            else:
                checked.append((row.line, given))
        return checked

    def _write(self, live: LiveInstance, rows: Sequence[_Checked], report: Report, now: int) -> None:
        for what in ("created", "changed", "unchanged"):
            report.count(what, 0)
        written = 0
        steps = followed(range(0, len(rows), ROWS_AT_ONCE), "Writing", stream=cast(TextIO, self.stderr))
        try:
            with closing(import_rows(settings.EVENT_STORE, live, [given for _, given in rows], now=now)) as batches:
                for start, results in zip(steps, batches, strict=False):
                    _note(report, zip((line for line, _ in rows[start:]), results, strict=False))
                    written += len(results)
        except StoreUnavailable as error:
            raise CommandError(
                f"the event store is not available: {printable(str(error))}\n"
                f"{written} of {len(rows)} rows were written; start the import again to go on"
            ) from None
        except UnknownStore as error:
            raise CommandError(str(error)) from None


def _live(instance: Instance) -> LiveInstance:
    version = live_version(instance)
    plan = None if version is None else compile_text(version.text).plan
    if version is None or plan is None:
        raise CommandError(f"nothing is live in instance {instance.label}: its configuration says what can be imported")
    return LiveInstance(instance.account_id, instance.number, version.number, program(plan))


def _has_types(options: dict[str, Any]) -> bool:
    """Whether the format tells numbers from texts."""
    try:
        return format_of(options["file"], options["format"]) in ("json", "jsonl")
    except UnknownFormat as error:
        raise CommandError(f"{options['file']}: {error}") from None


def _columns(program: Program, has_types: bool) -> Columns:
    keys = (Column(name, _as_it_is, required=False) for name in program.keys)
    read = _as_it_is if has_types else _json_or_text
    return Columns((*keys, *(Column(name, read, required=False) for name in program.attributes)))


def _as_it_is(value: Any) -> Any:
    return value


def _json_or_text(value: Any) -> Any:
    """What a cell means: JSON where it is, otherwise a text."""
    try:
        return json.loads(value, parse_constant=_refuse) if isinstance(value, str) else value
    except (ValueError, RecursionError):
        return value


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _repeated(row: Row, given: GivenRow, first: dict[Pair, int]) -> list[str]:
    known = {name: first[name, value] for name, value in given.pairs() if (name, value) in first}
    for pair in given.pairs():
        first.setdefault(pair, row.line)
    return [f"{name}: the same value as on line {line}" for name, line in known.items()]


def _note(report: Report, results: Iterable[tuple[int, Result]]) -> None:
    for line, result in results:
        if result == _TOO_LARGE:
            report.refuse(line, ["the profile would be larger than 256 KiB; what did not fit was left out"])
        else:
            report.count(result)
