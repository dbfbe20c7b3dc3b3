"""Comparing what a page shows with what came, `…` standing for whatever varies."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

ANYTHING = "…"


def text_fits(shown: str, came: str) -> bool:
    """Whether the text is the shown one; `…` stands for any text within its line."""
    parts = shown.strip().split(ANYTHING)
    return re.fullmatch(".*".join(map(re.escape, parts)), came.strip()) is not None


def differences(shown: Any, came: Any, at: str = "") -> list[str]:
    """Where a JSON value is not the shown one; a text that holds `…` fits as `text_fits` says."""
    return list(_differences(shown, came, at))


def _differences(shown: Any, came: Any, at: str) -> Iterator[str]:
    if shown == ANYTHING:
        return
    if isinstance(shown, dict) and isinstance(came, dict) and shown.keys() == came.keys():
        for name, value in shown.items():
            yield from _differences(value, came[name], f"{at}.{name}")
    elif isinstance(shown, list) and isinstance(came, list) and len(shown) == len(came):
        for index, value in enumerate(shown):
            yield from _differences(value, came[index], f"{at}[{index}]")
    elif not _same(shown, came):
        yield f"{at or 'all'}: {shown!r} is shown, {came!r} came"


def _same(shown: Any, came: Any) -> bool:
    if isinstance(shown, str) and isinstance(came, str):
        return text_fits(shown, came)
    return type(shown) is type(came) and bool(shown == came)
