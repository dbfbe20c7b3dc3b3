"""The problems of a configuration as the console lists them: each with where to set right what it needs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from provisioning.language import Check, Problem, report
from routing.models import Instance

_FIRST = 6
_NAMED = re.compile(r"""\{?\s*name:\s*(?:"([^"\\]*)"|'([^']*)'|([^\s"'{}\[\],#][^{}\[\],#]*))""")
_MEANT = re.compile(r"did you mean `([\w-]+)`\?", re.ASCII)
# A problem with what is read of a profile stands at the whole of it.
_WORD = re.compile(r"(?:PROFILE\??\.)?(?P<word>[\w-]+)", re.ASCII)
_ALIKE = 0.6
_TABLE = re.compile(r"([0-9a-z_]+/[0-9a-z_]+) is not", re.ASCII)


@dataclass(frozen=True, slots=True)
class Link:
    """A page that removes the cause of a problem; only for those with the permission."""

    words: str
    url: str
    permission: str


@dataclass(frozen=True, slots=True)
class ShownProblem:
    """A problem with its hint in the console's words, the lines mended, and a link when another page helps."""

    problem: Problem
    hint: str
    mended: str
    link: Link | None = None

    @property
    def mend_at(self) -> int:
        """The first of the lines that `mended` stands for, counted from 1."""
        return self.problem.mended_first or self.problem.line


@dataclass(frozen=True, slots=True)
class ProblemList:
    """All problems of a check: the first few, and the rest, which a page shows when it is asked for.

    `report` says the same as plain text, for the customer's engineer. `unregistered` tokens stand in the text by
    their value or digest, and are not known.
    """

    check: Check
    first: Sequence[ShownProblem]
    rest: Sequence[ShownProblem]
    report: str
    unregistered: int = 0


def problem_list(instance: Instance | None, check: Check, text: str, *, user: Any) -> ProblemList:
    """The problems of `text` as a configuration of `instance`, if any, with the links that `user` may follow."""
    lines = text.split("\n") if check.problems else []
    shown = [_shown(instance, problem, lines, user) for problem in check.problems]
    name = f"Configuration of instance {instance.label}" if instance else "Configuration"
    unregistered = sum(1 for problem in check.problems if _is_unregistered(problem, lines))
    return ProblemList(check, shown[:_FIRST], shown[_FIRST:], report(check, name, text), unregistered)


def _is_unregistered(problem: Problem, lines: Sequence[str]) -> bool:
    return problem.code == "unknown-token" and not _name_at(problem, lines[problem.line - 1])


def _shown(instance: Instance | None, problem: Problem, lines: Sequence[str], user: Any) -> ShownProblem:
    line = lines[problem.line - 1] if problem.line <= len(lines) else ""
    link = _link(instance, problem, line) if instance else None
    mended = problem.mended or _respelt(problem, line)
    if link is None or not user.has_perm(link.permission):
        return ShownProblem(problem, problem.hint, mended)
    # The language's own advice speaks of commands; what is left to say beside the link is a likely slip.
    return ShownProblem(problem, problem.hint if _MEANT.fullmatch(problem.hint) else "", mended, link)


def _respelt(problem: Problem, line: str) -> str:
    """The line with the word that the problem stands at replaced by the one that was meant, if that is clear."""
    meant = _MEANT.fullmatch(problem.hint)
    word = _WORD.match(line, problem.column - 1)
    if not meant or not word or SequenceMatcher(None, word["word"].lower(), meant[1].lower()).ratio() < _ALIKE:
        return ""
    return line[: word.start("word")] + meant[1] + line[word.end("word") :]


def _link(instance: Instance, problem: Problem, line: str) -> Link | None:
    if problem.code == "unknown-token":
        name = _name_at(problem, line)
        words = f"Create or register a token named “{name}”" if name else "Register it here"
        return Link(words, _url("tokens_accesstoken_add", instance, name=name), "tokens.add_accesstoken")
    if problem.code == "unknown-destination":
        table = _TABLE.match(problem.message)
        url = _url("routing_destination_add", instance, table=table[1] if table else "")
        return Link("Register the table", url, "routing.add_destination")
    return None


def _name_at(problem: Problem, line: str) -> str:
    """The name that an entry of `tokens` gives, or nothing: a token itself never gets into an address."""
    found = _NAMED.match(line, problem.column - 1)
    return next((each.strip() for each in found.groups() if each), "") if found else ""


def _url(route: str, instance: Instance, **start: str) -> str:
    query = {"instance": instance.label} | {name: value for name, value in start.items() if value}
    return f"{reverse(f'admin:{route}')}?{urlencode(query, safe='/')}"
