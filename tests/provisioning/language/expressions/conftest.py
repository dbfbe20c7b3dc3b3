"""A real JavaScript engine to compare with, where there is one."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest

from tests.provisioning.language.expressions.javascript import Node


@pytest.fixture(scope="session")
def node() -> Iterator[Node]:
    """One process of node for all tests of a worker."""
    executable = shutil.which("node")
    if executable is None and os.environ.get("CI"):
        pytest.fail("node is missing, and here the comparison with V8 must run")
    if executable is None:
        pytest.skip("node is not installed: nothing to compare with")
    with Node(executable) as process:
        yield process
