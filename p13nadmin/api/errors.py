"""The errors that services raise; one handler turns them into the REST error body."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

ErrorEntry = Mapping[str, Any]


class DomainError(Exception):
    """Something a caller asked for cannot be done.

    `message` says what is wrong and what to do; `errors` lists single problems, each a mapping with at
    least `message` and, where one is known, `path`.
    """

    status: ClassVar[int] = 400

    def __init__(self, message: str, *, errors: Sequence[ErrorEntry] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.errors = tuple(errors)


class NotAllowed(DomainError):
    """403: the caller is known, but may not do this."""

    status = 403


class NotFound(DomainError):
    """404: the thing named does not exist, or not for this caller."""

    status = 404


class Conflict(DomainError):
    """409: it clashes with what is there."""

    status = 409


class PreconditionFailed(DomainError):
    """412: someone else changed it meanwhile."""

    status = 412


class LengthRequired(DomainError):
    """411: a body whose length nobody said."""

    status = 411


class TooLarge(DomainError):
    """413: more bytes than are accepted."""

    status = 413


class Unavailable(DomainError):
    """503: something that is needed for this cannot be reached now."""

    status = 503


class Invalid(DomainError):
    """422: understood, but wrong; every problem is listed in `errors`."""

    status = 422
