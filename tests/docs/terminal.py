"""Running what a page types at a terminal: `console` blocks with `$ manage.py …`, and the files that it shows."""

from __future__ import annotations

import io
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from tests.docs.blocks import Block

_PROMPT = "$ manage.py "


@dataclass(frozen=True, slots=True)
class Typed:
    """One command line of a page, and the output that the page shows for it."""

    block: Block
    line: str
    output: str

    def __str__(self) -> str:
        return f"{self.block} {self.line}"


def typed(block: Block) -> Iterator[Typed]:
    """The command lines of a `console` block, each with the output shown."""
    for part in f"\n{block.text}".split(f"\n{_PROMPT}")[1:]:
        line, _, output = part.partition("\n")
        yield Typed(block, line, output)


def file_name(block: Block) -> str:
    """The name of the file that a block shows, empty when it shows none."""
    return next((flag for flag in block.flags if "." in flag), "")


class Terminal:
    """Runs command lines in a directory; knows `< file` and `2>/dev/null`."""

    def __init__(self, directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.directory = directory
        self._monkeypatch = monkeypatch
        monkeypatch.chdir(directory)

    def save(self, name: str, text: str) -> None:
        """Write a file."""
        path = self.directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def run(self, line: str) -> str:
        """Both outputs of a command as a terminal shows them, its failure last."""
        words = shlex.split(line)
        output = io.StringIO()
        errors = output
        if "2>/dev/null" in words:
            words.remove("2>/dev/null")
            errors = io.StringIO()
        self._set_input(words)
        try:
            call_command(*words, stdout=output, stderr=errors)
        except CommandError as error:
            errors.write(f"CommandError: {error}\n")
        return output.getvalue()

    def _set_input(self, words: list[str]) -> None:
        content = b""
        if "<" in words:
            at = words.index("<")
            content = (self.directory / words[at + 1]).read_bytes()
            del words[at : at + 2]
        self._monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content), encoding="utf-8"))
