"""How a list attribute is used in an expression: as a list of `{value, time}`, or as if it were a plain value.

An expression tells where it reads PROFILE and which property comes next; whether the list itself is compared,
calculated with or put into a text is seen from the signs on both sides of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from provisioning.language.expressions import Read
from provisioning.language.findings import Findings
from provisioning.language.formulas import Formula
from provisioning.language.places import shorten

_LIST = re.compile(
    r"PROFILE\s*(?:(?:\?\.|\.)\s*[A-Za-z_][A-Za-z0-9_]*|(?:\?\.\s*)?\[\s*(?:'[^']*'|\"[^\"]*\")\s*\])", re.ASCII
)
_ITEM = re.compile(
    r"(?:\s*(?:\?\.|\.)\s*slice\s*\([^()]*\))?\s*(?:(?:\?\.|\.)\s*at\s*\([^()]*\)|(?:\?\.\s*)?\[\s*[0-9]+\s*\])",
    re.ASCII,
)
_NEXT = re.compile(r"\s*(?:(?:\?\.|\.)\s*([A-Za-z_$][A-Za-z0-9_$]*)|\?\.|\[|\()", re.ASCII)
_CALL = re.compile(r"\s*(?:\?\.|\.)\s*(includes|indexOf|lastIndexOf|join)\s*\(([^()]*)\)", re.ASCII)

_OPERATOR_BEFORE = re.compile(r"(?:[=!]==?|<=?|(?<!=)>=?|[-+*/%^~]|(?<!&)&|(?<!\|)\|)\s*$")
_OPERATOR_AFTER = re.compile(r"\s*(?:[=!]==?|[<>]=?|[-+*/%^]|&(?!&)|\|(?!\|))")
_NULL_BEFORE = re.compile(r"\b(?:null|undefined)\s*[=!]==?\s*$")
_NULL_AFTER = re.compile(r"\s*[=!]==?\s*(?:null|undefined)\b")
_NOT_BEFORE = re.compile(r"!\s*$")
_DECIDES_AFTER = re.compile(r"\s*(?:&&|\?(?![.?]))")
_EQUALS = re.compile(r"\s*==?=\s*('[^'\\]*'|\"[^\"\\]*\"|-?[0-9]+(?:\.[0-9]+)?)\s*(?:$|[)&|?}])", re.ASCII)
_CALLEE = re.compile(r"([A-Za-z_$][A-Za-z0-9_$.]*|[\])])$", re.ASCII)
_CONVERTING = re.compile(r"(?:Number|String|parseInt|parseFloat|isNaN|isFinite|encodeURIComponent|Math\.[a-z0-9]+)")
_ITEM_MEMBERS: Final = frozenset(("value", "time"))


@dataclass(frozen=True, slots=True)
class _Use:
    """A part of an expression's source, with what stands around it, the parentheses about it taken off."""

    before: str
    after: str
    called: str = ""

    @property
    def as_value(self) -> bool:
        """Whether it is compared, calculated with, made a text or handed to a function that wants a plain value."""
        if _CONVERTING.fullmatch(self.called) or self._in_text:
            return True
        return bool(_OPERATOR_BEFORE.search(self.before) or _OPERATOR_AFTER.match(self.after))

    @property
    def with_null(self) -> bool:
        """Whether it is compared with null or undefined."""
        return bool(_NULL_BEFORE.search(self.before) or _NULL_AFTER.match(self.after))

    @property
    def as_truth(self) -> bool:
        """Whether it decides by being true or false."""
        return bool(_NOT_BEFORE.search(self.before) or _DECIDES_AFTER.match(self.after))

    @property
    def _in_text(self) -> bool:
        if not (self.before.rstrip().endswith("${") and self.after.lstrip().startswith("}")):
            return False
        return self.before.strip() != "${" or self.after.strip() != "}"


