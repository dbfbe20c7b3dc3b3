"""A progress bar on a terminal, and nothing anywhere else."""

from __future__ import annotations

from collections.abc import Collection, Generator
from typing import TextIO, TypeVar

from rich.console import Console
from rich.progress import track

T = TypeVar("T")


def followed(items: Collection[T], label: str, *, stream: TextIO) -> Generator[T, None, None]:
    """The items one after the other, with a bar on `stream` while it is a terminal."""
    if not stream.isatty():
        yield from items
        return
    yield from track(items, description=label, console=Console(file=stream), transient=True)
