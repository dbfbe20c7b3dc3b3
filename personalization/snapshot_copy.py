"""The snapshot's copy on disk, from which a process can start while the control database is away.

Two lines of JSON: when the database last said so, and what it said, sealed with a key of this installation's own. A
file that is damaged, of another installation or of another control database has no valid seal. Digests, rules and
redacted texts are in it, no secret; only the service's own user can read it.
"""

from __future__ import annotations

import fcntl
import hmac
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson

from personalization.control_state import ControlState, InstanceState, KeyState, TokenState, VersionState
from personalization.recording import RecordingState

FORMAT = 2  # grows whenever the second line changes its form
MOST_BYTES = 256 * 1024 * 1024
_OPEN_NEW = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW
_OURS_ALONE = 0o600
_LONGEST_HEAD = 1000


class BadCopy(Exception):
    """There is a file, but nothing that can be used; the text says why."""


@dataclass(frozen=True, slots=True)
class Head:
    """The first line. `confirmed_at` (epoch seconds): when the control database was last seen at this revision."""

    revision: int
    confirmed_at: float


class SnapshotCopy:
    """A file that processes on one machine share. Whoever writes holds a lock; readers see one version or the other.

    `key` is anything that this installation alone knows and keeps.
    """

    def __init__(self, path: Path, *, key: bytes) -> None:
        self._path = path
        self._key = sha256(b"snapshot copy\0" + key).digest()

    def read(self) -> tuple[ControlState, float] | None:
        """What was copied and when that was last true; None without a file. Raises BadCopy and OSError."""
        found = self._read()
        return None if found is None else (_state(found[0].revision, orjson.loads(found[1])), found[0].confirmed_at)

    def write(self, state: ControlState, *, confirmed_at: float, now: float) -> None:
        """Replace the file, unless it holds something newer or is being written. Raises BadCopy when it is too large.

        `now` tells a newer file from one with a time that has not come yet. Raises OSError.
        """
        with self._locked() as is_mine:
            if is_mine and not confirmed_at < self._confirmed_at() <= now:
                self._replace(Head(state.revision, confirmed_at), orjson.dumps(state))

    def confirm(self, head: Head) -> bool:
        """Note that the database is still at this revision; False when the file does not hold it. Raises OSError."""
        with self._locked() as is_mine:
            if not is_mine:
                return True  # whoever is writing does it
            try:
                found = self._read()
            except BadCopy:
                return False
            if found is None or found[0].revision != head.revision:
                return False
            if found[0].confirmed_at < head.confirmed_at:
                self._replace(head, found[1])
            return True

    def _confirmed_at(self) -> float:
        try:
            found = self._read()
        except BadCopy:
            return 0.0
        return 0.0 if found is None else found[0].confirmed_at

    def _read(self) -> tuple[Head, bytes] | None:
        try:
            with self._path.open("rb") as file:
                data = file.read(MOST_BYTES + 1)
        except FileNotFoundError:
            return None
        first, _, body = data.partition(b"\n")
        head, seal = _head(first)
        if len(data) > MOST_BYTES or not hmac.compare_digest(self._seal(head, body), seal):
            raise BadCopy("it is damaged, or of another installation")
        return head, body

    def _replace(self, head: Head, body: bytes) -> None:
        fields = {"format": FORMAT, "revision": head.revision, "confirmed_at": head.confirmed_at}
        data = orjson.dumps(fields | {"seal": self._seal(head, body).decode()}) + b"\n" + body
        if len(data) > MOST_BYTES:
            raise BadCopy(f"it would be larger than {MOST_BYTES} bytes")
        new = self._path.with_name(f"{self._path.name}.new")
        with os.fdopen(os.open(new, _OPEN_NEW, _OURS_ALONE), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        new.replace(self._path)

    def _seal(self, head: Head, body: bytes) -> bytes:
        said = f"{FORMAT} {head.revision} {head.confirmed_at!r}\n".encode()
        return hmac.new(self._key, said + body, sha256).hexdigest().encode()

    @contextmanager
    def _locked(self) -> Iterator[bool]:
        """Whether the lock is ours; it is not waited for: a stopped process must not stop the others."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        lock = os.open(self._path.with_name(f"{self._path.name}.lock"), os.O_RDWR | os.O_CREAT, _OURS_ALONE)
        try:
            yield _try_lock(lock)
        finally:
            os.close(lock)


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _head(line: bytes) -> tuple[Head, bytes]:
    try:
        fields = json.loads(line[:_LONGEST_HEAD])
        if fields["format"] != FORMAT:
            raise BadCopy("another release wrote it")
        return Head(int(fields["revision"]), float(fields["confirmed_at"])), str(fields["seal"]).encode()
    except (ValueError, TypeError, LookupError, ArithmeticError, RecursionError):
        raise BadCopy("it is no copy of a snapshot") from None


def _state(revision: int, fields: dict[str, Any]) -> ControlState:
    """The seal was right, so these are the fields that `write` wrote."""
    return ControlState(
        revision=revision,
        instances=tuple(_instance(row) for row in fields["instances"]),
        versions=tuple(VersionState(**row) for row in fields["versions"]),
        tokens=tuple(TokenState(**_with_tuples(row, "networks", "origins")) for row in fields["tokens"]),
        keys=tuple(KeyState(**_with_tuples(row, "networks")) for row in fields["keys"]),
    )


def _instance(row: dict[str, Any]) -> InstanceState:
    tables = tuple((database, table) for database, table in row["tables"])
    recordings = tuple(RecordingState(**each) for each in row["recordings"])
    lists = {"tables": tables, "recordings": recordings}
    return InstanceState(**_with_tuples(row, "token_names", "token_digests") | lists)


def _with_tuples(row: dict[str, Any], *names: str) -> dict[str, Any]:
    return row | {name: tuple(row[name]) for name in names}
