"""The words of a pasted command line, as the shell that it was written for takes them apart.

Three shells: the POSIX ones with bash's `$'…'`, Windows' cmd with its `^`, and PowerShell with its backtick.
No variable is filled in and no file is read. An error never quotes more than a few characters: the rest may be
secret.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

_CURLY = "“”„‟«»‘’‚‛"
_SPACES = " \t\r\n\xa0"
_ENDS = "|;<>&"  # of the command; what follows is another's
_CMD = re.compile(r'\^[ \t]*\r?$|\^"', re.MULTILINE)
_POWERSHELL = re.compile(r"`[ \t]*\r?$", re.MULTILINE)
_POSIX_CONTINUED = re.compile(r"\\[ \t]+(?=\r?\n)")
_VARIABLE = re.compile(r"\$(\{?[A-Za-z_][A-Za-z0-9_]*\}?|\()", re.ASCII)
_ANSI = re.compile(
    r"\\(?:x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{1,4})|U([0-9a-fA-F]{1,8})|([0-7]{1,3})|(.))", re.ASCII | re.DOTALL
)
_ANSI_LETTERS = {"a": "\a", "b": "\b", "e": "\x1b", "E": "\x1b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_LARGEST_CODE = 0x10FFFF

Quote = Callable[[str, int], tuple[str, int]]


class CannotRead(ValueError):
    """A line that is not understood; the text says why and what to do, and quotes no secret."""


def words_of(text: str) -> list[str]:
    """The words of one command, quotes and escapes taken away. Raises CannotRead."""
    if _CMD.search(text):
        return list(_Words(_without_carets(text), _CMD_QUOTES, escape=""))
    if _POWERSHELL.search(text):
        return list(_Words(_POWERSHELL.sub(" ", text), _POWERSHELL_QUOTES, escape="`"))
    return list(_Words(_POSIX_CONTINUED.sub(r"\\", text), _POSIX_QUOTES, escape="\\"))


class _Words:
    """Goes through a text once; a quote is read by the shell's own rule for it."""

    def __init__(self, text: str, quotes: dict[str, Quote], *, escape: str) -> None:
        self._text = text
        self._quotes = quotes
        self._escape = escape

    def __iter__(self) -> Iterator[str]:
        at = 0
        while (at := self._skip_spaces(at)) < len(self._text) and self._text[at] not in _ENDS:
            word, at = self._word(at)
            yield word
            self._check_ampersand(at)

    def _skip_spaces(self, at: int) -> int:
        text = self._text
        while at < len(text) and (text[at] in _SPACES or self._is_continued(at)):
            at += 1
        return at

    def _is_continued(self, at: int) -> bool:
        return bool(self._escape) and self._text[at] == self._escape and self._text[at + 1 : at + 2] in ("\n", "\r")

    def _word(self, at: int) -> tuple[str, int]:
        text, parts = self._text, []
        while at < len(text) and text[at] not in _SPACES and text[at] not in _ENDS:
            part, at = self._part(at)
            parts.append(part)
        return "".join(parts), at

    def _part(self, at: int) -> tuple[str, int]:
        for opening, quote in self._quotes.items():
            if self._text.startswith(opening, at):
                return quote(self._text, at + len(opening))
        char = self._text[at]
        if char == self._escape:
            return self._escaped(at + 1)
        if char in _CURLY:
            raise CannotRead(f"the quotation mark {char} is a typographic one: write a straight one, ' or \"")
        if char == "$":
            _refuse_variable(self._text, at)
        return char, at + 1

    def _escaped(self, at: int) -> tuple[str, int]:
        following = self._text[at : at + 1]
        if following == "\r" and self._text[at + 1 : at + 2] == "\n":
            return "", at + 2
        return ("" if following == "\n" else following), at + 1

    def _check_ampersand(self, at: int) -> None:
        following = self._text[at + 1 : at + 2]
        if self._text[at : at + 1] == "&" and following != "&" and following not in _SPACES:
            raise CannotRead("an & outside of quotes ends the command in a shell: put the address in quotes")


