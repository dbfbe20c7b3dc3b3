"""The usual slips in YAML, told in the words of who made them, with the mended line where that is mechanical."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

import yaml

from provisioning.language.brace_slips import double_braces
from provisioning.language.document import Flaw
from provisioning.language.expressions import WEBHOOK_SCOPE, ExpressionErrors, compile_expression
from provisioning.language.slip import Slip

EXPRESSION_KEYS: Final = frozenset({"if", "value", "increment"})
_LONGEST_LINE: Final = 2000
FIX_FIRST: Final = "fix this first; the rest was not checked"
_CURLY = str.maketrans({"\u201c": '"', "\u201d": '"', "\u201e": '"', "\u2018": "'", "\u2019": "'"})
_CURLY_DOUBLE = re.compile("[\u201c\u201d\u201e]")
_ODD_SPACES = re.compile("[\u00a0\u1680\u2000-\u200b\u202f\u205f\u3000]")
_FIELD = re.compile(r"(?P<lead>[ \t]*(?:-[ ]+)*(?P<key>[^\s:#'\"\[\]{}-][^:#{}\[\]]*?)[ ]*:[ ]+)(?P<value>\S.*?)[ \t]*")
_LEAD = re.compile(r"[ \t]*(?:-[ \t]+)*")
_COMMENT = re.compile(r"[ \t]+#[ \t].*$")
_DEDENTED = re.compile(r" *(?P<key>if|data|event)[ ]*:.*")
_WITH_VALUE = re.compile(r"(?P<lead>[ ]*(?:-[ ]+)*)(?P<key>[A-Za-z_][^\s:]*)[ ]*:[ ]+(?P<value>[^\s|>#].*)")
_NO_SPACE = re.compile(r"(?P<lead>[ ]*(?:-[ ]+)*[A-Za-z_]+:)(?P<value>[^\s:/].*)")
_BARE_IN_FLOW = re.compile(r"(?<=[:\[,] )(\$\{[^{}]*\})(?=\s*[,}\]])")
_ENDED_QUOTE = re.compile(r"(\"(?:[^\"\\]|\\.)*\"|'(?:[^']|'')*')\s*(?P<rest>[^\s#].*)")
_OPEN_QUOTE = re.compile(r"""^[ -]*[A-Za-z_]+: +(?P<quote>["'])(?:(?!(?P=quote)).)*$""", re.MULTILINE)
_FAR: Final = 20_000  # characters to look back for a quote
_NOT_CLOSED = re.compile(r"',' or '[\]}]'")
_DASH_GLUED = re.compile(r"(?P<lead>[ ]*-)(?P<rest>[A-Za-z_]+:(?: .*)?)")
_EXPRESSION_WORD = re.compile(r"\b(?:EVENT|PROFILE|NOW|SECRET)\b|[(=?]")


def quote_value(line: str, *, keep_comment: bool = True) -> str:
    """The line with its value in single quotes, or an empty string when it is not `key: value`.

    With `keep_comment` a comment (` # ` and words) stays outside the quotes.
    """
    match = _FIELD.fullmatch(line)
    if match is None:
        return ""
    value, comment = match["value"], _COMMENT.search(match["value"]) if keep_comment else None
    tail = comment[0] if comment is not None else ""
    quoted = value.removesuffix(tail).replace("'", "''")
    return f"{match['lead']}'{quoted}'{tail}"


def straight_quotes(text: str) -> str:
    """The text with straight quotes instead of curly ones."""
    return text.translate(_CURLY)


def line_at(text: str, offset: int) -> str:
    """The line around an offset, without its line break."""
    start = text.rfind("\n", 0, offset) + 1
    end = text.find("\n", offset)
    return text[start : end if end >= 0 else len(text)].rstrip("\r")


def _line_or_value(text: str, offset: int) -> str:
    """The line around an offset; of one too long to be looked at for each value, the beginning of the value."""
    line = line_at(text, offset)
    return line if len(line) <= _LONGEST_LINE else text[offset : offset + _LONGEST_LINE].partition(":")[0]


def tag_flaw(text: str, offset: int, key: str) -> Flaw:
    """A `!…` that YAML takes for a tag, at `offset`, as the value of `key`."""
    line = _line_or_value(text, offset)
    if key in EXPRESSION_KEYS or _EXPRESSION_WORD.search(line[line.find("!") :]):
        slip = _leading_sign(line, "!", "a tag")
        return Flaw(offset, slip.code, slip.message, slip.hint, slip.mended)
    return Flaw(offset, "tag", "YAML tags (`!…`) are not allowed", "quote the text when it begins with `!`")


def anchor_flaw(text: str, offset: int, key: str, *, alias: bool) -> Flaw:
    """A `&…` or `*…` that YAML takes for an anchor or an alias, at `offset`, as the value of `key`."""
    sign, what = ("*", "an alias") if alias else ("&", "an anchor")
    if key in EXPRESSION_KEYS:
        slip = _leading_sign(_line_or_value(text, offset), sign, what)
        return Flaw(offset, slip.code, slip.message, slip.hint, slip.mended)
    code = "alias" if alias else "anchor"
    return Flaw(
        offset, code, f"YAML {'aliases' if alias else 'anchors'} (`{sign}…`) are not allowed", "write the value out"
    )


def syntax_flaw(text: str, error: yaml.YAMLError) -> Flaw:
    """What to say about a YAML syntax error: the slip behind it where one is recognised, else YAML's complaint."""
    marks = [getattr(error, name, None) for name in ("problem_mark", "context_mark")]
    offsets = [min(mark.index, len(text)) for mark in marks if mark is not None]
    problem = str(getattr(error, "problem", None) or "")
    for offset in _suspects(text, offsets):
        slip = recognise(line_at(text, offset), problem)
        if slip is not None:
            mended = slip.mended if slip.code != "tab" or _is_certain(text, offset, slip.mended) else ""
            return Flaw(_first_character(text, offset), slip.code, f"{slip.message}; {FIX_FIRST}", slip.hint, mended)
    deeper = _too_deep(text, offsets, problem)
    if deeper is not None:
        return deeper
    context = str(getattr(error, "context", None) or "")
    opened = _open_quote(text, offsets[0]) if offsets else None
    if opened is not None:
        hint = "close it in the same line"
        return Flaw(opened, "yaml-syntax", f"the quote that opens here is closed only far below; {FIX_FIRST}", hint)
    if _NOT_CLOSED.search(problem) and offsets and not _same_line(text, offsets[0], offsets[-1]):
        return Flaw(offsets[-1], "yaml-syntax", f"{_in_words(problem, context)}; {FIX_FIRST}")
    at = offsets[-1] if "quoted scalar" in context and offsets else offsets[0] if offsets else 0
    return Flaw(at, "yaml-syntax", f"{_in_words(problem, context)}; {FIX_FIRST}")


def _too_deep(text: str, offsets: list[int], problem: str) -> Flaw | None:
    """A field that stands deeper than the one above it, which has its value already."""
    if "mapping values" not in problem or not offsets:
        return None
    start = text.rfind("\n", 0, offsets[0])
    here, above = _WITH_VALUE.match(line_at(text, offsets[0])), _WITH_VALUE.fullmatch(line_at(text, max(start, 0)))
    if start < 0 or here is None or above is None or len(here["lead"]) <= len(above["lead"]):
        return None
    message = (
        f"`{here['key']}` stands deeper than `{above['key']}` in the line above, which has its value already: one of "
        "the two is indented wrongly"
    )
    hint = "fields that belong together stand in one column, as the first one behind the `-`"
    return Flaw(_first_character(text, offsets[0]), "yaml-syntax", f"{message}; {FIX_FIRST}", hint)


def _is_certain(text: str, offset: int, line: str) -> bool:
    """Whether the line with its tabs replaced goes on with what is above: how wide a tab was meant is a guess."""
    above = text[: max(text.rfind("\n", 0, offset), 0)].rstrip().rpartition("\n")[2][:_LONGEST_LINE]
    indent, item = _column(line), line.lstrip().startswith("- ")
    behind_dash = len(_LEAD.match(above)[0])  # type: ignore[index]  # it fits everything
    if above.endswith(":"):
        return indent > behind_dash or (item and indent == behind_dash)
    return indent == (_column(above) if item else behind_dash) and item <= above.lstrip().startswith("- ")


def _column(line: str) -> int:
    return len(line) - len(line.lstrip())


def _open_quote(text: str, offset: int) -> int | None:
    """The quote that begins a value lines above and ends in the line where YAML stumbles, when there is such a one."""
    line = text.rfind("\n", 0, offset) + 1
    before = list(_OPEN_QUOTE.finditer(text, max(0, line - _FAR), line))
    if not before:
        return None
    opened = before[-1].start("quote")
    return opened if line <= text.find(before[-1]["quote"], opened + 1) < offset + _LONGEST_LINE else None


def _same_line(text: str, one: int, other: int) -> bool:
    return "\n" not in text[min(one, other) : max(one, other)]


def _suspects(text: str, offsets: list[int]) -> Iterator[int]:
    """The lines where the slip may be: YAML often notices it only in the next line."""
    yield from offsets
    if offsets:
        before = text.rfind("\n", 0, offsets[0])
        if before > 0:
            yield before


def _first_character(text: str, offset: int) -> int:
    start = text.rfind("\n", 0, offset) + 1
    line = line_at(text, offset)
    return start + len(line) - len(line.lstrip())


def recognise(line: str, problem: str) -> Slip | None:
    """The slip in a line that YAML stumbled over with the complaint `problem`, if it is a usual one."""
    return next((slip for rule in _RULES if (slip := rule(line, problem)) is not None), None)


def _tab(line: str, problem: str) -> Slip | None:
    lead = _LEAD.match(line)
    if lead is None or "\t" not in lead[0]:
        return None
    indent = re.sub(r"-[ \t]+", "- ", lead[0]).replace("\t", "  ")
    return Slip(
        "tab",
        "the line is indented with a tab; YAML wants spaces",
        "use two spaces for each level",
        indent + line[lead.end() :],
    )


def _odd_space(line: str, problem: str) -> Slip | None:
    if not _ODD_SPACES.search(line):
        return None
    return Slip(
        "odd-space",
        "the line holds a space that is not a plain one (from a mail or a web page)",
        "type the spaces anew",
        _ODD_SPACES.sub(" ", line.replace("\u200b", "")),
    )


def _curly_start(line: str, problem: str) -> Slip | None:
    match = _FIELD.fullmatch(line)
    starts_curly = match is not None and straight_quotes(match["value"][0]) != match["value"][0]
    return _curly_slip(line) if starts_curly else None


def _curly_pair(line: str, problem: str) -> Slip | None:
    # A lone curly apostrophe is ordinary text; double quotes hardly ever are.
    return _curly_slip(line) if _CURLY_DOUBLE.search(line) else None


def _curly_slip(line: str) -> Slip:
    return Slip(
        "curly-quotes",
        "the line holds curly quotes (from a mail or a word processor); YAML knows only straight ones",
        "use \" or '",
        straight_quotes(line),
    )


def _dedented(line: str, problem: str) -> Slip | None:
    match = _DEDENTED.fullmatch(line)
    if "'-' indicator" not in problem or match is None:
        return None
    if match["key"] == "event":  # which begins a rule: how far in depends on what stands above
        return Slip(
            "dedented",
            "`event` belongs inside the rule under `set`: indent it deeper than `set`",
            "put it in the same column as the rule's `if` and `data`",
        )
    return dedented_slip(line, 2)


def dedented_slip(line: str, more: int) -> Slip:
    """`if` or `data` that stands to the left of its rule, by `more` characters."""
    amount = {2: "two", 4: "four", 6: "six"}.get(more, str(more))
    return Slip(
        "dedented",
        f"`if` and `data` belong inside the rule under `set`: indent {amount} more",
        "put them in the same column as the rule's `event`",
        " " * more + line,
    )


def _missing_space(line: str, problem: str) -> Slip | None:
    match = _NO_SPACE.fullmatch(line)
    if match is None or not ("':'" in problem or "mapping values" in problem):
        return None
    return Slip(
        "missing-space", "a space is missing after the colon", "write `key: value`", f"{match['lead']} {match['value']}"
    )


def _glued_dash(line: str, problem: str) -> Slip | None:
    match = _DASH_GLUED.fullmatch(line)
    if match is None:
        return None
    mended = f"{match['lead']} {match['rest']}"
    return Slip("missing-space", "a space is missing after the dash", "write `- name: …`", mended)


def _ended_quote(line: str, problem: str) -> Slip | None:
    match = _FIELD.fullmatch(line)
    if match is None or not _ENDED_QUOTE.fullmatch(match["value"]):
        return None
    return Slip(
        "leading-quote",
        "the value starts with a quote, so YAML ends it at the closing quote",
        "put the whole value in single quotes",
        quote_value(line),
    )


_SIGNS: Final = {
    "!": "a tag", "&": "an anchor", "*": "an alias", ">": "a folded text", "|": "a block of text",
    "`": "a reserved sign", "@": "a reserved sign", "%": "a directive", "[": "a list", "{": "a mapping",
}  # fmt: skip


def _sign(line: str, problem: str) -> Slip | None:
    match = _FIELD.fullmatch(line)
    if match is None or match["value"][0] not in _SIGNS:
        return None
    sign = match["value"][0]
    if sign in "[{" and match["key"] not in EXPRESSION_KEYS:
        return None
    return _leading_sign(line, sign, _SIGNS[sign])


def _leading_sign(line: str, sign: str, what: str) -> Slip:
    shown = "a backtick" if sign == "`" else f"`{sign}`"
    message = f"a value that starts with {shown} is {what} to YAML"
    match = _FIELD.fullmatch(line)
    if match is None or match["key"] not in EXPRESSION_KEYS:
        return Slip("leading-sign", message, "put the whole value in single quotes", quote_value(line))
    comment = _COMMENT.search(match["value"])
    tail = comment[0] if comment is not None else ""
    source = match["value"].removesuffix(tail)
    if _is_expression(source):
        mended = quote_value(match["lead"] + _wrapped(match["key"], source) + tail)
        return Slip("leading-sign", message, "put the whole value in single quotes", mended)
    rest = source.lstrip("&*>|@%").strip()
    if rest == source or not _is_expression(rest):
        return Slip("leading-sign", message, "write one expression, in single quotes")
    return Slip("leading-sign", message, f"leave the {shown} out", match["lead"] + _wrapped(match["key"], rest) + tail)


def _wrapped(key: str, source: str) -> str:
    return source if key == "if" or "${" in source else f"${{{source}}}"


def _is_expression(source: str) -> bool:
    """Whether it can be read as JavaScript, known names or not."""
    try:
        compile_expression(source, names=WEBHOOK_SCOPE)
    except ExpressionErrors as refused:
        return all(error.code != "expression-syntax" for error in refused.errors)
    return True


def leading_collection(line: str, sign: str) -> Slip:
    """An expression that starts with `[` or `{` and that YAML read as a list or a mapping."""
    return _leading_sign(line, sign, _SIGNS[sign])


def _double_braces(line: str, problem: str) -> Slip | None:
    return double_braces(line)


def _bare_in_flow(line: str, problem: str) -> Slip | None:
    if not ("'}'" in problem or "']'" in problem) or not _BARE_IN_FLOW.search(line):
        return None
    return Slip(
        "bare-in-flow",
        "inside { } and [ ] a `${…}` must stand in quotes",
        'write "${…}"',
        _BARE_IN_FLOW.sub(lambda match: "'" + match[1].replace("'", "''") + "'", line),
    )


def _colon(line: str, problem: str) -> Slip | None:
    match = _FIELD.fullmatch(line)
    if match is None or "mapping values" not in problem or ": " not in match["value"] or match["value"][0] in "[{":
        return None
    if "?" in match["value"]:
        message = "the conditional is ended by its `: `, which YAML takes for a new key"
    else:
        message = "the value holds `: `, which YAML takes for a new key"
    return Slip("colon-in-value", message, "put the whole value in single quotes", quote_value(line))


_RULES: Final[tuple[Callable[[str, str], Slip | None], ...]] = (
    _tab, _odd_space, _curly_start, _dedented, _missing_space, _glued_dash, _double_braces, _ended_quote, _sign,
    _bare_in_flow, _colon, _curly_pair,
)  # fmt: skip

_WORDS: Final = (
    ("mapping values", "a `key: value` is not allowed here; check the indentation, or quote the value before it"),
    ("',' or '}'", "a mapping in { } is not closed, or a comma is missing"),
    ("',' or ']'", "a list in [ ] is not closed, or a comma is missing"),
    ("'-' indicator", "this line stands in the column of a list's `-`, but is not an item; check the indentation"),
    ("expected key", "this line does not fit the indentation of the lines before it"),
    ("expected ':'", "this line is not `key: value`; check the indentation and the colon"),
    ("cannot start any token", "a value cannot begin with this character; put it in quotes"),
    ("unknown escape character", "this backslash escape is unknown between double quotes; use single quotes"),
    ("<document start>", "something stands here after the end of the document"),
    ("comment or line break", "after `>` or `|` the line must end; put the value in quotes"),
)


def _in_words(problem: str, context: str) -> str:
    if "quoted scalar" in context and "end of stream" in problem:
        return "a quote that opens here is never closed"
    words = next((text for sign, text in _WORDS if sign in problem), None)
    return words or f"YAML cannot be read here ({problem or 'unknown reason'})"
