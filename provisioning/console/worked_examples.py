"""The worked configurations of the documentation, as what to start a draft from."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.conf import settings

_DESCRIPTION = re.compile(r"""^description:[ \t]*["']?(.+?)["']?[ \t]*$""", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class WorkedExample:
    """A complete configuration: `name` is its file's, `title` what it is for."""

    name: str
    title: str
    text: str


def worked_examples() -> tuple[WorkedExample, ...]:
    """All of them by name; none where the documentation is not installed."""
    return _read(settings.EXAMPLES_DIR)


def worked_example(name: str) -> WorkedExample | None:
    """The example of that name."""
    return next((each for each in worked_examples() if each.name == name), None)


@cache
def _read(directory: Path) -> tuple[WorkedExample, ...]:
    return tuple(_example(path) for path in sorted(directory.glob("*.yaml")))


def _example(path: Path) -> WorkedExample:
    text = path.read_text("utf-8")
    described = _DESCRIPTION.search(text)
    return WorkedExample(path.stem, described[1] if described else path.stem, text)
