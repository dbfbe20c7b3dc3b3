"""What was wrong with a request's fields, as a flat list of `path` and `message`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Problem = dict[str, str]


def flatten(detail: Any) -> list[Problem]:
    """Nested error details (fields, list indexes, texts) as problems with paths such as `add.destinations[0].table`."""
    return [{"path": path, "message": message} for path, message in _walk(detail, "")]


def _walk(detail: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            yield from _walk(inner, _below(path, name))
    elif isinstance(detail, list):
        for index, inner in enumerate(detail):
            yield from _walk(inner, path if isinstance(inner, str) else f"{path}[{index}]")
    else:
        yield path, str(detail)


def _below(path: str, name: Any) -> str:
    if isinstance(name, int):
        return f"{path}[{name}]"
    if name == "non_field_errors":
        return path
    return f"{path}.{name}" if path else str(name)
