"""The methods of texts that take a regular expression, and the one of regular expressions."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from provisioning.language.expressions.budget import MAX_TEXT, Budget, check_items, check_text_size
from provisioning.language.expressions.calls import as_callable
from provisioning.language.expressions.code_units import concatenate, join_pairs, split_pairs, unit_length
from provisioning.language.expressions.conversion import to_number, to_text
from provisioning.language.expressions.errors import budget_error, type_error
from provisioning.language.expressions.numbers import to_uint32
from provisioning.language.expressions.regexp import Match, RegexValue, Search
from provisioning.language.expressions.strings import split_by_text
from provisioning.language.expressions.values import UNDEFINED, BareObject, JSValue, MatchResult, is_function

_ALL = 2**32 - 1
_SUBSTITUTE = re.compile(
    r"\$(?:(?P<dollar>\$)|(?P<whole>&)|(?P<before>`)|(?P<after>')|(?P<number>\d\d?)|<(?P<name>[^>]*)>)", re.ASCII
)
Replacement = Callable[[list[JSValue], int, JSValue], str]


def _regex(value: JSValue, method: str) -> RegexValue:
    if not isinstance(value, RegexValue):
        raise type_error(f"{method}() takes a regular expression: /…/")
    return value


def _all_matches(search: Search) -> Iterator[Match]:
    """Every match; after an empty one the search goes on one unit further."""
    start = 0
    while start <= len(search.units):
        match = search.find(start)
        if match is None:
            return
        yield match
        start = match.end + (match.end == match.start)


def matches(budget: Budget, regex: RegexValue, value: JSValue = UNDEFINED) -> bool:
    """`test`; with the flag g it goes on where it stopped."""
    text = to_text(budget, value)
    if not regex.program.is_global:
        return Search(budget, regex.program, text).find(0) is not None
    start = regex.last_index
    match = Search(budget, regex.program, text).find(start) if start <= unit_length(text) else None
    regex.last_index = match.end if match else 0
    return match is not None


def match(budget: Budget, text: str, pattern: JSValue = UNDEFINED) -> JSValue:
    """`match`: the first match with its groups, or with the flag g the texts of all."""
    regex = _regex(pattern, "match")
    search = Search(budget, regex.program, text)
    if regex.program.is_global:
        regex.last_index = 0
        found = [search.text(each.spans[0]) for each in _counted(budget, search)]
        return found or None
    first = search.find(0)
    if first is None:
        return None
    budget.charge_text(len(text))
    return MatchResult(search.texts(first), float(first.start), text, search.groups(first))


def _counted(budget: Budget, search: Search) -> Iterator[Match]:
    for count, each in enumerate(_all_matches(search), 1):
        check_items(count)
        budget.charge(1)
        yield each


def search_position(budget: Budget, text: str, pattern: JSValue = UNDEFINED) -> float:
    """`search`."""
    found = Search(budget, _regex(pattern, "search").program, text).find(0)
    return float(found.start) if found else -1.0


def split(budget: Budget, text: str, separator: JSValue = UNDEFINED, limit: JSValue = UNDEFINED) -> list[JSValue]:
    """`split`."""
    if isinstance(separator, RegexValue):
        count = _ALL if limit is UNDEFINED else to_uint32(to_number(budget, limit))
        return _split_by_regex(budget, text, separator, count)
    count = _ALL if limit is UNDEFINED else to_uint32(to_number(budget, limit))
    between = to_text(budget, separator)
    if count == 0:
        return []
    if separator is UNDEFINED:
        return [text]
    return split_by_text(budget, text, between, count)


def _split_by_regex(budget: Budget, text: str, separator: RegexValue, limit: int) -> list[JSValue]:
    if limit == 0:
        return []
    search = Search(budget, separator.program, text)
    size = len(search.units)
    if size == 0:
        return [] if search.find(0) else [text]
    pieces: list[JSValue] = []
    position, start = 0, 0
    while start < size:
        found = search.find(start)
        if found is None or found.start >= size:
            break
        if found.end == position:
            start = found.start + 1
            continue
        pieces.append(search.text((position, found.start)))
        pieces += search.texts(found)[1:]
        check_items(len(pieces))
        budget.charge(1 + separator.program.groups)
        if len(pieces) >= limit:
            return pieces[:limit]
        position = start = found.end
    pieces.append(search.text((position, size)))
    return pieces


def replace(budget: Budget, text: str, pattern: JSValue = UNDEFINED, replacement: JSValue = UNDEFINED) -> str:
    """`replace`."""
    if isinstance(pattern, RegexValue):
        return _replace_by_regex(budget, text, pattern, replacement)
    return _replace_text(budget, text, to_text(budget, pattern), replacement, every=False)


def replace_all(budget: Budget, text: str, pattern: JSValue = UNDEFINED, replacement: JSValue = UNDEFINED) -> str:
    """`replaceAll`; a regular expression must have the flag g."""
    if isinstance(pattern, RegexValue):
        if not pattern.program.is_global:
            raise type_error("replaceAll() takes a regular expression with the flag g")
        return _replace_by_regex(budget, text, pattern, replacement)
    return _replace_text(budget, text, to_text(budget, pattern), replacement, every=True)


def _replacement(budget: Budget, value: JSValue, units: str) -> Replacement:
    """What a match becomes: of its texts, its place, and the named groups."""
    if is_function(value):
        run = as_callable(budget, value)
        whole = join_pairs(units)

        def by_function(texts: list[JSValue], start: int, groups: JSValue) -> str:
            named = () if groups is UNDEFINED else (groups,)
            return to_text(budget, run(*texts, float(start), whole, *named))

        return by_function
    template = to_text(budget, value)
    if "$" not in template:
        return lambda texts, start, groups: template
    return lambda texts, start, groups: _expand(budget, template, units, texts, start, groups)


def _expand(budget: Budget, template: str, units: str, texts: list[JSValue], start: int, groups: JSValue) -> str:
    """A replacement text with `$1`, `$&` and the like in it."""
    matched = split_pairs(texts[0])

    def expand(found: re.Match[str]) -> str:
        if found["dollar"]:
            return "$"
        if found["whole"]:
            return matched
        if found["before"]:
            return units[:start]
        if found["after"]:
            return units[start + len(matched) :]
        if found["number"]:
            return _numbered(found[0], texts)
        if not isinstance(groups, BareObject):
            return found[0]
        return split_pairs(_text_of(groups.get(found["name"], UNDEFINED)))

    around = template.count("$`") + template.count("$'")
    check_text_size(around * len(units) + template.count("$") * len(matched) + len(template))
    return join_pairs(_SUBSTITUTE.sub(expand, template))


def _numbered(reference: str, texts: list[JSValue]) -> str:
    """`$12`: group 12, else group 1 and a 2, else itself."""
    for length in (len(reference), 2):
        number = int(reference[1:length])
        if 0 < number < len(texts):
            return split_pairs(_text_of(texts[number])) + reference[length:]
    return reference


def _text_of(value: JSValue) -> str:
    return value if isinstance(value, str) else ""


class _Output:
    """The pieces of a replaced text, whose size is checked as they come."""

    def __init__(self, budget: Budget) -> None:
        self.budget = budget
        self.pieces: list[str] = []
        self.size = 0

    def add(self, piece: str) -> None:
        self.size += len(piece)
        if self.size > MAX_TEXT:
            raise budget_error(f"a text would be longer than {MAX_TEXT:,} characters")
        self.budget.charge_text(len(piece))
        self.pieces.append(piece)


def _replace_by_regex(budget: Budget, text: str, regex: RegexValue, replacement: JSValue) -> str:
    search = Search(budget, regex.program, text)
    become = _replacement(budget, replacement, search.units)
    if regex.program.is_global:
        regex.last_index = 0
        matches = list(_counted(budget, search))
    else:
        first = search.find(0)
        matches = [first] if first else []
    output = _Output(budget)
    position = 0
    for each in matches:
        output.add(search.units[position : each.start])
        output.add(become(search.texts(each), each.start, search.groups(each)))
        position = each.end
    output.add(search.units[position:])
    return concatenate(output.pieces)


def _replace_text(budget: Budget, text: str, wanted: str, replacement: JSValue, *, every: bool) -> str:
    units, part = split_pairs(text), split_pairs(wanted)
    budget.charge_text(len(units))
    become = _replacement(budget, replacement, units)
    output = _Output(budget)
    position = 0
    for start in _places(units, part, every=every):
        output.add(units[position:start])
        output.add(become([wanted], start, UNDEFINED))
        position = start + len(part)
    output.add(units[position:])
    return concatenate(output.pieces)


def _places(units: str, part: str, *, every: bool) -> list[int]:
    """Where the part stands in the text, without overlaps."""
    places: list[int] = []
    start = units.find(part)
    while start >= 0:
        places.append(start)
        if not every:
            break
        check_items(len(places))
        start = units.find(part, start + max(1, len(part)))
    return places


METHODS: Mapping[str, tuple[Callable[..., JSValue], int | None]] = {"test": (matches, 1)}
TEXT_METHODS: Mapping[str, tuple[Callable[..., JSValue], int | None]] = {
    "match": (match, 1),
    "replace": (replace, 2),
    "replaceAll": (replace_all, 2),
    "search": (search_position, 1),
    "split": (split, 2),
}
