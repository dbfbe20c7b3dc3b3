"""How times that requests took are written."""

from __future__ import annotations

from django import template

from p13nadmin.console.columns import NOTHING

register = template.Library()


@register.filter
def milliseconds(seconds: float | None) -> str:
    """`4.9 ms`, `120 ms` or `1.2 s`."""
    if seconds is None:
        return NOTHING
    if seconds >= 1:
        return f"{seconds:.1f} s"
    return f"{seconds * 1000:.1f} ms" if seconds < 0.01 else f"{seconds * 1000:.0f} ms"
