"""Bytes to lines of text: UTF-8, with or without a byte order mark, and nothing else."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator

from p13nadmin.bulk.rows import BrokenFile

_OTHER_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def decoded_lines(lines: Iterable[bytes]) -> Iterator[str]:
    """The lines as text, with their ends. Raises BrokenFile for another encoding and for NUL."""
    for number, raw in enumerate(lines, start=1):
        if number == 1:
            raw = _without_mark(raw)
        try:
            line = raw.decode("utf-8")
        except UnicodeDecodeError as error:
            raise BrokenFile(number, f"byte {error.start + 1} is not UTF-8; save the file as UTF-8") from None
        if "\0" in line:
            raise BrokenFile(number, "holds a NUL character; this is not a text file")
        yield line


def _without_mark(raw: bytes) -> bytes:
    if raw.startswith(_OTHER_MARKS):
        raise BrokenFile(1, "the file is UTF-16; save it as UTF-8")
    return raw.removeprefix(codecs.BOM_UTF8)
