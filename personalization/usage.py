"""When tokens and keys were last used: noted in memory, written in one batch now and then."""

from __future__ import annotations

from datetime import UTC, datetime

from django.db import transaction

from tokens.models import AccessToken, ApiKey


class Usage:
    """Notes by primary key, epoch seconds."""

    def __init__(self) -> None:
        self._tokens: dict[int, float] = {}
        self._keys: dict[int, float] = {}

    def note(self, *, token: int, key: int, now: float) -> None:
        """An event came with this token and this key."""
        self._tokens[token] = now
        self._keys[key] = now

    def write(self) -> None:
        """Write what was noted since the last time; it is noted again when the database is not there."""
        tokens, self._tokens = self._tokens, {}
        keys, self._keys = self._keys, {}
        try:
            with transaction.atomic():
                _write(AccessToken, tokens)
                _write(ApiKey, keys)
        except Exception:
            self._tokens = tokens | self._tokens
            self._keys = keys | self._keys
            raise


def _write(model: type[AccessToken] | type[ApiKey], used: dict[int, float]) -> None:
    for pk, moment in sorted(used.items()):  # in one order, so that processes never wait for each other's rows
        model.objects.filter(pk=pk).update(last_used_at=datetime.fromtimestamp(moment, UTC))
