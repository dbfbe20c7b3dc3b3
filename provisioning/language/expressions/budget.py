"""How much work an expression may do: steps, sizes and depth, each checked before the work is done."""

from __future__ import annotations

from provisioning.language.expressions.errors import budget_error

STEPS_PER_EXPRESSION = 10_000
STEPS_PER_EVENT = 100_000
MAX_TEXT = 256 * 1024
MAX_ITEMS = 10_000
MAX_CALL_DEPTH = 64
MAX_VALUE_DEPTH = 128
CHARACTERS_PER_STEP = 64


class Budget:
    """The steps left to one event, shared by all expressions that it evaluates.

    A step is one part of the expression, or one item or 64 characters that a built-in reads or writes.
    """

    __slots__ = ("depth", "event", "expression", "spent", "stop")

    def __init__(self, expression: int = STEPS_PER_EXPRESSION, event: int = STEPS_PER_EVENT) -> None:
        self.expression = expression
        self.event = event
        self.spent = 0
        self.stop = expression if expression < event else event
        self.depth = 0

    def charge(self, steps: int) -> None:
        """Pay for work that is about to be done."""
        self.spent += steps
        if self.spent > self.stop:
            self._exhausted()

    def charge_text(self, characters: int) -> None:
        """Pay for reading or writing so many characters."""
        self.charge((characters >> 6) + 1)

    def enter(self, steps: int) -> None:
        """Pay for one call of an arrow function, which ends with `depth` lowered by one."""
        self.depth += 1
        if self.depth > MAX_CALL_DEPTH:
            raise budget_error(f"functions call each other more than {MAX_CALL_DEPTH} deep")
        self.spent += steps
        if self.spent > self.stop:
            self._exhausted()

    def _exhausted(self) -> None:
        self.spent = self.stop
        if self.stop == self.event:
            raise budget_error(f"the expressions of this event take more than {self.event:,} steps")
        raise budget_error(f"the expression takes more than {self.expression:,} steps")


def check_text_size(characters: int) -> None:
    """Refuse a text of so many UTF-16 units before it is made."""
    if characters > MAX_TEXT:
        raise budget_error(f"a text would be longer than {MAX_TEXT:,} characters")


def check_items(count: int) -> None:
    """Refuse a list or object of so many items before it is made."""
    if count > MAX_ITEMS:
        raise budget_error(f"a list would have more than {MAX_ITEMS:,} items")


def check_depth(depth: int) -> None:
    """Refuse to walk a value that is nested deeper than any sensible one."""
    if depth > MAX_VALUE_DEPTH:
        raise budget_error(f"a value is nested more than {MAX_VALUE_DEPTH} deep")
