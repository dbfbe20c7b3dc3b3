"""How times and states look in lists and on pages."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, Protocol

from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

Tone = Literal["good", "bad", "warn", "plain"]
NOTHING = "—"


class Acceptance(Protocol):
    """Whether something is accepted, and why not."""

    @property
    def accepted(self) -> bool: ...
    @property
    def why(self) -> str: ...


def when(at: datetime | None, *, missing: str = NOTHING) -> SafeString:
    """A time in the console's zone, the zone written beside it."""
    if at is None:
        return format_html('<span class="c-muted">{}</span>', missing)
    local = timezone.localtime(at)
    return format_html(
        '<time class="c-time" datetime="{}">{}</time>',
        local.isoformat(timespec="seconds"),
        f"{local:%d %b %Y %H:%M %Z}",
    )


def badge(text: str, tone: Tone = "plain") -> SafeString:
    """A short state in a coloured frame; the text says it without the colour."""
    return format_html('<span class="c-badge c-badge-{}">{}</span>', tone, text)


def acceptance_badge(acceptance: Acceptance) -> SafeString:
    """`accepted`, or why not."""
    if acceptance.accepted:
        return badge("accepted", "good")
    return badge(acceptance.why, "bad" if acceptance.why in ("revoked", "expired") else "warn")
