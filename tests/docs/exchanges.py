"""Requests and answers as the pages show them: an `http` block, then a block with the status behind its language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.docs.blocks import Block, blocks


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request, and the answer that the page shows for it."""

    request: Block
    answer: Block
    method: str
    path: str
    headers: Mapping[str, str]
    body: str

    @property
    def status(self) -> int:
        """The status that the page shows."""
        return next(int(flag) for flag in self.answer.flags if flag.isdigit())

    def __str__(self) -> str:
        return f"{self.request} {self.method} {self.path}"


def exchanges(page: Path) -> list[Exchange]:
    """The exchanges of a page, in order. Every `http` block is followed by its answer."""
    found = blocks(page)
    return [_exchange(block, found[index + 1]) for index, block in enumerate(found) if block.language == "http"]


def _exchange(request: Block, answer: Block) -> Exchange:
    head, _, body = request.text.partition("\n\n")
    first, *lines = head.splitlines()
    method, path = first.split(" ", 1)
    headers = dict(line.split(": ", 1) for line in lines if line.strip())
    return Exchange(request, answer, method, path.strip(), headers, body.rstrip("\n"))
