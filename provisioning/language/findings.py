"""The problems found so far, each put in its place in the document."""

from __future__ import annotations

from collections.abc import Iterable, Set
from difflib import get_close_matches

from provisioning.language.document import Document, Flaw, Node, Scalar
from provisioning.language.places import locate, shorten
from provisioning.language.problems import Problem, Severity
from provisioning.language.scalar_positions import source_offset
from provisioning.language.token_text import hide_tokens

MAX_PROBLEMS = 1000
# Comparing names is the only step here whose cost is a product; past this many the guess is left out.
_COMPARISONS = 20_000


class Findings:
    """Collects problems. Beyond 1,000 the rest is only counted; no text of a problem shows a token."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.failed = False
        self._problems: list[Problem] = []
        self._left_out = 0
        self._comparisons = 0
        self._elsewhere: dict[int, set[str]] = {}  # by where a node begins

    def error(
        self, node: Node | int, code: str, message: str, *, hint: str = "", at: int | None = None, mended: str = ""
    ) -> None:
        """Something because of which the configuration cannot be used.

        `node` is a node of the tree or an offset into the text; `at` an offset into a scalar's value.
        """
        self.failed = True
        self._add("error", node, at, (code, message, hint, mended))

    def warning(
        self, node: Node | int, code: str, message: str, *, hint: str = "", at: int | None = None, mended: str = ""
    ) -> None:
        """Something that works, but hardly as meant."""
        self._add("warning", node, at, (code, message, hint, mended))

    def add_flaw(self, flaw: Flaw) -> None:
        """What the reading of the YAML complained about."""
        self.error(flaw.at, flaw.code, flaw.message, hint=flaw.hint, mended=flaw.mended)

    def count_error(self) -> None:
        """One error more than can be shown: to be called instead of `error` when `full`, where wording it is costly."""
        self._left_out += 1

    def note_elsewhere(self, node: Node, field: str) -> None:
        """A field of this mapping stands, as was reported, in another one: here it is not missing as well."""
        self._elsewhere.setdefault(node.start, set()).add(field)

    def elsewhere(self, node: Node) -> Set[str]:
        """The fields of this mapping that stand in another one."""
        return self._elsewhere.get(node.start, frozenset())

    @property
    def full(self) -> bool:
        """Whether so much was found that looking on is of no use."""
        return self.failed and len(self._problems) >= MAX_PROBLEMS

    def problems(self) -> tuple[Problem, ...]:
        """All of them, in the order of the document; of one place, errors first."""
        ordered = sorted(self._problems, key=lambda problem: (problem.line, problem.column, problem.severity))
        if self._left_out:
            message = f"{self._left_out:,} more problems are not shown; mend these first"
            severity: Severity = "error" if self.failed else "warning"
            ordered.append(Problem("", "", 1, 1, severity, "too-many-problems", message))
        return tuple(ordered)

    def nearest(self, name: str, known: Iterable[str]) -> str:
        """`did you mean …?` for a misspelt name, or an empty string."""
        close = self.closest(name, known)
        return f"did you mean `{shorten(close)}`?" if close else ""

    def closest(self, name: str, known: Iterable[str]) -> str:
        """The known name that a misspelt one is most like, capitals or not, or an empty string."""
        if len(name) > 128 or self._comparisons > _COMPARISONS:
            return ""
        candidates = {candidate.lower(): candidate for candidate in known if abs(len(candidate) - len(name)) <= 8}
        self._comparisons += len(candidates)
        close = get_close_matches(name.lower(), candidates, n=1, cutoff=0.6)
        return candidates[close[0]] if close else ""

    def _add(self, severity: Severity, node: Node | int, at: int | None, told: tuple[str, str, str, str]) -> None:
        if len(self._problems) >= MAX_PROBLEMS:
            self._left_out += 1
            return
        code, message, hint, mended = told
        place = locate(self.document.root, node)
        position = self.document.position(self._offset(node, at))
        safe_mended = mended if hide_tokens(mended) == mended else ""
        self._problems.append(
            Problem(
                place.path, place.where, position.line, position.column, severity, code,
                hide_tokens(message), hide_tokens(hint), safe_mended,
            )
        )  # fmt: skip

    def _offset(self, node: Node | int, at: int | None) -> int:
        if isinstance(node, int):
            return min(node, len(self.document.text))
        if at is not None and isinstance(node, Scalar):
            return source_offset(self.document.text, node, at)
        return node.start
