"""Access tokens as they stand in a text: finding, hiding and digesting them."""

from __future__ import annotations

import re
from typing import Final

# 32 hex digits, with or without the dashes of a UUID.
UUID_DIGITS: Final = "[0-9a-fA-F]{8}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{12}"
DIGEST_PREFIX: Final = "sha256:"
# Shorter and longer runs too: a token with a digit lost or doubled is still nearly the token. A whole digest is none.
_DIGEST_OR_NEARLY_TOKEN = re.compile(
    DIGEST_PREFIX + r"[0-9a-fA-F]{64}(?![0-9a-fA-F])|(?<![0-9a-fA-F])[0-9a-fA-F](?:-?[0-9a-fA-F]){19,}"
)


def hide_tokens(text: str) -> str:
    """The text with whatever is or nearly is a token hidden but for its last four digits; digests stay."""
    return _DIGEST_OR_NEARLY_TOKEN.sub(_hidden, text)


def _hidden(match: re.Match[str]) -> str:
    return match[0] if match[0].startswith(DIGEST_PREFIX) else "…" + match[0][-4:]
