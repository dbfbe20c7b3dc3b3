"""The frame of every import: read, check, write in one transaction, report."""

from __future__ import annotations

from abc import abstractmethod
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar, TextIO, TypeVar, cast

from django.core.management.base import CommandError
from django.db import transaction

from p13nadmin.bulk.columns import Columns
from p13nadmin.bulk.progress import followed
from p13nadmin.bulk.report import Report
from p13nadmin.bulk.rows import BadRow, BrokenFile, Row
from p13nadmin.bulk.source import FORMATS, UnknownFormat, format_of, opened, read_rows
from p13nadmin.commands import ServiceCommand

T = TypeVar("T")


def add_import_arguments(parser: ArgumentParser) -> None:
    """The options that all imports share."""
    parser.add_argument("--dry-run", action="store_true", help="check everything, report, and write nothing")
    parser.add_argument("--keep-going", action="store_true", help="write the good rows although others are refused")


def finish(command: ServiceCommand, report: Report, *, dry_run: bool, keep_going: bool) -> None:
    """Print the report, and say what became of it. Raises CommandError when something was refused."""
    written = not dry_run and not report.forbids_writing(keep_going=keep_going)
    for line in report.lines(written=written):
        command.stdout.write(line)
    if dry_run:
        command.say("dry run: nothing was written")
    verdict = report.verdict(keep_going=keep_going and not dry_run)
    if verdict:
        raise CommandError(verdict)


class BulkCommand(ServiceCommand):
    """An import of one file: all rows or none, unless `--keep-going`."""

    columns: ClassVar[Columns]

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The file, its format, and how to treat bad rows."""
        parser.add_argument("file", help=f"{self.columns.listing}; - is standard input")
        parser.add_argument("--format", choices=FORMATS, help="by default, what the file's ending says")
        add_import_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Work the file through. Raises CommandError when a row was refused."""
        report = Report(options["file"])
        rows = read_file(options["file"], options["format"], self.columns, report)
        with transaction.atomic():
            self.write(rows, report)
            if options["dry_run"] or report.forbids_writing(keep_going=options["keep_going"]):
                transaction.set_rollback(True)
        finish(self, report, dry_run=options["dry_run"], keep_going=options["keep_going"])

    @abstractmethod
    def write(self, rows: Sequence[Row], report: Report) -> None:
        """Do what the rows say, by the services; refuse in `report` those that cannot be done."""

    def followed(self, items: Sequence[T], label: str) -> Iterator[T]:
        """The items, with a progress bar on a terminal."""
        return followed(items, label, stream=cast(TextIO, self.stderr))


def read_file(name: str, given: str | None, columns: Columns, report: Report) -> list[Row]:
    """The rows of a file that can be read; the others are refused in the report. `given`: the format asked for.

    Raises CommandError when the format is not known; empty when the file cannot be read to its end.
    """
    good = []
    try:
        with opened(name) as stream:
            for row in read_rows(stream, format_of(name, given), columns):
                if isinstance(row, BadRow):
                    report.refuse(row.line, row.reasons)
                else:
                    good.append(row)
    except BrokenFile as error:
        report.break_off(error.line, error.reason)
        return []
    except UnknownFormat as error:
        raise CommandError(f"{name}: {error}") from None
    return good
