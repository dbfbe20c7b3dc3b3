"""How many connections fit into what the system allows."""

from __future__ import annotations

import subprocess
import sys

import pytest

from personalization.open_files import RESERVED, connections_within
from tests.commands.processes import ROOT, with_files

RAISED = "from personalization.open_files import raise_limit; print(raise_limit())"


@pytest.mark.parametrize(
    ("files", "wanted", "held"),
    [(65_536, 10_000, 10_000), (1024, 10_000, 1024 - RESERVED), (1024, 100, 100), (64, 10_000, 1)],
)
def test_connections__as_wanted__or_as_many_as_files_are_left_for(files: int, wanted: int, held: int) -> None:
    assert connections_within(files, wanted=wanted) == held


@pytest.mark.parametrize("at_first", [64, 300])
def test_limit__is_raised_as_far_as_the_process_may(at_first: int) -> None:
    command = [*with_files(at_first, 300), sys.executable, "-c", RAISED]
    assert int(subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout) == 300
