"""How tokens and keys are used: noted in memory, written in one batch now and then.

Notes only ever grow, on the loop's thread; whoever writes takes a copy and remembers what it wrote. So nothing is lost
when both happen at once, or when the database is not there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TypeVar

from p13nadmin.api.client_address import Network, client_address
from tokens.uses import MOST_CALLERS, Caller, SecretUses, Uses, forget_old_uses, record_uses

_DAY = 86_400
_EPOCH = date(1970, 1, 1)
_CLEANING = timedelta(hours=1)

_Key = TypeVar("_Key")
RawCaller = tuple[bytes, str, bytes]  # origin; or else peer and `X-Forwarded-For`, as they came
NOBODY: RawCaller = (b"", "", b"")


@dataclass(frozen=True, slots=True)
class _Notes:
    """Of each pair of a token and a key: requests by day since 1970, and epoch seconds by caller."""

    requests: dict[tuple[int, int, int], int] = field(default_factory=dict)
    callers: dict[tuple[int, int], dict[RawCaller, float]] = field(default_factory=dict)

    def copy(self) -> _Notes:
        callers = {pair: dict(seen) for pair, seen in list(self.callers.items())}
        return _Notes(dict(self.requests), callers)


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
        day = (token, key, int(now // _DAY))
        notes.requests[day] = notes.requests.get(day, 0) + 1
        pair = (token, key)
        seen = notes.callers.get(pair)
        if seen is None:
            seen = notes.callers[pair] = {}
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
        requests = {
            each: count - self._written.requests.get(each, 0)
            for each, count in notes.requests.items()
            if count != self._written.requests.get(each)
        }
        callers = {
            (pair, raw): at
            for pair, seen in notes.callers.items()
            for raw, at in seen.items()
            if self._written.callers.get(pair, {}).get(raw) != at
        }
        return Uses(self._of(0, requests, callers), self._of(1, requests, callers))

    def _of(
        self,
        place: int,
        requests: Mapping[tuple[int, int, int], int],
        callers: Mapping[tuple[tuple[int, int], RawCaller], float],
    ) -> SecretUses:
        """Of the tokens (place 0) or of the keys (1)."""
        counts: Counter[tuple[int, date]] = Counter()
        for each, count in requests.items():
            counts[each[place], _EPOCH + timedelta(each[2])] += count
        last: dict[int, float] = {}
        seen: dict[tuple[int, Caller], float] = {}
        for (pair, raw), at in callers.items():
            pk = pair[place]
            last[pk] = max(at, last.get(pk, 0.0))
            if raw != NOBODY:
                who = (pk, self._caller(raw))
                seen[who] = max(at, seen.get(who, 0.0))
        return SecretUses(_moments(last), counts, _moments(seen))

    def _caller(self, raw: RawCaller) -> Caller:
        origin, peer, forwarded = raw
        return Caller(origin.decode("latin-1"), client_address(peer, forwarded.decode("latin-1"), self._trusted))

    def _forget_past_days(self, written: _Notes) -> None:
        newest = max((each[2] for each in written.requests), default=0)
        for each in written.requests:
            if each[2] < newest - 1:
                del self._notes.requests[each]


def _moments(noted: Mapping[_Key, float]) -> dict[_Key, datetime]:
    return {key: datetime.fromtimestamp(at, UTC) for key, at in noted.items()}
