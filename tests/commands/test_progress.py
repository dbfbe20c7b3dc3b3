"""The progress bar."""

from __future__ import annotations

import io
from contextlib import closing

from p13nadmin.bulk.progress import followed


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress__on_a_terminal__a_bar_with_its_label() -> None:
    stream = Terminal()
    assert list(followed([1, 2, 3], "Registering", stream=stream)) == [1, 2, 3]
    assert "Registering" in stream.getvalue()


def test_progress__anywhere_else__nothing() -> None:
    stream = io.StringIO()
    assert list(followed([1, 2, 3], "Registering", stream=stream)) == [1, 2, 3]
    assert stream.getvalue() == ""


def test_progress__left_early__the_cursor_is_shown_again() -> None:
    stream = Terminal()
    with closing(followed([1, 2, 3], "Registering", stream=stream)) as items:
        assert next(items) == 1
    hidden, shown = (stream.getvalue().count(f"\x1b[?25{letter}") for letter in "lh")
    assert hidden == shown
