"""Regular expressions read as ECMAScript does (without the flag u) and written for RE2, or refused."""

from __future__ import annotations

import re
from dataclasses import dataclass

from provisioning.language.expressions.code_units import split_pairs
from provisioning.language.expressions.numbers import SPACE
from provisioning.language.expressions.regexp_parts import NOTHING, Part, alternatives, repeated, sequence
from provisioning.language.expressions.unit_sets import (
    DIGITS,
    EVERYTHING,
    LINE_ENDS,
    WORD,
    Ranges,
    complement,
    contains_some_only,
    of_characters,
    re2_class,
    union,
    with_both_cases,
)

MAX_COUNT = 1000
_MAX_NESTING = 50
_FLAGS = "gims"
_QUANTIFIER = re.compile(r"(?:[*+?]|\{(?P<least>\d+)(?P<comma>,(?P<most>\d*))?\})(?P<lazy>\??)", re.ASCII)
_GROUP_NAME = re.compile(r"\(\?<([A-Za-z_$][\w$]*)>", re.ASCII)
_UNIT_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4}))")
_CONTROLS = {"t": "\t", "n": "\n", "v": "\v", "f": "\f", "r": "\r", "0": "\0"}
_CLASSES = {"d": DIGITS, "w": WORD, "s": of_characters(SPACE)}
_SETS: dict[str, Ranges] = {**_CLASSES, **{name.upper(): complement(units) for name, units in _CLASSES.items()}}
_MARKS = frozenset("^$\\.*+?()[]{}|/-,:;<>=!@#%&~'\"` _")
_LOOKAROUND = {"(?=": "lookahead", "(?!": "lookahead", "(?<=": "lookbehind", "(?<!": "lookbehind"}


