"""What a saved draft changed, for the history, where it stays for good: names and fields, never their values.

A draft may hold what no version ever does: a secret in a header, somebody's key value in a condition that is tried.
"""

from __future__ import annotations

from provisioning.language.diff import Change, diff_outlines
from provisioning.language.loading import load
from provisioning.language.outline import Outline, outline
from provisioning.language.places import shorten
from provisioning.language.schema import SINGULAR

_LONGEST = 400_000  # characters of both texts: comparing them takes less than a second


def draft_changes(before: str, after: str) -> list[str]:
    """By meaning, a sentence each."""
    if len(before) + len(after) > _LONGEST:
        return ["the texts are too long to be compared here"]
    old, new = load(before), load(after)
    if not old.complete or not new.complete:
        return ["one of the texts is not valid YAML, so what changed cannot be told"]
    was, now = outline(old.root), outline(new.root)
    return [_sentence(each, was, now) for each in diff_outlines(was, now)] or ["only comments or layout"]


def _sentence(change: Change, was: Outline, now: Outline) -> str:
    if change.change != "changed" or not change.name:
        return change.text
    if change.section not in SINGULAR:
        return f"{shorten(change.name)}: changed"
    old, new = (each.sections[change.section].get(change.name, {}) for each in (was, now))
    fields = [shorten(name) for name in dict.fromkeys((*old, *new)) if old.get(name) != new.get(name)]
    return f"{SINGULAR[change.section]} {shorten(change.name)}: {', '.join(f'`{name}`' for name in fields)} changed"
