"""The editor that is built from `frontend/`; without it the pages work with a plain text area."""

from __future__ import annotations

from django.conf import settings
from django.templatetags.static import static

BUILT = "console/built/editor.js"


def editor_script() -> str:
    """The address of the built editor, or nothing."""
    return static(BUILT) if settings.EDITOR_IS_BUILT else ""