def _refuse_variable(text: str, at: int) -> None:
    found = _VARIABLE.match(text, at)
    if found is None:
        return
    if found[1] == "(":
        raise CannotRead("the line runs another command, $(…): paste it with what that command gives")
    raise CannotRead(f"the line uses the shell's variable ${found[1]}: paste it with the variable's value")


def _single(text: str, at: int) -> tuple[str, int]:
    end = _end_of_quote(text, "'", at)
    return text[at:end], end + 1


def _double(text: str, at: int) -> tuple[str, int]:
    parts: list[str] = []
    while text[at : at + 1] != '"':
        char = _at(text, at, '"')
        if char == "\\" and _at(text, at + 1, '"') in '$`"\\\n':
            parts.append(text[at + 1].replace("\n", ""))
            at += 2
            continue
        if char == "$":
            _refuse_variable(text, at)
        parts.append(char)
        at += 1
    return "".join(parts), at + 1


def _ansi(text: str, at: int) -> tuple[str, int]:
    """bash's `$'…'`, which browsers write as soon as there is an apostrophe or a letter beyond ASCII."""
    parts: list[str] = []
    while text[at : at + 1] != "'":
        escape = _ANSI.match(text, at) if _at(text, at, "'") == "\\" else None
        parts.append(text[at] if escape is None else _ansi_value(escape))
        at = at + 1 if escape is None else escape.end()
    return _joined_surrogates("".join(parts)), at + 1


def _ansi_value(escape: re.Match[str]) -> str:
    hexadecimal = escape[1] or escape[2] or escape[3]
    if hexadecimal or escape[4]:
        code = int(hexadecimal, 16) if hexadecimal else int(escape[4], 8)
        return chr(min(code, _LARGEST_CODE))
    return _ANSI_LETTERS.get(escape[5], escape[5])


def _joined_surrogates(text: str) -> str:
    """`\\ud83d\\ude00`, as browsers write it, is one character."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _powershell_single(text: str, at: int) -> tuple[str, int]:
    return _doubling(text, at, "'", escape="")


def _powershell_double(text: str, at: int) -> tuple[str, int]:
    return _doubling(text, at, '"', escape="`")


def _cmd_double(text: str, at: int) -> tuple[str, int]:
    return _doubling(text, at, '"', escape="\\")


def _doubling(text: str, at: int, quote: str, *, escape: str) -> tuple[str, int]:
    """A quoted text in which the quote is written twice, or after `escape`."""
    parts: list[str] = []
    while True:
        char = _at(text, at, quote)
        following = text[at + 1 : at + 2]
        if char == quote and following != quote:
            return "".join(parts), at + 1
        skips = char == quote or (char == escape and following in (quote, escape))
        parts.append(following if skips else char)
        at += 2 if skips else 1


def _at(text: str, at: int, quote: str) -> str:
    if at >= len(text):
        raise CannotRead(f"a quotation mark, {quote}, is opened and never closed: the line is not whole")
    return text[at]


def _end_of_quote(text: str, quote: str, at: int) -> int:
    end = text.find(quote, at)
    return end if end >= 0 else len(_at(text, len(text), quote))


def _without_carets(text: str) -> str:
    """cmd's escapes taken away: `^` before a line's end joins the lines, before anything else it goes."""
    return re.sub(r"\^(?:[ \t]*\r?\n|(.))", lambda match: match[1] or "", text)


_POSIX_QUOTES: dict[str, Quote] = {"$'": _ansi, '$"': _double, "'": _single, '"': _double}
_CMD_QUOTES: dict[str, Quote] = {'"': _cmd_double}
_POWERSHELL_QUOTES: dict[str, Quote] = {"'": _powershell_single, '"': _powershell_double}
