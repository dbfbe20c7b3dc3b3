"""Which item of one list became which of another, in order: so that one inserted rule is one rule added."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, TypeVar

T = TypeVar("T")
_LARGEST: Final = 10_000


def align(
    before: Sequence[T], after: Sequence[T], likeness: Callable[[T, T], float]
) -> list[tuple[T | None, T | None]]:
    """Pairs in order; None stands where an item has no partner. `likeness` is 0 (never pair) to 1 (equal).

    Past 10,000 comparisons items are paired by their position.
    """
    if len(before) * len(after) > _LARGEST:
        longest = max(len(before), len(after))
        return [
            (before[at] if at < len(before) else None, after[at] if at < len(after) else None) for at in range(longest)
        ]
    alike = [[likeness(old, new) for new in after] for old in before]
    return _trace(before, after, alike, _best(alike, len(before), len(after)))


def _best(alike: list[list[float]], rows: int, columns: int) -> list[list[float]]:
    """`best[i][j]`: the greatest total likeness of what begins at i and at j."""
    best = [[0.0] * (columns + 1) for _ in range(rows + 1)]
    for i in reversed(range(rows)):
        for j in reversed(range(columns)):
            paired = alike[i][j] + best[i + 1][j + 1] if alike[i][j] else 0.0
            best[i][j] = max(paired, best[i + 1][j], best[i][j + 1])
    return best


def _trace(
    before: Sequence[T], after: Sequence[T], alike: list[list[float]], best: list[list[float]]
) -> list[tuple[T | None, T | None]]:
    pairs: list[tuple[T | None, T | None]] = []
    i = j = 0
    while i < len(before) and j < len(after):
        if alike[i][j] and best[i][j] == alike[i][j] + best[i + 1][j + 1]:
            pairs.append((before[i], after[j]))
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            pairs.append((before[i], None))
            i += 1
        else:
            pairs.append((None, after[j]))
            j += 1
    return pairs + [(item, None) for item in before[i:]] + [(None, item) for item in after[j:]]
