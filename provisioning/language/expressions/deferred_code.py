"""The code of an expression, generated when it is first wanted: a check reads thousands and runs hardly any."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from provisioning.language.expressions import syntax
from provisioning.language.expressions.generator import generate
from provisioning.language.expressions.values import JSValue

# A function of (profile, event, now, secret, budget), and the steps that its own parts cost.
Made: TypeAlias = tuple[Callable[..., JSValue], int]


class DeferredCode:
    """`made` is the generated code, None until somebody calls `make`."""

    __slots__ = ("_origin", "made")

    def __init__(self, origin: syntax.Node | Made) -> None:
        self._origin = origin
        self.made = origin if isinstance(origin, tuple) else None

    def make(self) -> Made:
        """Generate the code, and let go of the tree. Threads that do it at once make the same."""
        origin = self._origin
        made = origin if isinstance(origin, tuple) else generate(origin)
        self._origin = self.made = made
        return made
