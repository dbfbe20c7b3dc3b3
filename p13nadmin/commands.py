"""How every management command speaks and fails.

Secrets and results that a program reads go to standard output; everything said to people goes to standard error.
"""

from __future__ import annotations

import re
import sys
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from p13nadmin.api.error_body import without_secrets
from p13nadmin.api.errors import DomainError, Invalid
from p13nadmin.api.fields import read_duration

_LARGEST_NUMBER = 2**53 - 1
_DIGITS = re.compile(r"[0-9]{1,16}", re.ASCII)
ACTOR = "command"
T = TypeVar("T")


class ServiceCommand(BaseCommand):
    """A command that calls services: what they refuse ends it in words, with exit status 1."""

    def execute(self, *args: Any, **options: Any) -> str | None:
        """Run the command. Raises CommandError for every error that a person can do something about."""
        try:
            return super().execute(*args, **options)
        except DomainError as error:
            raise CommandError("\n".join(words_of(error))) from None
        except DatabaseError as error:
            reason = printable(without_secrets(str(error).strip()))
            raise CommandError(f"the database refused: {reason} (is it set up? `manage.py migrate`)") from None
        except OSError as error:
            raise CommandError(printable(f"{error.filename or 'input or output'}: {error.strerror or error}")) from None

    def say(self, text: str) -> None:
        """Tell a person something: one line on standard error."""
        self.stderr.write(text, style_func=str)

    def confirm(self, question: str, *, yes: bool) -> None:
        """Ask a person at a terminal, unless `yes` is said already. Raises CommandError without a yes."""
        if yes:
            return
        if not sys.stdin.isatty():
            raise CommandError(f"{question} Nobody can answer here: say --yes. Nothing was changed")
        self.stderr.write(f"{question} [y/N]", style_func=str, ending=" ")
        self.stderr.flush()
        if sys.stdin.readline().strip().lower() not in ("y", "yes"):
            raise CommandError("nothing was changed")


def words_of(error: DomainError) -> list[str]:
    """A refusal as lines for a terminal: its message, then the single problems where it is about input."""
    return [printable(without_secrets(error.message)), *(problems_of(error) if isinstance(error, Invalid) else ())]


def problems_of(error: DomainError) -> list[str]:
    """The single problems of a refusal as `path: message`, fit for a terminal; empty when it has none."""
    return [
        printable(without_secrets(f"{entry['path']}: {entry['message']}" if entry.get("path") else entry["message"]))
        for entry in error.errors
    ]


def printable(text: str) -> str:
    """The text with control characters, line ends and lone surrogates escaped: safe on one line of a terminal."""
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape", "surrogatepass").decode("ascii") for char in text
    )


def read_number(text: str) -> int:
    """An account's or instance's number, from 1 to 2**53 - 1. Raises ValueError with what is expected."""
    stripped = text.strip()
    if not _DIGITS.fullmatch(stripped) or not 1 <= int(stripped) <= _LARGEST_NUMBER:
        raise ValueError(f"a number from 1 to {_LARGEST_NUMBER} is expected")
    return int(stripped)


def read_time(text: str) -> datetime:
    """An ISO 8601 time with its zone, in UTC. Raises ValueError with what is expected."""
    expected = "an ISO 8601 time with its zone is expected, for example 2027-03-31T23:59:00+02:00"
    try:
        moment = datetime.fromisoformat(text.strip())
        if moment.tzinfo is None:
            raise ValueError(expected)
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError(expected) from None


def duration_argument(text: str) -> timedelta:
    """`30m`, `12h` or `7d`, for argparse."""
    duration = read_duration(text.strip())
    if duration is None:
        raise ArgumentTypeError("a duration such as 30m, 12h or 7d is expected")
    return duration


def number_argument(text: str) -> int:
    """`read_number` for argparse."""
    return _argument(read_number, text)


def time_argument(text: str) -> datetime:
    """`read_time` for argparse."""
    return _argument(read_time, text)


def _argument(read: Callable[[str], T], text: str) -> T:
    try:
        return read(text)
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from None


def add_yes_argument(parser: ArgumentParser) -> None:
    """The option of commands that ask before they do it."""
    parser.add_argument("--yes", action="store_true", help="do not ask")


def secret_argument(value: str) -> str:
    """A secret from the command line; `-` reads it from standard input, out of the shell's history."""
    return sys.stdin.readline().strip() if value == "-" else value
