"""A usual slip, told in the words of who made it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Slip:
    """A slip that was recognised in one line; `mended` is the line as it should be, where that is mechanical."""

    code: str
    message: str
    hint: str
    mended: str = ""
