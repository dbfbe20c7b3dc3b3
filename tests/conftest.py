"""Fixtures that every app's tests share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core.cache import cache


@pytest.fixture(autouse=True)
def _fresh_cache() -> Iterator[None]:
    """Throttles count in the cache: each test starts from nothing."""
    cache.clear()
    yield
    cache.clear()
