"""A member of staff who opens pages and sends forms, and what can be read on a page."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any

from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

SHOP = """\
description: Shop
keys:
  - name: td_client_id
    public: true
events:
  - name: pageview
    database: shop
    table: pageviews
attributes:
  - name: preferences
    type: list
    event: pageview
    if: EVENT.some_key != null
    value: ${EVENT.some_key}
offers:
  - name: preferences_known
    set:
      - event: pageview
        if: PROFILE.preferences.length > 0
        data:
          preferences: ${PROFILE.preferences.slice(-1)[0].value}
tokens:
  - name: web
"""


class _Reader(HTMLParser):
    """Collects visible words, form fields and links."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.fields: dict[str, str] = {}
        self.links: list[str] = []
        self._silent = 0
        self._area: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag in ("script", "style"):
            self._silent += 1
        if tag == "a" and "href" in values:
            self.links.append(values["href"])
        if tag == "input" and values.get("name"):
            self.fields[values["name"]] = values.get("value", "")
        if tag == "textarea":
            self._area = values.get("name", "")
            self.fields[self._area] = ""

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style"):
            self._silent -= 1
        if tag == "textarea":
            self._area = None

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            self.fields[self._area] += data
        elif not self._silent:
            self.words.append(data)


@dataclass(frozen=True)
class Page:
    """One answer of the console."""

    status: int
    source: str
    headers: Any
    url: str

    @property
    def text(self) -> str:
        """The words on the page, one space between them."""
        return re.sub(r"\s+", " ", " ".join(self._read().words))

    @property
    def fields(self) -> dict[str, str]:
        """The page's form fields: a text area's first line feed belongs to the markup."""
        return {name: value.removeprefix("\n") for name, value in self._read().fields.items()}

    @property
    def links(self) -> list[str]:
        return [html.unescape(link) for link in self._read().links]

    def _read(self) -> _Reader:
        reader = _Reader()
        reader.feed(self.source)
        return reader


@dataclass(frozen=True)
class Visitor:
    """Somebody who is signed in to the console."""

    client: Client

    def get(self, route: str, *arguments: object, follow: bool = False, **query: Any) -> Page:
        return _page(self.client.get(_url(route, arguments), query, follow=follow))

    def signed_in_again(self, username: str = "anna") -> Visitor:
        """The same person, after longer than a session lasts."""
        self.client.force_login(User.objects.get(username=username))
        return self

    def post(self, route: str, *arguments: object, query: str = "", follow: bool = True, **form: Any) -> Page:
        return _page(self.client.post(_url(route, arguments) + query, form, follow=follow))


StaffWith = Callable[..., Visitor]
Holder = Callable[[str], Visitor]  # of a role in account 1


def _url(route: str, arguments: tuple[object, ...]) -> str:
    return route if route.startswith("/") else reverse(f"admin:{route}", args=arguments)


def _page(response: Any) -> Page:
    return Page(response.status_code, response.content.decode(), response.headers, response.request["PATH_INFO"])
