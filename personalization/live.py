"""What the endpoint knows of one instance at one moment."""

from __future__ import annotations

from dataclasses import dataclass, field

from personalization.program import Program, Table


@dataclass(frozen=True, slots=True)
class LiveInstance:
    """An instance with its live version (None: nothing is live) and the tables that it monitors.

    `label` is `account/instance`, as in the token header.
    """

    account: int
    number: int
    version: int | None = None
    program: Program | None = None
    destinations: frozenset[Table] = frozenset()
    label: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "label", f"{self.account}/{self.number}")
