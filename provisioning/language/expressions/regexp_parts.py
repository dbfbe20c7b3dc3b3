"""Parts of a regular expression in RE2's words, with what must be known to put them together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

_MANY = 10


@dataclass(frozen=True, slots=True)
class Part:
    """A translated part.

    `empty`: it can match nothing. `captures`: it has a capturing group. `loops`: after something long it
    can be complete. `overruns`: something long is followed by something that can still fail, so that a
    search may read far beyond what it then matches.
    """

    pattern: str
    empty: bool = False
    captures: bool = False
    loops: bool = False
    overruns: bool = False


NOTHING = Part("", empty=True)


def sequence(parts: Sequence[Part]) -> Part:
    """One part after the other."""
    loops = overruns = False
    for part in parts:
        overruns = overruns or part.overruns or (loops and not part.empty)
        loops = part.loops or (loops and part.empty)
    return Part(
        "".join(part.pattern for part in parts),
        all(part.empty for part in parts),
        any(part.captures for part in parts),
        loops,
        overruns,
    )


def alternatives(parts: Sequence[Part]) -> Part:
    """Any one of the parts; the first that fits counts."""
    if len(parts) == 1:
        return parts[0]
    return Part(
        "|".join(part.pattern for part in parts),
        any(part.empty for part in parts),
        any(part.captures for part in parts),
        any(part.loops for part in parts),
        any(part.overruns for part in parts),
    )


def repeated(part: Part, quantifier: str, least: int, most: int | None) -> Part:
    """The part so many times; None means without end."""
    long = most is None or most >= _MANY
    return Part(
        f"(?:{part.pattern}){quantifier}",
        part.empty or least == 0,
        part.captures,
        part.loops or long,
        part.overruns or (part.loops and long and least >= _MANY),
    )
