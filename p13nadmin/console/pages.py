"""Pages that apps above this one add, most of an instance: they register theirs when their console is loaded."""

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


@dataclass(frozen=True, slots=True)
class GeneralPage:
    """A page of no instance: `route` stands behind that of the list of instances, `view` takes the frame and the
    request."""

    route: str
    view: Callable[..., HttpResponse]
    name: str


_pages: dict[str, InstancePage] = {}
_general: dict[str, GeneralPage] = {}


def register_pages(*pages: InstancePage) -> None:
    """Add pages; one with the name of another takes its place."""
    _pages.update((page.name, page) for page in pages)


def registered_pages() -> Sequence[InstancePage]:
    """All of them."""
    return list(_pages.values())


def register_general_pages(*pages: GeneralPage) -> None:
    """Add pages of no instance; one with the name of another takes its place."""
    _general.update((page.name, page) for page in pages)


def registered_general_pages() -> Sequence[GeneralPage]:
    """All of these."""
    return list(_general.values())


NeedsReader = Callable[[Any, Any], Sequence[Any]]  # of an instance, for a user
_readers: list[NeedsReader] = []


def register_needs(reader: NeedsReader) -> None:
    """Have this tell what needs attention in an instance, as `console/needs.html` shows it."""
    _readers[:] = [reader]


def needs_of(instance: Any, user: Any) -> Sequence[Any]:
    """What needs attention in an instance."""
    return [need for reader in _readers for need in reader(instance, user)]
