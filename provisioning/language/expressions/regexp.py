"""Compiled regular expressions, and finding what they match."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import re2

from provisioning.language.expressions.budget import Budget
from provisioning.language.expressions.code_units import has_halves, join_pairs, split_pairs
from provisioning.language.expressions.regexp_syntax import RegexError, translate
from provisioning.language.expressions.unit_sets import SURROGATE_SHIFT
from provisioning.language.expressions.values import UNDEFINED, BareObject, JSValue

_MAX_MEMORY = 4 * 1024 * 1024
_MAX_INSTRUCTIONS = 20_000
# A larger program reads a text more slowly: one step more for each so many instructions.
_INSTRUCTIONS_PER_STEP = 200
_MOVED = {unit: unit + SURROGATE_SHIFT for unit in range(0xD800, 0xE000)}
_CONTINUATIONS = frozenset(bytes((byte,)) for byte in range(0x80, 0xC0))
_ONE_LINE_END = {ord("\r"): "\n", 0x2028: "\n", 0x2029: "\n"}


@dataclass(frozen=True, slots=True, eq=False)
class RegexProgram:
    """A regular expression literal, compiled; `text` is the literal, `weight` the price of reading 64 characters."""

    text: str
    flags: str
    matcher: Any
    groups: int
    names: tuple[tuple[str, int], ...]
    one_line_end: bool
    overruns: bool
    weight: int

    @property
    def is_global(self) -> bool:
        return "g" in self.flags


class RegexValue:
    """What a literal evaluates to. With the flag g, `test` remembers where it stopped."""

    __slots__ = ("last_index", "program")

    def __init__(self, program: RegexProgram) -> None:
        self.program = program
        self.last_index = 0


def compile_literal(pattern: str, flags: str) -> RegexProgram:
    """Compile the parts of a literal. Raises RegexError."""
    translation = translate(pattern, flags)
    options = re2.Options()
    options.max_mem = _MAX_MEMORY
    options.log_errors = False
    try:
        matcher = re2.compile(translation.pattern.encode(), options)
    except re2.error as error:
        raise RegexError("the regular expression is too large", "use smaller counts") from error
    instructions = matcher.programsize
    if instructions > _MAX_INSTRUCTIONS:
        raise RegexError("the regular expression is too large", "use smaller counts")
    return RegexProgram(
        f"/{pattern}/{''.join(sorted(flags))}",
        flags,
        matcher,
        translation.groups,
        translation.names,
        translation.one_line_end,
        translation.overruns,
        1 + instructions // _INSTRUCTIONS_PER_STEP,
    )


@dataclass(frozen=True, slots=True)
class Match:
    """Where a regular expression matched, and its groups, in code units; None for a group that took no part."""

    spans: tuple[tuple[int, int] | None, ...]

    @property
    def start(self) -> int:
        return self.spans[0][0] if self.spans[0] else 0

    @property
    def end(self) -> int:
        return self.spans[0][1] if self.spans[0] else 0


class Search:
    """One regular expression on its way through one text, from the beginning to the end."""

    def __init__(self, budget: Budget, program: RegexProgram, text: str) -> None:
        self.budget = budget
        self.program = program
        self.units = split_pairs(text)
        searched = self.units
        if program.one_line_end:
            searched = searched.translate(_ONE_LINE_END)
        self._ascii = searched.isascii()
        if not self._ascii:
            searched = searched.translate(_MOVED) if has_halves(searched) else searched
        self._searched = searched
        self._data = searched.encode()
        self._at = (0, 0)

    def find(self, start: int) -> Match | None:
        """The first match at or after a place, which must not lie before that of the last call."""
        rest = len(self.units) - start
        self._pay(rest if self.program.overruns else 0)
        found = self._search(self._byte(start))
        if found is None:
            self._pay(0 if self.program.overruns else rest)
            return None
        match = self._match([found.span(group) for group in range(self.program.groups + 1)])
        self._pay(match.end - start)
        return match

    def _search(self, position: int) -> Any:
        """RE2's next match; inside of a character, where it finds `\\B`, there is none for us."""
        found = self.program.matcher.search(self._data, position)
        while found is not None and self._data[found.start() : found.start() + 1] in _CONTINUATIONS:
            found = self.program.matcher.search(self._data, found.start() + 1)
        return found

    def _pay(self, characters: int) -> None:
        self.budget.charge(((characters >> 6) + 1) * self.program.weight)

    def text(self, span: tuple[int, int] | None) -> JSValue:
        """The text of a span, undefined for none."""
        return UNDEFINED if span is None else join_pairs(self.units[span[0] : span[1]])

    def texts(self, match: Match) -> list[JSValue]:
        """The text of the match and of each group."""
        return [self.text(span) for span in match.spans]

    def groups(self, match: Match) -> JSValue:
        """The named groups, undefined when there is none."""
        if not self.program.names:
            return UNDEFINED
        return BareObject((name, self.text(match.spans[group])) for name, group in self.program.names)

    def _byte(self, unit: int) -> int:
        if self._ascii:
            return unit
        byte, known = self._at
        byte += len(self._searched[known:unit].encode())
        self._at = (byte, unit)
        return byte

    def _match(self, spans: Sequence[tuple[int, int]]) -> Match:
        if self._ascii:
            return Match(tuple(None if span[0] < 0 else span for span in spans))
        units: dict[int, int] = {}
        byte, unit = self._at
        for offset in sorted({offset for span in spans for offset in span if offset >= 0}):
            unit += len(self._data[byte:offset].decode())
            byte = offset
            units[offset] = unit
        return Match(tuple(None if start < 0 else (units[start], units[end]) for start, end in spans))
