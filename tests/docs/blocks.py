"""Markdown pages as the tests of the documentation read them: code blocks, tables, headings, links, code spans."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).resolve().parents[2]
_MARKDOWN = MarkdownIt("commonmark").enable("table")
_NOT_IN_ANCHORS = re.compile(r"[^\w\- ]")


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block. `info` is what stands behind the opening fence, `line` where the fence is, from 1."""

    page: Path
    info: str
    text: str
    line: int

    @property
    def language(self) -> str:
        """The first word of the info string."""
        return (self.info.split() or [""])[0]

    @property
    def flags(self) -> frozenset[str]:
        """The other words of the info string."""
        return frozenset(self.info.split()[1:])

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table: its words as a reader sees them, and the code spans among them."""

    text: str
    code: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table; `heading` is the one that it stands under."""

    heading: str
    header: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    line: int


def pages() -> list[Path]:
    """Every page of the documentation, by its path."""
    top = (ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md"))
    return [page for page in (*top, *sorted((ROOT / "docs").rglob("*.md"))) if page.exists()]


def blocks(page: Path) -> list[Block]:
    """The fenced blocks of a page, in order."""
    fences = (token for token in _tokens(page) if token.type == "fence")
    return [Block(page, token.info.strip(), token.content, _line(token)) for token in fences]


def headings(page: Path) -> list[str]:
    """The texts of a page's headings, in order."""
    tokens = _tokens(page)
    return [_text(tokens[index + 1]) for index, token in enumerate(tokens) if token.type == "heading_open"]


def anchors(page: Path) -> set[str]:
    """What a link to the page may have behind `#`: its headings, as they are written in addresses."""
    seen: dict[str, int] = {}
    found = set()
    for heading in headings(page):
        plain = _NOT_IN_ANCHORS.sub("", heading.lower()).replace(" ", "-")
        count = seen.get(plain, 0)
        seen[plain] = count + 1
        found.add(f"{plain}-{count}" if count else plain)
    return found


def links(page: Path) -> list[tuple[str, int]]:
    """The targets of a page's links and pictures, each with its line."""
    found = []
    for token in _tokens(page):
        for child in token.children or ():
            target = child.attrGet("href") if child.type == "link_open" else child.attrGet("src")
            if target:
                found.append((str(target), _line(token)))
    return found


def code_spans(page: Path) -> list[tuple[str, int]]:
    """The texts between backticks within a page's words, each with the line where its paragraph begins."""
    return [(code, _line(token)) for token in _tokens(page) if token.type == "inline" for code in _code(token)]


def tables(page: Path) -> list[Table]:
    """The tables of a page, in order."""
    return list(_tables(_tokens(page)))


def _tables(tokens: tuple[Token, ...]) -> Iterator[Table]:
    heading, line, rows = "", 0, list[list[Cell]]()
    for index, token in enumerate(tokens):
        if token.type == "heading_open":
            heading = _text(tokens[index + 1])
        elif token.type == "table_open":
            line, rows = _line(token), []
        elif token.type == "tr_open":
            rows.append([])
        elif token.type in ("th_open", "td_open"):
            content = tokens[index + 1]
            rows[-1].append(Cell(_text(content), tuple(_code(content))))
        elif token.type == "table_close":
            header = tuple(cell.text for cell in rows[0])
            yield Table(heading, header, tuple(tuple(row) for row in rows[1:]), line)


@cache
def _tokens(page: Path) -> tuple[Token, ...]:
    return tuple(_MARKDOWN.parse(page.read_text(encoding="utf-8")))


def _line(token: Token) -> int:
    return token.map[0] + 1 if token.map else 0


def _text(token: Token) -> str:
    kinds = {"text", "code_inline"}
    return "".join(" " if child.type == "softbreak" else child.content for child in token.children or ()
                   if child.type in kinds or child.type == "softbreak")  # fmt: skip


def _code(token: Token) -> list[str]:
    return [child.content for child in token.children or () if child.type == "code_inline"]
