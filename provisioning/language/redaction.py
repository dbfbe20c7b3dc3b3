"""Keeping tokens out of what is stored: in a text every issued token gives way to its digest."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from itertools import islice
from typing import Final

from provisioning.language.token_text import DIGEST_PREFIX, UUID_DIGITS
from tokens.header import digest

# Every place where 32 digits begin, also inside a longer run of digits.
_CANDIDATE = re.compile(f"(?=({UUID_DIGITS}))")
_BATCH: Final = 5000
# The section `tokens` as it can be found in a text that is no YAML yet: up to the next line that begins a section.
_SECTION = re.compile(r"""(?:^|[{,])[ \t]*["']?tokens["']?[ \t]*:.*?(?=^[A-Za-z"']|\Z)""", re.MULTILINE | re.DOTALL)
_ENTRY = re.compile(f"(?<![0-9a-fA-F])({UUID_DIGITS})(?![0-9a-fA-F])")


def redact(text: str, issued: Callable[[frozenset[str]], frozenset[str]]) -> str:
    """`text` with each issued token replaced by `sha256:` and its digest, everything else as it was.

    A token is 32 hex digits in any case, with or without the dashes of a UUID, wherever it stands. `issued`
    tells which of up to 5,000 SHA-256 digests belong to issued tokens.
    """
    digests = {run: digest(run) for run in digit_runs(text)}
    candidates, known = iter(digests.values()), set[str]()
    while batch := frozenset(islice(candidates, _BATCH)):
        known |= issued(batch)
    return _replaced(text, digests, known) if known else text


def redact_entries(text: str) -> str:
    """`text` with each token in its section `tokens` replaced by `sha256:` and its digest, issued or not.

    For what is kept although nobody checked it: the entry means the same once the token is registered.
    """
    return _SECTION.sub(lambda section: _ENTRY.sub(_digested, section[0]), text)


def _digested(match: re.Match[str]) -> str:
    return DIGEST_PREFIX + digest(_normal(match))


def digit_runs(text: str) -> set[str]:
    """Every 32 hex digits in a row, with or without a UUID's dashes, as 32 lower-case digits; they may overlap."""
    return {_normal(match) for match in _CANDIDATE.finditer(text)}


def _normal(match: re.Match[str]) -> str:
    return match[1].replace("-", "").lower()


def _replaced(text: str, digests: Mapping[str, str], known: set[str]) -> str:
    parts, end = [], 0
    for match in _CANDIDATE.finditer(text):
        found = digests[_normal(match)]
        if found in known and match.start() >= end:
            parts += [text[end : match.start()], DIGEST_PREFIX, found]
            end = match.end(1)
    return "".join((*parts, text[end:]))