class RegexError(ValueError):
    """A regular expression that JavaScript refuses, or that cannot be made to mean the same here."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Translation:
    """`pattern` is RE2's; `names` are the named groups with their numbers.

    `one_line_end`: the searched text must have all its line ends replaced by `\\n`. `overruns`: a search may
    read far beyond what it matches.
    """

    pattern: str
    groups: int
    names: tuple[tuple[str, int], ...]
    one_line_end: bool
    overruns: bool


def translate(pattern: str, flags: str) -> Translation:
    """Translate the parts of a literal. Raises RegexError."""
    for flag in flags:
        if flag not in _FLAGS:
            raise RegexError(f"not supported: the flag {flag} of a regular expression", "the flags g, i, m and s are")
    if len(set(flags)) < len(flags):
        raise RegexError("a flag of the regular expression stands there twice")
    return _Translator(pattern, flags).translation()


class _Translator:
    def __init__(self, pattern: str, flags: str) -> None:
        self.pattern = split_pairs(pattern)
        self.flags = flags
        self.position = 0
        self.groups = 0
        self.depth = 0
        self.names: list[tuple[str, int]] = []
        self.anchored = False
        self.tells_line_ends_apart = False

    def translation(self) -> Translation:
        part = self._alternatives()
        if self.position < len(self.pattern):
            raise RegexError("`)` closes nothing in the regular expression", r"write `\)` for the character")
        by_line = "m" in self.flags and self.anchored
        if by_line and self.tells_line_ends_apart:
            message = "not supported: `^` or `$` with the flag m beside something that tells line ends apart"
            raise RegexError(message, r"use `.` or `\s`, or split the text into lines first")
        return Translation(part.pattern, self.groups, tuple(self.names), by_line, part.overruns)

    def _at(self, text: str) -> bool:
        return self.pattern.startswith(text, self.position)

    def _alternatives(self) -> Part:
        parts = [self._sequence()]
        while self._at("|"):
            self.position += 1
            parts.append(self._sequence())
        return alternatives(parts)

    def _sequence(self) -> Part:
        parts: list[Part] = []
        while self.position < len(self.pattern) and self.pattern[self.position] not in "|)":
            parts.append(self._term())
        return sequence(parts) if parts else NOTHING

    def _term(self) -> Part:
        assertion = self._assertion()
        if assertion is not None:
            if _QUANTIFIER.match(self.pattern, self.position):
                raise RegexError("the regular expression repeats `^`, `$` or `\\b`")
            return assertion
        return self._quantified(self._atom())

    def _assertion(self) -> Part | None:
        for text in ("^", "$", "\\b", "\\B"):
            if self._at(text):
                self.position += len(text)
                if text in "^$":
                    self.anchored = True
                    by_line, by_text = f"(?m:{text})", {"^": r"\A", "$": r"\z"}[text]
                    return Part(by_line if "m" in self.flags else by_text, empty=True)
                return Part(text, empty=True)
        return None

    def _quantified(self, part: Part) -> Part:
        found = _QUANTIFIER.match(self.pattern, self.position)
        if found is None:
            return part
        self.position = found.end()
        least, most = _bounds(found)
        if part.captures:
            raise RegexError("not supported: a captured part that is repeated or optional", "write `(?:…)`")
        if part.empty and least != most:
            raise RegexError("not supported: repeating a part that can match nothing", "leave the inner `*` or `?` out")
        if _QUANTIFIER.match(self.pattern, self.position):
            raise RegexError("the regular expression repeats a repetition", "put `(?:…)` around the inner one")
        return repeated(part, found[0], least, most)

    def _atom(self) -> Part:
        character = self.pattern[self.position]
        if character == "(":
            return self._group()
        if character == "[":
            return self._set(self._class())
        if character == "\\":
            return self._set(self._escape())
        if _QUANTIFIER.match(self.pattern, self.position):
            raise RegexError(f"there is nothing to repeat before `{character}`", f"write `\\{character}` for it")
        self.position += 1
        if character == ".":
            return self._set(EVERYTHING if "s" in self.flags else complement(of_characters(LINE_ENDS)))
        return self._set(self._literal(character))

    def _literal(self, character: str) -> Ranges:
        if "i" in self.flags and not character.isascii():
            message = "not supported: letters other than A to Z with the flag i"
            raise RegexError(message, "write both cases: `[äÄ]`, without the flag i")
        return of_characters(character)

    def _set(self, units: Ranges) -> Part:
        if "i" in self.flags:
            units = with_both_cases(units)
        self.tells_line_ends_apart = self.tells_line_ends_apart or contains_some_only(units, LINE_ENDS)
        return Part(re2_class(units))

    def _group(self) -> Part:
        opening = self._opening()
        self.depth += 1
        if self.depth > _MAX_NESTING:
            raise RegexError(f"the regular expression is nested more than {_MAX_NESTING} deep")
        inner = self._alternatives()
        self.depth -= 1
        if not self._at(")"):
            raise RegexError("a `(` of the regular expression is not closed", r"write `\(` for the character")
        self.position += 1
        captures = inner.captures or opening == "("
        return Part(f"{opening}{inner.pattern})", inner.empty, captures, inner.loops, inner.overruns)

    def _opening(self) -> str:
        for text, what in _LOOKAROUND.items():
            if self._at(text):
                raise RegexError(f"not supported: {what} (`{text}…)`)", "match more, and take the part that you want")
        if self._at("(?:"):
            self.position += 3
            return "(?:"
        self.groups += 1
        if not self._at("(?"):
            self.position += 1
            return "("
        name = _GROUP_NAME.match(self.pattern, self.position)
        if name is None:
            raise RegexError("this kind of group is not known in regular expressions", "write `(?:…)` or `(?<name>…)`")
        if name[1] in dict(self.names):
            raise RegexError(f"two groups of the regular expression have the name {name[1]}")
        self.names.append((name[1], self.groups))
        self.position = name.end()
        return "("

    def _escape(self) -> Ranges:
        """An escape outside of a class or in it: a set, or one unit."""
        found = _UNIT_ESCAPE.match(self.pattern, self.position)
        if found:
            self.position = found.end()
            return self._literal(chr(int(found[1] or found[2], 16)))
        character = self.pattern[self.position + 1 : self.position + 2]
        following = self.pattern[self.position + 2 : self.position + 3]
        self.position += 2
        if character in _SETS:
            return _SETS[character]
        if character in _CONTROLS and not (character == "0" and following.isdigit()):
            return of_characters(_CONTROLS[character])
        if character in _MARKS:
            return of_characters(character)
        raise _escape_error(character)

    def _class(self) -> Ranges:
        self.position += 1
        negated = self._at("^")
        self.position += negated
        sets: list[Ranges] = []
        while not self._at("]"):
            if self.position >= len(self.pattern):
                raise RegexError("a `[` of the regular expression is not closed", r"write `\[` for the character")
            sets.append(self._class_range())
        self.position += 1
        units = union(*sets)
        if "i" in self.flags:
            units = with_both_cases(units)
        return complement(units) if negated else units

    def _class_range(self) -> Ranges:
        """One member of a class, or two with a hyphen between them."""
        first = self._class_member()
        if not self._at("-") or self.pattern[self.position + 1 : self.position + 2] in ("]", ""):
            return first
        self.position += 1
        last = self._class_member()
        low, high = _single(first), _single(last)
        if low is None or high is None:
            # A class on one side: the hyphen is itself.
            return union(first, last, of_characters("-"))
        if low > high:
            raise RegexError("a range of the regular expression is out of order")
        return ((low, high),)

    def _class_member(self) -> Ranges:
        if self._at("\\b"):
            self.position += 2
            return of_characters("\b")
        if self._at("\\"):
            return self._escape()
        self.position += 1
        return self._literal(self.pattern[self.position - 1])


def _single(units: Ranges) -> int | None:
    return units[0][0] if len(units) == 1 and units[0][0] == units[0][1] else None


def _bounds(found: re.Match[str]) -> tuple[int, int | None]:
    if found["least"] is None:
        return {"*": (0, None), "+": (1, None), "?": (0, 1)}[found[0][0]]
    counts = [count for count in (found["least"], found["most"]) if count]
    if any(len(count.lstrip("0")) > 4 or int(count) > MAX_COUNT for count in counts):
        raise RegexError(f"not supported: counts over {MAX_COUNT:,} in a regular expression")
    least = int(found["least"])
    if not found["comma"]:
        return least, least
    most = int(found["most"]) if found["most"] else None
    if most is not None and most < least:
        raise RegexError("the counts of the regular expression are out of order")
    return least, most


def _escape_error(character: str) -> RegexError:
    if not character:
        return RegexError("the regular expression ends with a backslash")
    if character == "0":
        return RegexError("not supported: an octal escape in a regular expression", r"write it as `\x00`")
    if character.isdigit():
        return RegexError(f"not supported: the backreference `\\{character}`", "compare the captured parts afterwards")
    if character == "k":
        return RegexError("not supported: a backreference by name", "compare the captured parts afterwards")
    if character in "pP":
        return RegexError(f"not supported: `\\{character}` of a regular expression", "list the letters: `[A-Za-zÀ-ÿ]`")
    return RegexError(f"not supported: the escape `\\{character}` of a regular expression", "leave out the backslash")
