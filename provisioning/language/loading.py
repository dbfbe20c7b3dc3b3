"""YAML text to a tree, within bounds, whatever the text.

Parsing events are walked, never objects constructed: the C loader crashes on deep nesting, and PyYAML's
constructors raise more than YAMLError. This language's share of YAML has no anchors, aliases, merge keys,
tags, duplicate keys or second document; each is a flaw with its place, and the tree goes on without it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import yaml

from provisioning.language.brace_slips import double_braces
from provisioning.language.document import (
    Broken,
    Document,
    Entry,
    Flaw,
    MappingNode,
    Node,
    Scalar,
    SequenceNode,
    Style,
    line_starts,
)
from provisioning.language.syntax_slips import anchor_flaw, line_at, syntax_flaw, tag_flaw

MAX_BYTES: Final = 1024 * 1024
MAX_DEPTH: Final = 32
MAX_NODES: Final = 200_000
MAX_FLAWS: Final = 200

# YAML 1.2, 5.1: what a document may hold besides printable characters is tab and line breaks.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufeff\ufffe\uffff]")
_STYLES: Final[dict[str | None, Style]] = {"'": "single", '"': "double", "|": "literal", ">": "folded"}
_START = (yaml.MappingStartEvent, yaml.SequenceStartEvent)
_END = (yaml.MappingEndEvent, yaml.SequenceEndEvent)


def load(source: str | bytes) -> Document:
    """Read a document of at most 1 MiB; never raises. What could not be read is among its flaws."""
    text = _decoded(source)
    if isinstance(text, Flaw):
        return Document("", flaws=(text,), complete=False)
    starts = line_starts(text)
    forbidden = _FORBIDDEN.search(text)
    if forbidden is not None:
        return Document(text, flaws=(_forbidden_character(forbidden),), complete=False, line_starts=starts)
    builder = _Builder(text)
    complete = builder.run()
    return Document(text, builder.root, tuple(builder.flaws), complete, starts)


def read_lines(source: str | bytes) -> Document:
    """The document's lines alone, without its tree; none of what cannot be read."""
    text = _decoded(source)
    return Document("") if isinstance(text, Flaw) else Document(text, line_starts=line_starts(text))


def _decoded(source: str | bytes) -> str | Flaw:
    raw = source.encode("utf-8", "surrogatepass") if isinstance(source, str) else source
    if len(raw) > MAX_BYTES:
        return Flaw(
            0, "too-large", f"the configuration has {len(raw):,} bytes; at most {MAX_BYTES:,} (1 MiB) are allowed"
        )
    try:
        return raw.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        return Flaw(0, "not-utf-8", f"the configuration is not UTF-8 (first in line {line})", "save the file as UTF-8")


def _forbidden_character(match: re.Match[str]) -> Flaw:
    code = f"U+{ord(match[0]):04X}"
    return Flaw(
        match.start(),
        "forbidden-character",
        f"the character {code} is not allowed in YAML; fix this first; the rest was not checked",
        "delete it; in a text between double quotes it can be written as an escape",
    )


@dataclass(slots=True)
class _Open:
    """A list or mapping that has begun; in a mapping `key` waits for its value."""

    start: int
    flow: bool
    mapping: bool
    items: list[Node] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    seen: dict[str, int] = field(default_factory=dict)
    key: Scalar | None = None
    awaits_value: bool = False

    def closed(self, end: int) -> Node:
        if self.mapping:
            return MappingNode(tuple(self.entries), self.start, end, self.flow)
        return SequenceNode(tuple(self.items), self.start, end, self.flow)


def _start(event: yaml.Event) -> int:
    return event.start_mark.index if event.start_mark is not None else 0


def _end(event: yaml.Event) -> int:
    return event.end_mark.index if event.end_mark is not None else 0


def _scalar(event: yaml.ScalarEvent) -> Scalar:
    return Scalar(event.value, _STYLES.get(event.style, "plain"), _start(event), _end(event))


