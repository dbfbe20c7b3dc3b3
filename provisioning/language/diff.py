"""What changed between two configurations, in sentences and as text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import unified_diff
from typing import Literal

from provisioning.language.change_phrases import field_phrases
from provisioning.language.loading import load
from provisioning.language.outline import Fields, Outline, outline
from provisioning.language.places import shorten
from provisioning.language.renames import find_renames
from provisioning.language.schema import CONFIGURATION, SECTIONS, SINGULAR
from provisioning.language.token_text import hide_tokens

ChangeKind = Literal["added", "removed", "changed", "renamed"]
# What profiles hold belongs to an attribute's name, type and window.
_RESTART = "its stored values start empty"
_MARKS = ("public", "sensitive")
_ORDER_MATTERS = {"keys": "the order of strength", "attributes": "the order of writing"}


@dataclass(frozen=True, slots=True)
class Change:
    """One part that differs. `name` is empty when it is about the section as a whole; `text` is one sentence."""

    section: str
    name: str
    change: ChangeKind
    text: str

    def as_dict(self) -> dict[str, str]:
        """The change as REST answers carry it."""
        return {"section": self.section, "name": hide_tokens(self.name), "change": self.change, "text": self.text}


@dataclass(frozen=True, slots=True)
class Difference:
    """`changes` by meaning, `unified` by text. `readable`: both texts are YAML; else `changes` is empty."""

    changes: tuple[Change, ...]
    unified: str
    readable: bool = True

    def as_dict(self) -> dict[str, object]:
        """The difference as REST answers carry it."""
        return {
            "readable": self.readable,
            "changes": [change.as_dict() for change in self.changes],
            "unified": self.unified,
        }


def diff_documents(old: str, new: str, *, old_name: str = "before", new_name: str = "after") -> Difference:
    """Compare two configuration texts; they need not be valid. Tokens in the clear are hidden."""
    before, after = load(old), load(new)
    readable = before.complete and after.complete
    changes = tuple(diff_outlines(outline(before.root), outline(after.root))) if readable else ()
    return Difference(changes, _unified(old, new, old_name, new_name), readable)


def diff_outlines(old: Outline, new: Outline) -> Iterator[Change]:
    """The changes, section by section in the order of the schema."""
    yield from _head_changes(old.head, new.head)
    renames = find_renames(old, new)
    for section in SECTIONS:
        before = {name: renames.followed(fields) for name, fields in old.sections[section].items()}
        yield from _section_changes(section, before, new.sections[section], renames.of(section))


def _unified(old: str, new: str, old_name: str, new_name: str) -> str:
    before, after = old.splitlines(), new.splitlines()
    lines = unified_diff(before, after, old_name, new_name, lineterm="")
    return "".join(hide_tokens(line) + "\n" for line in lines)


def _head_changes(old: Fields, new: Fields) -> Iterator[Change]:
    for known in old:
        phrases = field_phrases(CONFIGURATION, {known: old[known]}, {known: new[known]})
        if phrases:
            yield Change("configuration", known, "changed", _sentence("configuration", "; ".join(phrases)))


def _section_changes(
    section: str, old: Mapping[str, Fields], new: Mapping[str, Fields], renamed: Mapping[str, str]
) -> Iterator[Change]:
    former = {new_name: old_name for old_name, new_name in renamed.items()}
    for name in old:
        if name in renamed:
            yield _renaming(section, name, renamed[name])
        elif name not in new:
            yield Change(section, name, "removed", _sentence(_subject(section, name), "removed"))
        elif old[name] != new[name]:
            yield _changed(section, name, old[name], new[name])
    for name in new:
        if name not in old and name not in former:
            yield Change(
                section, name, "added", _sentence(_subject(section, name), "added" + _essence(section, new[name]))
            )
    yield from _order_change(section, list(old), [former.get(name, name) for name in new])


def _renaming(section: str, old: str, new: str) -> Change:
    note = f"; {_RESTART}" if section == "attributes" else ""
    return Change(section, new, "renamed", _sentence(_subject(section, old), f"renamed to {shorten(new)}{note}"))


def _changed(section: str, name: str, old: Fields, new: Fields) -> Change:
    known = CONFIGURATION.field(section)
    phrases = field_phrases(known.record, old, new) if known is not None and known.record is not None else []
    if section == "attributes" and any(old.get(part) != new.get(part) for part in ("type", "window")):
        phrases.append(_RESTART)
    return Change(section, name, "changed", _sentence(_subject(section, name), "; ".join(phrases) or "changed"))


def _essence(section: str, fields: Fields) -> str:
    """What a new part is, in brackets."""
    said = [mark for mark in _MARKS if fields.get(mark) is True]
    if section == "attributes" and isinstance(fields.get("type"), str):
        said.insert(0, fields["type"])
    if section == "events":
        said.append(f"{fields.get('database')}/{fields.get('table')}")
    rules = fields.get("set")
    if isinstance(rules, tuple) and len(rules) > 1:
        said.append(f"{len(rules)} rules")
    if fields.get("enabled") is False:
        said.append("paused")
    return f" ({', '.join(said)})" if said else ""


def _order_change(section: str, old: list[str], new: list[str]) -> Iterator[Change]:
    kept = [name for name in new if name in set(old)]
    if section in _ORDER_MATTERS and kept != [name for name in old if name in set(new)]:
        text = f"{section}: {_ORDER_MATTERS[section]} changed to {', '.join(shorten(name) for name in kept)}"
        yield Change(section, "", "changed", text)


def _subject(section: str, name: str) -> str:
    return f"{SINGULAR[section]} {shorten(name)}"


def _sentence(subject: str, said: str) -> str:
    return hide_tokens(f"{subject}: {said}")
