"""Upload configuration files, and push them when asked."""

from __future__ import annotations

from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TextIO, cast

from django.core.management.base import CommandError
from django.db import transaction

from p13nadmin.api.errors import DomainError
from p13nadmin.bulk.command import add_import_arguments
from p13nadmin.bulk.progress import followed
from p13nadmin.commands import ACTOR, ServiceCommand, printable, words_of
from provisioning.files import ConfigurationFile, configuration_files, problem_lines, read_configuration
from provisioning.moving import InvalidConfiguration
from provisioning.moving_command import BREAK_GLASS
from provisioning.services import Upload, upload_configuration
from routing.names import read_label
from routing.selectors import find_instance_by_label, instances_by_label
from routing.services import lock_instances

_Word = Literal["uploaded", "unchanged", "refused"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one file: `problems` are lines to print, `result` one more once it is written for good."""

    word: _Word
    problems: tuple[str, ...]
    result: str = ""


@dataclass(frozen=True, slots=True)
class _Meant:
    """What is to become of each file. Raises CommandError for a reason to push without a push."""

    push: bool
    note: str
    break_glass: str

    def __post_init__(self) -> None:
        if self.break_glass and not self.push:
            raise CommandError("--break-glass is for --push")


class Command(ServiceCommand):
    help = "Upload configurations: files, or directories of {account}/{instance}.yaml. All of them or none."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The files, whose they are, and how far to go."""
        parser.add_argument("paths", nargs="+", metavar="file|directory", help="- is standard input")
        parser.add_argument("--instance", help="account/instance of a single file, for example 1/8")
        parser.add_argument("--push", action="store_true", help="make them live as well")
        parser.add_argument("--break-glass", default="", metavar="REASON", help=BREAK_GLASS)
        parser.add_argument("--note", default="", help="why; kept with the versions and pushes")
        add_import_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Upload them. Raises CommandError when one of them was refused."""
        files = _with_instance(configuration_files(options["paths"]), options["instance"])
        meant = _Meant(options["push"], options["note"], options["break_glass"])
        keep_going, dry_run = options["keep_going"], options["dry_run"]
        with transaction.atomic():
            lock_instances(instances_by_label(_labels(files)).values())
            outcomes = self._work(files, meant)
            refused = any(outcome.word == "refused" for outcome in outcomes)
            written = not dry_run and (keep_going or not refused)
            transaction.set_rollback(not written)
        self._report(outcomes, written=written)
        if dry_run:
            self.say("dry run: nothing was written")
        if refused:
            raise CommandError(f"some were refused; {'the good ones were' if written else 'nothing was'} written")

    def _work(self, files: Sequence[ConfigurationFile], meant: _Meant) -> list[Outcome]:
        first: dict[str, str] = {}
        outcomes = []
        for file in followed(files, "Uploading", stream=cast(TextIO, self.stderr)):
            earlier = first.setdefault(file.label, file.name) if file.label else file.name
            if earlier != file.name:
                outcomes.append(_refused(file, [f"{earlier} is for instance {file.label} as well"]))
            else:
                outcomes.append(_upload(file, meant))
        return outcomes

    def _report(self, outcomes: Sequence[Outcome], *, written: bool) -> None:
        for outcome in outcomes:
            for line in outcome.problems:
                self.stdout.write(line)
            if written and outcome.result:
                self.stdout.write(outcome.result)
        sums = Counter[_Word](uploaded=0, unchanged=0, refused=0)
        sums.update(outcome.word for outcome in outcomes)
        self.stdout.write(", ".join(f"{word} {number}" for word, number in sums.items()))


def _labels(files: Sequence[ConfigurationFile]) -> set[tuple[int, int]]:
    return {numbers for file in files if (numbers := read_label(file.label)) is not None}


def _with_instance(files: list[ConfigurationFile], label: str | None) -> list[ConfigurationFile]:
    if not files:
        raise CommandError("there is no configuration here: a directory holds {account}/{instance}.yaml")
    if label is None:
        return files
    if len(files) > 1:
        raise CommandError("--instance is for a single file")
    return [ConfigurationFile(files[0].name, label)]


def _upload(file: ConfigurationFile, meant: _Meant) -> Outcome:
    if not file.label:
        return _refused(file, ["say whose it is: --instance 1/8, or the place {account}/{instance}.yaml"])
    try:
        upload = upload_configuration(
            instance=find_instance_by_label(file.label),
            text=read_configuration(file.name),
            actor=ACTOR,
            note=meant.note,
            push=meant.push,
            break_glass=meant.break_glass,
        )
    except InvalidConfiguration as error:
        return Outcome("refused", tuple(problem_lines(file.name, error.check.problems)))
    except DomainError as error:
        return _refused(file, words_of(error))
    except OSError as error:
        return _refused(file, [error.strerror or "cannot be read"])
    return _uploaded(file, upload)


def _refused(file: ConfigurationFile, reasons: Iterable[str]) -> Outcome:
    return Outcome("refused", tuple(printable(f"{file.name}: {reason}") for reason in reasons))


def _uploaded(file: ConfigurationFile, upload: Upload) -> Outcome:
    word: _Word = "uploaded" if upload.created else "unchanged"
    live = ", live" if upload.push else ""
    result = printable(f"{file.name}: {file.label} version {upload.version.number} {word}{live}")
    return Outcome(word, tuple(problem_lines(file.name, upload.warnings)), result)