class _Builder:
    """Turns parsing events into nodes."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.root: Node | None = None
        self.flaws: list[Flaw] = []
        self._open: list[_Open] = []
        self._nodes = 0
        self._documents = 0

    def run(self) -> bool:
        """Read everything; False when something stopped the reading."""
        complete = self._read()
        noticed = len(self.flaws)
        while self._open:
            self._place(self._open.pop().closed(len(self.text)))
        del self.flaws[noticed:]  # what closing by force brings up is not the author's
        return complete or self._documents > 1

    def _read(self) -> bool:
        try:
            return all(map(self._take, self._events()))
        except yaml.YAMLError as error:
            self._stop_at(syntax_flaw(self.text, error))
            return False

    def _stop_at(self, flaw: Flaw) -> None:
        """What stopped the reading says the same as a flaw that was noted on the way to it."""
        line = line_at(self.text, flaw.at)
        told = [known for known in self.flaws if known.code == flaw.code and line_at(self.text, known.at) == line]
        self.flaws = [known for known in self.flaws if known not in told] + [flaw]

    def _events(self) -> Iterator[yaml.Event]:
        parser = yaml.CSafeLoader(self.text)
        try:
            yield from iter(parser.get_event, None)
        finally:
            parser.dispose()

    def _take(self, event: yaml.Event) -> bool:
        """One event; False stops the reading."""
        self._nodes += 1
        if isinstance(event, yaml.ScalarEvent):
            self._take_scalar(event)
        elif isinstance(event, _START):
            self._take_start(event)
        elif isinstance(event, _END):
            self._take_end(event)
        elif isinstance(event, yaml.AliasEvent):
            self._take_alias(event)
        elif isinstance(event, yaml.DocumentStartEvent):
            return self._take_document(event)
        if self._nodes <= MAX_NODES and len(self._open) <= MAX_DEPTH and len(self.flaws) < MAX_FLAWS:
            return True
        self._stop_out_of_bounds(event)
        return False

    def _take_scalar(self, event: yaml.ScalarEvent) -> None:
        if event.tag is not None or event.anchor is not None:
            self._take_marked(event)
        else:
            self._place(_scalar(event))

    def _take_marked(self, event: yaml.ScalarEvent) -> None:
        """A scalar with a tag or an anchor."""
        start, end = _start(event), _end(event)
        self._refuse_anchor(event)
        if event.tag is not None:
            self._flaw(tag_flaw(self.text, start, self._key_text()))
            self._place(Broken(start, end))
        elif event.anchor is not None and not event.value:
            self._place(Broken(start, end))  # the value that was meant became the anchor's name
        else:
            self._place(_scalar(event))

    def _take_start(self, event: yaml.MappingStartEvent | yaml.SequenceStartEvent) -> None:
        start = _start(event)
        self._refuse_anchor(event)
        if event.tag is not None:
            self._flaw(tag_flaw(self.text, start, self._key_text()))
        self._open.append(_Open(start, bool(event.flow_style), isinstance(event, yaml.MappingStartEvent)))

    def _take_end(self, event: yaml.Event) -> None:
        node = self._open.pop().closed(_end(event))
        slip = double_braces(line_at(self.text, node.start)) if self._in_double_braces(node) else None
        if slip is None:
            self._place(node)
            return
        self.flaws = [known for known in self.flaws if not node.start <= known.at < node.end]
        self._flaw(Flaw(node.start, slip.code, slip.message, slip.hint, slip.mended))
        self._place(Broken(node.start, node.end))

    def _in_double_braces(self, node: Node) -> bool:
        inside = self.text[node.start : node.end]
        return isinstance(node, MappingNode) and inside.startswith("{{") and inside.endswith("}}")

    def _take_alias(self, event: yaml.AliasEvent) -> None:
        start = _start(event)
        self._flaw(anchor_flaw(self.text, start, self._key_text(), alias=True))
        self._place(Broken(start, _end(event)))

    def _take_document(self, event: yaml.DocumentStartEvent) -> bool:
        self._documents += 1
        if self._documents == 1:
            return True
        self._flaw(
            Flaw(
                _start(event),
                "second-document",
                "a second YAML document begins here; one is allowed",
                "remove the `---` line and what follows it",
            )
        )
        return False

    def _stop_out_of_bounds(self, event: yaml.Event) -> None:
        if len(self.flaws) >= MAX_FLAWS:
            message = f"that makes {MAX_FLAWS} of such problems"
        elif len(self._open) > MAX_DEPTH:
            message = f"lists and mappings are nested more than {MAX_DEPTH} deep"
        else:
            message = f"the configuration has more than {MAX_NODES:,} keys and values"
        self.flaws.append(Flaw(_start(event), "limit", f"{message}; fix this first; the rest was not checked"))

    def _key_text(self) -> str:
        """The key whose value comes next, else an empty string."""
        parent = self._open[-1] if self._open else None
        return parent.key.text if parent is not None and parent.key is not None else ""

    def _refuse_anchor(self, event: yaml.NodeEvent) -> None:
        if event.anchor is not None:
            self._flaw(anchor_flaw(self.text, _start(event), self._key_text(), alias=False))

    def _place(self, node: Node) -> None:
        if not self._open:
            self.root = node if self.root is None else self.root
            return
        parent = self._open[-1]
        if not parent.mapping:
            parent.items.append(node)
        elif not parent.awaits_value:
            self._place_key(parent, node)
        else:
            if parent.key is not None:
                parent.entries.append(Entry(parent.key, node))
            parent.key, parent.awaits_value = None, False

    def _place_key(self, parent: _Open, node: Node) -> None:
        parent.awaits_value = True
        if not isinstance(node, Scalar):
            self._refuse_key(node)
            return
        parent.key = node
        if node.style == "plain" and node.text == "<<":
            parent.key = None
            self._flaw(Flaw(node.start, "merge-key", "merge keys (`<<`) are not allowed", "write the fields out"))
        elif node.text in parent.seen:
            self._duplicate(parent, node)
        else:
            parent.seen[node.text] = node.start

    def _refuse_key(self, node: Node) -> None:
        if not isinstance(node, Broken):
            message = "a key must be plain text, not a list or a mapping"
            self._flaw(Flaw(node.start, "key-not-text", message, "quote the text when it begins with `{` or `[`"))

    def _duplicate(self, parent: _Open, key: Scalar) -> None:
        first = self.text.count("\n", 0, parent.seen[key.text]) + 1
        name = key.text if len(key.text) <= 60 else key.text[:60] + "…"
        hint = "begin a new item with `- `, in the column of the others" if key.text == "name" else ""
        self._flaw(
            Flaw(key.start, "duplicate-key", f"`{name}` stands here a second time (first in line {first})", hint)
        )

    def _flaw(self, flaw: Flaw) -> None:
        self.flaws.append(flaw)
