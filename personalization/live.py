"""What the endpoint knows of one instance at one moment."""

from __future__ import annotations

from dataclasses import dataclass, field

from personalization.program import Program, Table
from personalization.recording import RecordingState


@dataclass(frozen=True, slots=True)
class LiveInstance:
    """An instance with its live version (None: nothing is live) and the tables that it monitors.

    `label` is `account/instance`, as in the token header; `id` is the primary key of its row.
    `recordings` are those of its visitors, which may have ended.
    """

    account: int
    number: int
    version: int | None = None
    program: Program | None = None
    destinations: frozenset[Table] = frozenset()
    id: int = 0
    recordings: tuple[RecordingState, ...] = ()
    label: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "label", f"{self.account}/{self.number}")
