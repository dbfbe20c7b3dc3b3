"""Filters of the console's templates."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from p13nadmin.console import columns
from p13nadmin.console.side_by_side import Sides
from p13nadmin.console.side_by_side import side_by_side as columns_of
from p13nadmin.console.tabs import Instance, tabs_for

register = template.Library()
_KINDS = {"+": "added", "-": "removed", "@": "place"}


@register.filter
def when(at: datetime | None, missing: str = columns.NOTHING) -> SafeString:
    """A time in the console's zone, or `missing`."""
    return columns.when(at, missing=missing)


@register.simple_tag
def instance_tabs(instance: Instance, user: Any, opened: str) -> SafeString:
    """The links of the tabs of an instance's pages that `user` may open; `opened` is the one that is open."""
    rows = (
        (tab.url(instance), mark_safe(' aria-current="page"') if opened in tab.keys else "", tab.title)
        for tab in tabs_for(user)
    )
    return format_html_join("\n", '<a href="{}"{}>{}</a>', rows)


@register.filter
def acceptance(value: Any) -> SafeString:
    """Whether the endpoint takes a token now, or why not."""
    return columns.acceptance_badge(value)


@register.filter
def diff(unified: str) -> SafeString:
    """A unified difference with its added and removed lines marked."""
    rows = format_html_join("", '<span class="c-diff-{}">{}\n</span>', _marked(unified.splitlines()))
    return format_html('<pre class="c-diff" tabindex="0">{}</pre>', rows)


@register.filter
def side_by_side(unified: str) -> Sides:
    """A unified difference as two columns."""
    return columns_of(unified)


@register.filter
def ticked(text: str) -> SafeString:
    """A sentence with what stands between backticks set as code."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        return format_html("{}", text)
    return format_html_join(
        "", "{}", ((format_html("<code>{}</code>", part) if at % 2 else part,) for at, part in enumerate(parts))
    )


def _marked(lines: list[str]) -> Iterator[tuple[str, str]]:
    for line in lines:
        yield ("head" if line.startswith(("+++", "---")) else _KINDS.get(line[:1], "same")), line


@register.filter
def listing(text: str) -> SafeString:
    """A text with numbered lines."""
    rows = ((number, line) for number, line in enumerate(text.splitlines(), start=1))
    return format_html("<pre>{}</pre>", format_html_join("", '<span data-number="{}">{}\n</span>', rows))
