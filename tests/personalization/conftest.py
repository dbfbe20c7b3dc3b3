"""Fixtures of the endpoint's tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.personalization.rig import Rig


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    """The endpoint with instance 1/8 and the configuration of the rig."""
    with Rig(tmp_path) as running:
        yield running
