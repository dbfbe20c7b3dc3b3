"""The tabs of an instance's pages: apps above this one register theirs when their console is loaded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from django.urls import reverse


class Instance(Protocol):
    """What a tab has to know of an instance; `label` is `account/instance`."""

    pk: Any

    @property
    def label(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Tab:
    """One tab.

    `route` is the name of an admin page that takes the instance's id; with `is_list`, that of a list which finds
    the instance's rows by `?q=1/8`. Whoever has one of `permissions` sees it. The smallest `position` stands first.
    `keys` are the values of a page's `tab` that mean this one.
    """

    keys: tuple[str, ...]
    title: str
    route: str
    position: int
    permissions: tuple[str, ...] = ()
    is_list: bool = False

    def url(self, instance: Instance) -> str:
        """Where it leads."""
        if self.is_list:
            return f"{reverse(f'admin:{self.route}')}?q={instance.label}"
        return reverse(f"admin:{self.route}", args=(instance.pk,))


_tabs: dict[str, Tab] = {}


def register_tabs(*tabs: Tab) -> None:
    """Add tabs; one with the first key of another takes its place."""
    _tabs.update((tab.keys[0], tab) for tab in tabs)


def tabs_for(user: Any) -> Sequence[Tab]:
    """The tabs that a user may open, in their order."""
    seen = (tab for tab in _tabs.values() if not tab.permissions or any(map(user.has_perm, tab.permissions)))
    return sorted(seen, key=lambda tab: tab.position)
