"""All problems as plain text, to be handed to whoever wrote the configuration."""

from __future__ import annotations

from collections.abc import Iterator

from provisioning.language.document import Document
from provisioning.language.loading import read_lines
from provisioning.language.problems import Problem
from provisioning.language.token_text import hide_tokens
from provisioning.language.validation import Check

_WIDTH = 100
_AROUND = 500  # characters on each side
_TOKEN_SIGNS = frozenset("0123456789abcdefABCDEF-")
_MEANING = "An error keeps the configuration from being used; a warning does not."


def report(check: Check, name: str, text: str | bytes = "") -> str:
    """The problems of a check, errors and warnings as they come, under the configuration's name.

    With the `text` that was checked, each problem shows its line; tokens in it are hidden.
    """
    document = read_lines(text)
    blocks = [f"{name}: {_summary(check)}", *("\n".join(_block(each, document)) for each in check.problems)]
    return "\n\n".join([*blocks, _MEANING] if check.problems else blocks) + "\n"


def _block(problem: Problem, document: Document) -> Iterator[str]:
    yield f"Line {problem.line}, column {problem.column}: {problem.severity}{_place(problem)}"
    yield from _shown_line(problem, document)
    yield f"  {problem.message} [{problem.code}]"
    if problem.hint:
        yield "  Hint: " + problem.hint.replace("\n", "\n    ")
    if problem.mended_first:
        yield f"  If what came is right now, line {problem.mended_first} says so: {problem.mended.strip()}"
    elif problem.mended:
        yield f"  The line mended: {problem.mended.strip()}"


def _shown_line(problem: Problem, document: Document) -> Iterator[str]:
    """The line and a mark under the column, of a long line what is around it."""
    if problem.line > len(document.line_starts):
        return
    line, column = _hidden(*_around(document, problem))
    indent = len(line) - len(line.lstrip())
    start = max(indent, column - _WIDTH // 2) if len(line) > _WIDTH else indent
    start = min(start, column)
    shown = line[start : start + _WIDTH].rstrip()
    if shown:
        yield f"    {shown}"
        yield f"    {' ' * (column - start)}^"


def _around(document: Document, problem: Problem) -> tuple[str, int]:
    """The line and where the column is in it; of a long line only what is around, not cut where a token may stand."""
    line, column = document.line(problem.line), problem.column - 1
    start, end = max(0, column - _AROUND), min(len(line), column + _AROUND)
    while start > 0 and line[start - 1] in _TOKEN_SIGNS and column - start < 2 * _AROUND:
        start -= 1
    while end < len(line) and line[end] in _TOKEN_SIGNS and end - column < 2 * _AROUND:
        end += 1
    return line[start:end], column - start


def _hidden(line: str, column: int) -> tuple[str, int]:
    """The line with nothing in it that could be a token, fit for plain text, and where the column is in it."""
    hidden = "".join(char if char.isprintable() else " " for char in hide_tokens(line))
    return hidden, min(len(hide_tokens(line[:column])), len(hidden))


def _summary(check: Check) -> str:
    if not check.problems:
        return "no problems"
    return f"{_count(len(check.errors), 'error')}, {_count(len(check.warnings), 'warning')}"


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _place(problem: Problem) -> str:
    return f" in {problem.where}" if problem.where else ""
