"""Sending a page's requests to the API in their order, as its reader would."""

from __future__ import annotations

import re
from typing import Any

from tests.docs.exchanges import Exchange
from tests.http import Api

HOST = "127.0.0.1:8000"
_NUMBERED = re.compile(r"/(tokens|keys)/(\d+)/")


class Replay:
    """One reader: `authorizations` stand for the names of keys in braces, the page's numbers for those that came.

    The page's `{key}` is the key that its first `POST /keys` was answered with.
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
        """Remember what later requests of the page refer to."""
        if "id" in shown:
            self.numbers[exchange.path.split("/")[1], shown["id"]] = came["id"]
        if exchange.path == "/keys" and came.get("header"):
            self.authorizations.setdefault("key", came["header"])

    def as_shown(self, exchange: Exchange, came: Any) -> Any:
        """The answer with the page's numbers in place of those that came."""
        kind = exchange.path.partition("?")[0].split("/")[1]
        shown = {came: shown for (named, shown), came in self.numbers.items() if named == kind}
        return _renumbered(came, shown)

    def _authorization(self, written: str) -> str:
        names = {f"TD1 100/{{{name} key}}": header for name, header in self.authorizations.items()}
        return names.get(written) or (self.authorizations["key"] if written == "{key}" else written)

    def _numbered(self, match: re.Match[str]) -> str:
        return f"/{match[1]}/{self.numbers[match[1], int(match[2])]}/"


def _renumbered(value: Any, shown: dict[int, int]) -> Any:
    if isinstance(value, list):
        return [_renumbered(each, shown) for each in value]
    if not isinstance(value, dict):
        return value
    numbered = {name: shown.get(value[name], value[name]) for name in ("id", "successor") if name in value}
    return {name: _renumbered(each, shown) for name, each in value.items()} | numbered
