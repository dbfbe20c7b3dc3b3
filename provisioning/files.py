"""Configuration files on disk, as commands name them, and their problems as commands print them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from p13nadmin.bulk.source import opened
from p13nadmin.commands import printable
from provisioning.language import Problem

_ENDINGS = (".yaml", ".yml")
_NUMBER = re.compile(r"[1-9][0-9]{0,15}", re.ASCII)


@dataclass(frozen=True, slots=True)
class ConfigurationFile:
    """A file and the instance (`1/8`) that it belongs to; `label` is empty when its place does not say."""

    name: str
    label: str


def read_configuration(name: str) -> bytes:
    """The file's bytes, cut just past the largest size a configuration may have. Raises OSError."""
    with opened(name) as stream:
        return stream.read(settings.MAX_CONFIGURATION_BYTES + 1)


def configuration_files(names: Iterable[str]) -> list[ConfigurationFile]:
    """The files named, and those in the directories named, which hold `{account}/{instance}.yaml`."""
    return [file for name in names for file in _files(name)]


def _files(name: str) -> Iterator[ConfigurationFile]:
    if not Path(name).is_dir():
        yield ConfigurationFile(name, _label(Path(name)))
        return
    for path in sorted(Path(name).rglob("*")):
        if path.suffix in _ENDINGS and path.is_file():
            inside = path.relative_to(name)
            yield ConfigurationFile(str(path), _label(inside) if len(inside.parts) == 2 else "")


def _label(path: Path) -> str:
    account, instance = path.parent.name, path.stem
    fits = path.suffix in _ENDINGS and _NUMBER.fullmatch(account) and _NUMBER.fullmatch(instance)
    return f"{account}/{instance}" if fits else ""


def problem_lines(name: str, problems: Iterable[Problem]) -> Iterator[str]:
    """`file:line:column: severity code message` for each problem, with its hint when it has one.

    Further lines of a hint follow, indented.
    """
    for problem in problems:
        hint, *more = problem.hint.split("\n")
        yield printable(f"{name}:{problem}{f' ({hint})' if hint else ''}")
        yield from (f"    {printable(line)}" for line in more)
