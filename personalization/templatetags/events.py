"""Filters of the pages that show figures."""

from __future__ import annotations

from django import template

register = template.Library()


@register.filter
def thousands(number: int) -> str:
    """A whole number, thousands set apart."""
    return f"{number:,}"
