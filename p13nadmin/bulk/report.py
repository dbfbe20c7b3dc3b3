"""What a bulk command did: a line for each row worth one, and the sums."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from p13nadmin.api.error_body import without_secrets
from p13nadmin.commands import printable


class Report:
    """Collected while a file is worked through, and then printed."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._lines: list[tuple[int, str]] = []
        self._results: list[tuple[int, str]] = []
        self._sums: Counter[str] = Counter()
        self._bad: set[int] = set()
        self._ends_at: int | None = None

    @property
    def bad(self) -> int:
        """How many rows were refused."""
        return len(self._bad)

    def refuse(self, line: int, reasons: Iterable[str]) -> None:
        """The row that begins on `line` cannot be used."""
        self._bad.add(line)
        self._lines += ((line, without_secrets(reason)) for reason in reasons)

    def break_off(self, line: int, reason: str) -> None:
        """The file cannot be read beyond `line`."""
        self._ends_at = line
        self.refuse(line, (reason,))

    def note(self, line: int, text: str) -> None:
        """Something to be said of the row that begins on `line`."""
        self._lines.append((line, text))

    def result(self, line: int, text: str) -> None:
        """What came of the row that begins on `line`: shown only when it was written for good."""
        self._results.append((line, text))

    def count(self, what: str, number: int = 1) -> None:
        """Add to the sum called `what`; sums are shown in the order in which they first came."""
        self._sums[what] += number

    def verdict(self, *, keep_going: bool) -> str:
        """What went wrong, in one sentence; empty when nothing did."""
        if self._ends_at is not None:
            return f"{self._name} cannot be read beyond line {self._ends_at}; nothing was written"
        if not self.bad:
            return ""
        rest = "the good ones were written" if keep_going else "nothing was written"
        return f"{self.bad} {'row was' if self.bad == 1 else 'rows were'} refused; {rest}"

    def forbids_writing(self, *, keep_going: bool) -> bool:
        """Whether what was written has to be undone."""
        return self._ends_at is not None or (self.bad > 0 and not keep_going)

    def lines(self, *, written: bool) -> Iterator[str]:
        """`file:line: text` in the file's order, then the sums."""
        shown = self._lines + (self._results if written else [])
        for line, text in sorted(shown, key=lambda each: each[0]):
            yield printable(f"{self._name}:{line}: {text}")
        sums = {**self._sums, "refused": self.bad}
        yield ", ".join(f"{what} {number}" for what, number in sums.items())
