"""JavaScript's tokens, without its grammar: where an expression ends in a text, and what can be none at all."""

from __future__ import annotations

import re

_TOKEN = re.compile(
    r"""(?P<space>\s+)
    |(?P<comment>//[^\n\r\u2028\u2029]*|/\*.*?\*/)
    |(?P<operand>
        (?:0[xXoObB])?(?:\d|\.\d)(?:[eE][+-]|[\w.])*
        |"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
    |(?P<word>[^\W\d][\w$]*|\$(?!\{)[\w$]*|\#[\w$]+)
    |(?P<open>\$\{|[({\[])
    |(?P<close>[)}\]])
    |(?P<template>`)
    |(?P<slash>/)
    |(?P<other>\?\.(?!\d)|\?\?|.)""",
    re.VERBOSE | re.DOTALL,
)
_TEMPLATE_TEXT = re.compile(r"(?:[^`\\$]|\\.|\$(?!\{))*", re.DOTALL)
_REGEX = re.compile(r"/(?:[^/\\\[\n]|\\[^\n]|\[(?:[^\]\\\n]|\\[^\n])*\])+/\w*")
_OPERATOR_WORDS = frozenset({"typeof", "void", "in", "delete", "instanceof", "new", "return", "await", "yield", "case"})


class Scanner:
    """Goes over JavaScript's tokens. `operand` says that one just ended: then a slash divides.

    `misfit` is where the first token stands that fits into no expression: an operand right after an operand,
    a colon without its question mark, a quotation mark or a slash without its partner.
    """

    def __init__(self, source: str) -> None:
        self.source = source
        self.position = 0
        self.misfit: int | None = None
        self.operand = False
        self._open: list[str] = []
        self._questions = [0]

    def step(self) -> bool:
        """Go over one token; True, without going over it, at the brace that closes the expression."""
        if self._open and self._open[-1] == "`":
            self._template_text()
            return False
        token = _TOKEN.match(self.source, self.position)
        if token is None:
            raise AssertionError("the last alternative matches any character")
        kind, text = token.lastgroup or "", token[0]
        if text == "}" and "{" not in self._open and "${" not in self._open:
            return True
        if kind == "slash" and not self.operand:
            token = _REGEX.match(self.source, self.position) or token
            kind = "operand" if len(token[0]) > 1 else "broken"
        if kind not in ("space", "comment"):
            self._check(kind, text)
            self._note(kind, text)
        self.position = token.end()
        return False

    def _check(self, kind: str, text: str) -> None:
        begins_operand = kind in ("operand", "template") or self._is_name(kind, text)
        if kind == "broken" or text in ("'", '"') or (begins_operand and self.operand):
            self._note_misfit()
        if text == "?":
            self._questions[-1] += 1
        elif text == ":" and (not self._open or self._open[-1] != "{"):
            self._questions[-1] -= 1
            if self._questions[-1] < 0:
                self._note_misfit()

    def _note_misfit(self) -> None:
        if self.misfit is None:
            self.misfit = self.position

    def _is_name(self, kind: str, text: str) -> bool:
        before = self.source[max(0, self.position - 3) : self.position]
        property_name = before.endswith(".") and before != "..."
        return kind == "word" and (property_name or text not in _OPERATOR_WORDS)

    def _note(self, kind: str, text: str) -> None:
        if kind == "close":
            while self._open and self._close() not in ("{", "${") and text == "}":
                pass
        elif kind in ("open", "template"):
            self._open.append(text)
            self._questions.append(0)
        self.operand = kind in ("operand", "close") or self._is_name(kind, text)

    def _close(self) -> str:
        self._questions.pop()
        return self._open.pop()

    def _template_text(self) -> None:
        text = _TEMPLATE_TEXT.match(self.source, self.position)
        self.position = text.end() if text else self.position
        if self.source.startswith("`", self.position):
            self._close()
            self.operand = True
        elif self.source.startswith("${", self.position):
            self._open.append("${")
            self._questions.append(0)
            self.operand = False
            self.position += 1
        self.position += 1


def find_misfit(source: str) -> int | None:
    """Where the first token stands that fits into no expression; None when none is seen at a glance."""
    scanner = Scanner(source)
    while scanner.position < len(source) and scanner.misfit is None:
        if scanner.step():
            return scanner.position
    return scanner.misfit
