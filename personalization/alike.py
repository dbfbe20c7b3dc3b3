"""What somebody may have meant by a name that is not known."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def meant(name: str, known: Iterable[str], *, alike: float = 0.8) -> str:
    """The known name that is most like it, if any is to that degree (0 to 1); else nothing."""
    return next(iter(get_close_matches(name, list(known), n=1, cutoff=alike)), "")
