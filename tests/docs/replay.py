"""Sending a page's requests to the API in their order, as its reader would."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from tests.docs.exchanges import Exchange
from tests.http import Api

HOST = "127.0.0.1:8000"
_NUMBERED = re.compile(r"/(tokens|keys|hand-overs)/(\d+)/")
_NAMED = re.compile(r"TD1 [0-9]+/\{(\S+) key\}")
# What the number in a field counts, where it is not what the path is about.
_NUMBERS_OF = {"token": "tokens", "key": "keys"}
_PARTS = {"links": "hand-overs", "hand_over": "hand-overs"}


class Replay:
    """One reader: `authorizations` stand for the names of keys in braces, the page's numbers for those that came.

    The page's `{key}` is the key that its first `POST /keys` was answered with; any other of them goes by its name.
    """

    def __init__(self, api: Api, **authorizations: str) -> None:
        self.api = api
        self.authorizations = authorizations
        self.numbers: dict[tuple[str, int], int] = {}

    def send(self, exchange: Exchange) -> Any:
        """The answer to a request of the page."""
        headers = dict(exchange.headers)
        content_type = headers.pop("Content-Type", "application/json")
        headers["Authorization"] = self._authorization(headers.get("Authorization", "{key}"))
        headers["Host"] = HOST
        path = _NUMBERED.sub(self._numbered, exchange.path)
        body = exchange.body.encode()
        return self.api.send(exchange.method, path, body, content_type=content_type, headers=headers)

    def learn(self, exchange: Exchange, shown: dict[str, Any], came: dict[str, Any]) -> None:
        """Remember what later requests of the page refer to; a number stays what it was first."""
        kind = _kind(exchange)
        for (named, number), (_, sent) in zip(_numbers(shown, kind), _numbers(came, kind), strict=False):
            self.numbers.setdefault((named, number), sent)
        if exchange.path == "/keys" and came.get("header"):
            self.authorizations.setdefault("key", came["header"])
            self.authorizations.setdefault(came["name"], came["header"])

    def as_shown(self, exchange: Exchange, came: Any) -> Any:
        """The answer with the page's numbers in place of those that came."""
        shown = {(named, came): shown for (named, shown), came in self.numbers.items()}
        return _renumbered(came, _kind(exchange), shown)

    def _authorization(self, written: str) -> str:
        named = _NAMED.fullmatch(written)
        return self.authorizations.get(named[1] if named else "") or (
            self.authorizations["key"] if written == "{key}" else written
        )

    def _numbered(self, match: re.Match[str]) -> str:
        return f"/{match[1]}/{self.numbers[match[1], int(match[2])]}/"


def _kind(exchange: Exchange) -> str:
    """What the answer's numbers count: `tokens`, or `hand-overs` for `/tokens/4/links`."""
    first, *rest = exchange.path.partition("?")[0].strip("/").split("/")
    return _PARTS.get(rest[-1], first) if rest else first


def _numbers(value: Any, kind: str) -> Iterator[tuple[str, int]]:
    """The numbers of database rows in an answer, each with what it counts, in their order."""
    if isinstance(value, list):
        for each in value:
            yield from _numbers(each, kind)
    elif isinstance(value, dict):
        for name, each in value.items():
            if counted := _counted(name, each, kind):
                yield counted, each
            else:
                yield from _numbers(each, _PARTS.get(name, kind))


def _renumbered(value: Any, kind: str, shown: dict[tuple[str, int], int]) -> Any:
    if isinstance(value, list):
        return [_renumbered(each, kind, shown) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        name: shown.get((counted, each), each)
        if (counted := _counted(name, each, kind))
        else _renumbered(each, _PARTS.get(name, kind), shown)
        for name, each in value.items()
    }


def _counted(name: str, value: Any, kind: str) -> str | None:
    """What a field's number counts, or none if it is not a row's number."""
    if type(value) is not int:
        return None
    return kind if name in ("id", "successor") else _NUMBERS_OF.get(name)
