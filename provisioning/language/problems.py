"""What is wrong with a configuration: one value for each problem, for people and for machines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem and where it stands.

    `path` is the place in the document (`offers[0].set[0].if`), `where` the same in words (`offer
    "preferences_known", rule 1, if`); `line` and `column` count from 1, columns in characters. `code` is
    stable and meant for machines. `mended` is the whole line as it should be where that is mechanical,
    else empty. It stands for `mended_count` lines from `mended_first` on where that is not 0, otherwise for the
    problem's own line.
    """

    path: str
    where: str
    line: int
    column: int
    severity: Severity
    code: str
    message: str
    hint: str = ""
    mended: str = ""
    mended_first: int = 0
    mended_count: int = 1

    def as_dict(self) -> dict[str, str | int]:
        """The problem as REST answers carry it."""
        return {
            "path": self.path,
            "where": self.where,
            "line": self.line,
            "column": self.column,
            "severity": self.severity,
            "code": self.code,
            "message": self.message,
            "hint": self.hint,
        }

    def __str__(self) -> str:
        return f"{self.line}:{self.column}: {self.severity} {self.code} {self.message}"
