"""What is refused, as the tests look at it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from provisioning.language.expressions import ExpressionError, ExpressionErrors, compile_expression, compile_text


def refusals(source: str, compile_it: Callable[..., Any] = compile_expression, **options: Any) -> list[ExpressionError]:
    """All reasons why a source is refused; it must be."""
    with pytest.raises(ExpressionErrors) as refused:
        compile_it(source, **options)
    assert all(error.message and error.offset >= 0 and error.length >= 1 for error in refused.value.errors)
    return list(refused.value.errors)


def text_refusals(source: str, **options: Any) -> list[ExpressionError]:
    """The same for a text with expressions in it."""
    return refusals(source, compile_text, **options)


def marked(source: str, error: ExpressionError) -> str:
    """The part of the source that an error points at."""
    return source[error.offset : error.offset + error.length]
