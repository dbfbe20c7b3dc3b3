"""The contributors' page and what continuous integration runs say the same."""

from __future__ import annotations

import re

import pytest
import yaml

from tests.docs.blocks import ROOT

CI = (ROOT / ".ci" / "run").read_text()
NEEDS = (ROOT / "CONTRIBUTING.md").read_text().split("### The long form")[0]
WORDS = {"node": "Node.js", "psql": "PostgreSQL server", "redis-server": "redis-server"}


def test_workflow__runs_what_runs_here() -> None:
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text())
    job = workflow["jobs"]["test"]
    assert job["steps"][-1] == {"run": ".ci/run"}
    assert list(job["services"]) == ["postgres"]
    assert "TEST_DATABASE_URL" in job["env"]


@pytest.mark.parametrize("program", re.findall(r"^for part in (.*); do$", CI, re.MULTILINE)[0].split())
def test_needs__each_program_that_ci_asks_for__is_told(program: str) -> None:
    assert WORDS.get(program, program) in NEEDS