def check_list_use(findings: Findings, formula: Formula, read: Read) -> None:
    """Report what cannot be meant; `read` reads a list attribute by its name."""
    source = formula.expression.source
    found = _LIST.match(source, read.offset)
    if found is None:
        return
    name = f"PROFILE.{read.name}"
    item = _ITEM.match(source, found.end())
    if item is not None:
        _check_item(findings, formula, read, source[found.start() : item.end()], item.end())
    elif _NEXT.match(source, found.end()) is None:
        _check_whole(findings, formula, read, name, _use(source, found.start(), found.end()))
    else:
        _check_call(findings, formula, read, name, _CALL.match(source, found.end()))


def _use(source: str, start: int, end: int) -> _Use:
    before, after = source[:start].rstrip(), source[end:].lstrip()
    while before.endswith("(") and after.startswith(")"):
        before, after = before[:-1].rstrip(), after[1:].lstrip()
        callee = _CALLEE.search(before)
        if callee is not None:
            return _Use("", "", callee[1])
    return _Use(before, after)


def _check_whole(findings: Findings, formula: Formula, read: Read, name: str, use: _Use) -> None:
    if use.with_null:
        findings.warning(
            formula.scalar, "list-never-null", f"{name} is a list, and a list is never null, even when it is empty",
            hint=f"write `{name}.length > 0`", at=formula.at(read),
        )  # fmt: skip
    elif use.as_value:
        equal = _EQUALS.match(use.after)
        hint = f"{name}.some(item => item.value === {equal[1]})" if equal else f"{name}.at(-1)?.value"
        findings.error(
            formula.scalar, "list-misused", f"{name} is a list of {{value, time}} and is used here as one plain value",
            hint=f"write `{hint}`" if equal else f"the newest value is `{hint}`", at=formula.at(read),
        )  # fmt: skip
    elif (use.as_truth or _is_all(formula, read)) and not _asks_length(formula, read):
        message = f"{name} is a list, and a list is true even when it is empty"
        findings.warning(formula.scalar, "list-as-condition", message, hint=f"{name}.length > 0", at=formula.at(read))


def _is_all(formula: Formula, read: Read) -> bool:
    """Whether a condition is the list alone."""
    source = formula.expression.source.strip().lstrip("( ").rstrip(") ")
    return source == f"PROFILE.{read.name}"


def _asks_length(formula: Formula, read: Read) -> bool:
    return any((other.name, other.next) == (read.name, "length") for other in formula.expression.reads)


def _check_item(findings: Findings, formula: Formula, read: Read, item: str, end: int) -> None:
    source = formula.expression.source
    following = _NEXT.match(source, end)
    if following is None:
        use = _use(source, end - len(item), end)
        if use.as_value and not use.with_null:
            _report_item(findings, formula, read, item, "is used here as one plain value")
    elif following[1] is not None and following[1] not in _ITEM_MEMBERS:
        _report_item(findings, formula, read, item, f"has no `{shorten(following[1])}`")


def _report_item(findings: Findings, formula: Formula, read: Read, item: str, said: str) -> None:
    findings.error(
        formula.scalar, "list-item-misused", f"an item of PROFILE.{read.name} is {{value, time}} and {said}",
        hint=f"its value is `{item}?.value`", at=formula.at(read),
    )  # fmt: skip


def _check_call(findings: Findings, formula: Formula, read: Read, name: str, call: re.Match[str] | None) -> None:
    told = next(_call_words(name, call[1], call[2].strip()), None) if call is not None else None
    if told is not None:
        findings.warning(formula.scalar, "list-of-items", told[0], hint=f"write `{told[1]}`", at=formula.at(read))


def _call_words(name: str, method: str, argument: str) -> Iterator[tuple[str, str]]:
    """What a method that takes items for plain values gives, and what to write."""
    if method == "join":
        separator = argument or "','"
        yield (
            f"the items of {name} are {{value, time}}, so `join` gives [object Object]",
            f"{name}.map(item => item.value).join({separator})",
        )
    elif argument:
        better = {"includes": "some", "indexOf": "findIndex", "lastIndexOf": "findLastIndex"}[method]
        yield (
            f"the items of {name} are {{value, time}}, so `{method}` never finds a value",
            f"{name}.{better}(item => item.value === {argument})",
        )
