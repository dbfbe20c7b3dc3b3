"""validate_configuration."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from personalization.demo.customer import CONFIGURATION
from provisioning.language import json_schema
from routing.models import Instance
from routing.services import change_destinations
from tests.commands.conftest import Run
from tests.commands.processes import environment, manage
from tokens.services import issue_token

File = Callable[[str, str | bytes], str]
GOOD = CONFIGURATION.read_text("utf-8")
BAD = GOOD.replace("PROFILE.preferences.length", "PROFILE.preference.length").replace("type: list", "type: lists")
PROBLEM = re.compile(r"(?P<file>.+):(?P<line>\d+):(?P<column>\d+): (?P<severity>error|warning) (?P<code>[a-z0-9-]+) .+")


def test_validate__good_file__nothing_but_words(run: Run, file: File) -> None:
    ran = run("validate_configuration", file("good.yaml", GOOD))
    assert (ran.stdout, ran.stderr, ran.failure) == ("", "0 errors, 0 warnings\n", None)


def test_validate__several_mistakes__each_with_its_place(run: Run, file: File) -> None:
    name = file("bad.yaml", BAD)
    ran = run("validate_configuration", name)
    found = [PROBLEM.fullmatch(line) for line in ran.lines]
    assert all(found)
    lines = BAD.splitlines()
    places = {int(match["line"]) for match in found if match and match["file"] == name}
    assert {lines.index("    type: lists") + 1, lines.index("        if: PROFILE.preference.length > 0") + 1} <= places
    assert ran.failure is not None
    assert re.fullmatch(r"\d+ errors?, \d+ warnings?", ran.failure)


def test_validate__several_files__all_checked(run: Run, file: File) -> None:
    good, bad = file("good.yaml", GOOD), file("bad.yaml", BAD)
    ran = run("validate_configuration", bad, good)
    assert ran.failure
    assert {line.split(":")[0] for line in ran.lines} == {bad}


def test_validate__standard_input__named_by_its_dash(run: Run) -> None:
    ran = run("validate_configuration", "-", stdin=BAD.encode())
    assert all(line.startswith("-:") for line in ran.lines)
    assert ran.failure


def test_validate__failing_golden_test__an_error(run: Run, file: File) -> None:
    ran = run(
        "validate_configuration", file("a.yaml", GOOD.replace('"202", preferences: some', '"202", preferences: no'))
    )
    assert "error test-failed" in ran.stdout
    assert ran.failure


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0",
        b"\xff\xfe\x00",
        b"\xe9",
        b"{" * 50_000,
        b"- " * 30_000,
        b"x" * 2_000_000,
        b"a: &a [*a]",
        b"\x1b[31m: 1",
    ],
)
def test_validate__not_a_configuration__a_problem_on_one_printable_line(run: Run, file: File, content: bytes) -> None:
    ran = run("validate_configuration", file("a.yaml", content))
    assert ran.failure
    assert ran.lines
    assert all(PROBLEM.fullmatch(line) and line.isprintable() for line in ran.lines)


def test_validate__no_such_file__said(run: Run) -> None:
    assert run("validate_configuration", "/nowhere/a.yaml").failure == "/nowhere/a.yaml: No such file or directory"


def test_validate__for_an_instance__tables_and_tokens_too(run: Run, file: File, instance: Instance) -> None:
    name = file("a.yaml", GOOD)
    assert run("validate_configuration", name, "--instance", "1/8").failure
    issue_token(instance=instance, name="web-server", actor="test")
    draft = run("validate_configuration", name, "--instance", "1/8")
    assert (draft.failure, len(draft.lines)) == (None, 1)
    assert "your_database" in draft.stdout
    assert run("validate_configuration", name, "--instance", "1/8", "--push").failure == "1 error, 0 warnings"
    change_destinations(instance=instance, actor="test", add=[("your_database", "pageviews")])
    assert run("validate_configuration", name, "--instance", "1/8", "--push").failure is None


@pytest.mark.django_db
def test_validate__unknown_instance__said(run: Run, file: File) -> None:
    ran = run("validate_configuration", file("a.yaml", GOOD), "--instance", "1/8")
    assert ran.failure == "there is no instance 1/8; `manage.py add_instance 1/8` makes it"


def test_validate__no_database_anywhere__works(tmp_path: Path) -> None:
    env = environment(DEBUG="true", DATA_DIR=str(tmp_path), DATABASE_URL="postgres://nobody@127.0.0.1:1/none")
    (tmp_path / "bad.yaml").write_text(BAD)
    good = manage("validate_configuration", str(CONFIGURATION), env=env)
    assert (good.returncode, good.stdout, good.stderr) == (0, b"", b"0 errors, 0 warnings\n")
    bad = manage("validate_configuration", str(tmp_path / "bad.yaml"), env=env)
    assert bad.returncode == 1
    assert f"{tmp_path}/bad.yaml:".encode() in bad.stdout
    assert b"Traceback" not in bad.stderr


def test_validate__report__is_text_to_send_on(run: Run, file: File) -> None:
    ran = run("validate_configuration", file("good.yaml", GOOD), file("bad.yaml", BAD), "--report")

    assert ran.failure
    assert ran.stdout.startswith("good.yaml: no problems\n\nbad.yaml: ")
    assert "\n    if: PROFILE.preference.length > 0\n        ^\n" in ran.stdout
    assert "  Hint: did you mean `preferences`?\n" in ran.stdout


def test_schema__printed__is_what_the_api_serves(run: Run) -> None:
    ran = run("configuration_schema")

    assert ran.failure is None
    assert json.loads(ran.stdout) == json_schema()
    Draft202012Validator.check_schema(json.loads(ran.stdout))
