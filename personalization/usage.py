"""How tokens and keys are used: noted in memory, written in one batch now and then.

Notes only ever grow, on the loop's thread; whoever writes takes a copy and remembers what it wrote. So nothing is lost
when both happen at once, or when the database is not there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TypeVar

from p13nadmin.api.client_address import Network, client_address
from tokens.uses import MOST_CALLERS, Caller, Uses, forget_old_uses, record_uses

_DAY = 86_400
_EPOCH = date(1970, 1, 1)
_CLEANING = timedelta(hours=1)

_Key = TypeVar("_Key")
RawCaller = tuple[bytes, str, bytes]  # origin; or else peer and `X-Forwarded-For`, as they came
NOBODY: RawCaller = (b"", "", b"")


@dataclass(frozen=True, slots=True)
class _Notes:
    """Epoch seconds by primary key; requests by token and day since 1970; epoch seconds by token and caller."""

    tokens: dict[int, float] = field(default_factory=dict)
    keys: dict[int, float] = field(default_factory=dict)
    requests: dict[tuple[int, int], int] = field(default_factory=dict)
    callers: dict[int, dict[RawCaller, float]] = field(default_factory=dict)

    def copy(self) -> _Notes:
        callers = {token: dict(seen) for token, seen in list(self.callers.items())}
        return _Notes(dict(self.tokens), dict(self.keys), dict(self.requests), callers)


class Usage:
    """Notes of one process. `trusted` are the proxies that may say another address than theirs."""

    def __init__(self, trusted: Sequence[Network] = ()) -> None:
        self._trusted = trusted
        self._notes = _Notes()
        self._written = _Notes()
        self._cleaned_at: datetime | None = None

    def note(self, *, token: int, key: int, now: float, caller: RawCaller = NOBODY) -> None:
        """A request of `caller` came with this token and this key."""
        notes = self._notes
        notes.tokens[token] = notes.keys[key] = now
        day = (token, int(now // _DAY))
        notes.requests[day] = notes.requests.get(day, 0) + 1
        seen = notes.callers.get(token)
        if seen is None:
            seen = notes.callers[token] = {}
        seen[caller] = now
        if len(seen) > MOST_CALLERS:
            del seen[min(seen, key=seen.__getitem__)]

    def write(self) -> None:
        """Write what was noted since the last time. Raises what the database raises; then the next time writes it."""
        notes = self._notes.copy()
        record_uses(self._news(notes))
        self._written = notes
        self._forget_past_days(notes)
        now = datetime.now(UTC)
        if self._cleaned_at is None or now - self._cleaned_at > _CLEANING:
            self._cleaned_at = now
            forget_old_uses(now=now)

    def _news(self, notes: _Notes) -> Uses:
        known = self._written
        return Uses(
            tokens=_moments(notes.tokens, known.tokens),
            keys=_moments(notes.keys, known.keys),
            requests={
                (token, _EPOCH + timedelta(day)): count - known.requests.get((token, day), 0)
                for (token, day), count in notes.requests.items()
                if count != known.requests.get((token, day))
            },
            callers={
                (token, self._caller(raw)): at
                for token, seen in notes.callers.items()
                for raw, at in _moments(seen, known.callers.get(token, {})).items()
                if raw != NOBODY
            },
        )

    def _caller(self, raw: RawCaller) -> Caller:
        origin, peer, forwarded = raw
        return Caller(origin.decode("latin-1"), client_address(peer, forwarded.decode("latin-1"), self._trusted))

    def _forget_past_days(self, written: _Notes) -> None:
        newest = max((day for _, day in written.requests), default=0)
        for token, day in written.requests:
            if day < newest - 1:
                del self._notes.requests[token, day]


def _moments(noted: Mapping[_Key, float], written: Mapping[_Key, float]) -> dict[_Key, datetime]:
    return {key: datetime.fromtimestamp(at, UTC) for key, at in noted.items() if written.get(key) != at}
