"""Entries that the editor adds to a configuration's text, ready to be changed: pure text in, pure text out."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import count

_ENTRY = re.compile(r"^([ \t]*)-[ \t]", re.MULTILINE)
_NEXT_SECTION = re.compile(r"^[^\s#-]", re.MULTILINE)
_NAME = re.compile(r"\bname:[ \t]*[\"']?([A-Za-z_][\w.-]*)", re.ASCII)
_TYPE = re.compile(r"\btype:[ \t]*[\"']?([a-z]+)", re.ASCII)
_REMEMBERED = {"list": ".length > 0", "counter": " >= 3"}
_EMPTY_LIST = re.compile(r"\[[ \t]*\]")


@dataclass(frozen=True, slots=True)
class Addition:
    """A kind of entry: the words of its button, its section, the name it gets, and its lines.

    In the lines `{name}` is a name not taken yet, `{event}` the first event, `{attribute}` the first attribute and
    `{remembered}` what is asked of it.
    """

    words: str
    section: str
    name: str
    lines: tuple[str, ...]


ADDITIONS: Mapping[str, Addition] = {
    "offer": Addition(
        "An offer for some pages",
        "offers",
        "banner",
        (
            "- name: {name}",
            "  set:",
            "    - event: {event}",
            "      if: EVENT.td_path.startsWith('/sale')",
            "      data:",
            "        title: Everything at half the price",
        ),
    ),
    "profile_offer": Addition(
        "An offer by what is remembered",
        "offers",
        "welcome_back",
        (
            "- name: {name}",
            "  set:",
            "    - event: {event}",
            "      if: PROFILE.{attribute}{remembered}",
            "      data:",
            "        text: Nice to see you again",
        ),
    ),
    "single": Addition(
        "Remember the last value",
        "attributes",
        "last_page",
        ("- name: {name}", "  type: single", "  event: {event}", "  value: ${{EVENT.td_path}}"),
    ),
    "list": Addition(
        "Remember a list",
        "attributes",
        "pages",
        ("- name: {name}", "  type: list", "  event: {event}", "  value: ${{EVENT.td_path}}", "  max_items: 20"),
    ),
    "counter": Addition(
        "Count", "attributes", "visits", ("- name: {name}", "  type: counter", "  event: {event}", "  window: 30d")
    ),
}


def with_addition(text: str, addition: Addition) -> tuple[str, int] | None:
    """`with_entry` for a kind of entry."""
    return with_entry(text, addition.section, _lines(addition, text))


def with_entry(text: str, section: str, entry: Sequence[str]) -> tuple[str, int] | None:
    """The text with one more entry at the end of a section, and the entry's first line from 1.

    `entry` are its lines, the first with its dash. None when the section is written in another way than one entry
    after the other.
    """
    found = _section(text, section)
    if found is None:
        head = text.rstrip("\n") + "\n\n" if text.strip() else ""
        return _placed(f"{head}{section}:", _indented(entry, "  "), "\n")
    if found.value and not _EMPTY_LIST.fullmatch(found.value):
        return None
    body = _without_tail(text[found.heading_end : found.end])
    first = _ENTRY.search(body)
    heading = f"{section}:" if found.value else text[found.start : found.heading_end]
    tail = text[found.heading_end + len(body) :]
    return _placed(text[: found.start] + heading + body, _indented(entry, first[1] if first else "  "), tail or "\n")


def example(section: str) -> str:
    """The first kind of entry that can be added to that section, in a text of its own; empty when there is none."""
    found = next((each for each in ADDITIONS.values() if each.section == section), None)
    added = with_addition("", found) if found else None
    return added[0] if added else ""


@dataclass(frozen=True, slots=True)
class _Section:
    """Where a section stands: its heading, what stands behind the colon, and where the next one starts."""

    start: int
    heading_end: int
    end: int
    value: str


def _section(text: str, name: str) -> _Section | None:
    found = re.search(rf"^{name}:[ \t]*([^\n#]*)(#[^\n]*)?$", text, re.MULTILINE)
    if found is None:
        return None
    following = _NEXT_SECTION.search(text, found.end())
    return _Section(found.start(), found.end(), following.start() if following else len(text), found[1].strip())


def _without_tail(body: str) -> str:
    """The section without the blank lines and comments that stand before the next one."""
    lines = body.split("\n")
    while lines and (not lines[-1].strip() or lines[-1].startswith("#")):
        lines.pop()
    return "\n".join(lines)


def _placed(head: str, lines: list[str], tail: str) -> tuple[str, int]:
    return "\n".join((head, *lines)) + tail, head.count("\n") + 2


def _indented(lines: Sequence[str], indent: str) -> list[str]:
    return [indent + line for line in lines]


def _lines(addition: Addition, text: str) -> list[str]:
    attribute, type_ = _first_attribute(text)
    values = {
        "name": _free(addition.name, text),
        "event": _first_name(text, "events") or "pageview",
        "attribute": attribute,
        "remembered": _REMEMBERED.get(type_, " != null"),
    }
    return [line.format(**values) for line in addition.lines]


def _first_attribute(text: str) -> tuple[str, str]:
    found = _section(text, "attributes")
    kind = _TYPE.search(text, found.heading_end, found.end) if found else None
    return _first_name(text, "attributes") or "last_page", kind[1] if kind else ""


def _first_name(text: str, section: str) -> str:
    found = _section(text, section)
    name = _NAME.search(text, found.heading_end, found.end) if found else None
    return name[1] if name else ""


def _free(name: str, text: str) -> str:
    taken = set(_NAME.findall(text))
    return next(each for number in count(1) if (each := name if number == 1 else f"{name}_{number}") not in taken)
