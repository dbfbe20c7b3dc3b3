"""Columns of a batch as PostgreSQL's binary arrays: one parameter holds a column of any number of rows.

psycopg's own dumper of lists looks at each element in Python; a batch has hundreds.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from struct import Struct
from typing import ClassVar

from psycopg import Connection
from psycopg.abc import Buffer
from psycopg.adapt import Dumper
from psycopg.postgres import types
from psycopg.pq import Format

_EMPTY = Struct(">3i")  # dimensions, whether there are nulls, type of the elements
_ONE_DIMENSION = Struct(">5i")  # and the number of elements, and the index of the first
_LENGTH = Struct(">i")
_BIGINT = Struct(">iq")
_BIGINT_SIZE = 8


class Bigints(list[int]):
    """A `bigint[]`."""


class Texts(list[str]):
    """A `text[]`; no element holds NUL or half of a surrogate pair."""


class Blobs(list[bytes]):
    """A `bytea[]`."""


class Uuids(list[bytes]):
    """A `uuid[]`; each element is 16 bytes."""


class _ArrayDumper(Dumper):
    format = Format.BINARY
    element: ClassVar[int]

    def array(self, count: int, elements: bytes) -> bytes:
        if not count:
            return _EMPTY.pack(0, 0, self.element)
        return _ONE_DIMENSION.pack(1, 0, self.element, count, 1) + elements


class _BigintsDumper(_ArrayDumper):
    element, oid = types["int8"].oid, types["int8"].array_oid

    def dump(self, obj: Bigints) -> Buffer:
        pack = _BIGINT.pack
        return self.array(len(obj), b"".join([pack(_BIGINT_SIZE, number) for number in obj]))


class _BlobsDumper(_ArrayDumper):
    element, oid = types["bytea"].oid, types["bytea"].array_oid

    def dump(self, obj: list[bytes]) -> Buffer:
        return self.array(len(obj), _with_lengths(obj))


class _UuidsDumper(_BlobsDumper):
    element, oid = types["uuid"].oid, types["uuid"].array_oid


class _TextsDumper(_ArrayDumper):
    element, oid = types["text"].oid, types["text"].array_oid

    def dump(self, obj: Texts) -> Buffer:
        return self.array(len(obj), _with_lengths([text.encode() for text in obj]))


def _with_lengths(items: Iterable[bytes]) -> bytes:
    pack = _LENGTH.pack
    return b"".join(chain.from_iterable([(pack(len(item)), item) for item in items]))


def register(db: Connection[tuple[object, ...]]) -> None:
    """Let the connection's statements take these arrays as parameters."""
    for kind, dumper in _DUMPERS:
        db.adapters.register_dumper(kind, dumper)


_DUMPERS: tuple[tuple[type, type[Dumper]], ...] = (
    (Bigints, _BigintsDumper),
    (Texts, _TextsDumper),
    (Blobs, _BlobsDumper),
    (Uuids, _UuidsDumper),
)
