"""Pages of an instance that apps above this one add: they register theirs when their console is loaded."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse


@dataclass(frozen=True, slots=True)
class InstancePage:
    """`route` stands behind the instance's id in the address; `view` takes the frame, the request and that id."""

    route: str
    view: Callable[..., HttpResponse]
    name: str


_pages: dict[str, InstancePage] = {}


def register_pages(*pages: InstancePage) -> None:
    """Add pages; one with the name of another takes its place."""
    _pages.update((page.name, page) for page in pages)


def registered_pages() -> Sequence[InstancePage]:
    """All of them."""
    return list(_pages.values())


NeedsReader = Callable[[Any, Any], Sequence[Any]]  # of an instance, for a user
_readers: list[NeedsReader] = []


def register_needs(reader: NeedsReader) -> None:
    """Have this tell what needs attention in an instance, as `console/needs.html` shows it."""
    _readers[:] = [reader]


def needs_of(instance: Any, user: Any) -> Sequence[Any]:
    """What needs attention in an instance."""
    return [need for reader in _readers for need in reader(instance, user)]
