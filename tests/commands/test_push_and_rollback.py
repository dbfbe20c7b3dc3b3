"""import_configurations, push_configuration and rollback_configuration."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from personalization.demo.customer import CONFIGURATION
from provisioning.models import ConfigurationVersion, Push
from provisioning.selectors import live_version
from routing.models import Instance
from routing.services import change_destinations
from tests.commands.conftest import Run
from tokens.services import issue_token

File = Callable[[str, str | bytes], str]
FIRST = CONFIGURATION.read_text("utf-8")
SECOND = FIRST.replace("type: list\n", "type: list\n    max_items: 5\n")
BAD = FIRST.replace("type: list\n", "type: lists\n")


@pytest.fixture
def ready(instance: Instance) -> Instance:
    """An instance that the demo's configuration fits."""
    return make_ready(instance)


def make_ready(instance: Instance) -> Instance:
    change_destinations(instance=instance, actor="test", add=[("your_database", "pageviews")])
    issue_token(instance=instance, name="web-server", actor="test")
    return instance


def live_number(instance: Instance) -> int | None:
    live = live_version(instance)
    return live.number if live else None


def test_import__one_file__the_next_version(run: Run, file: File, ready: Instance) -> None:
    name = file("shop.yaml", FIRST)
    ran = run("import_configurations", name, "--instance", "1/8", "--note", "first try")
    assert ran.lines == [f"{name}: 1/8 version 1 uploaded", "uploaded 1, unchanged 0, refused 0"]
    assert ran.failure is None
    version = ConfigurationVersion.objects.get()
    assert (version.text, version.note, version.created_by) == (FIRST, "first try", "command")
    assert live_number(ready) is None
    again = run("import_configurations", name, "--instance", "1/8")
    assert again.lines == [f"{name}: 1/8 version 1 unchanged", "uploaded 0, unchanged 1, refused 0"]


def test_import__standard_input__with_its_instance(run: Run, ready: Instance) -> None:
    ran = run("import_configurations", "-", "--instance", "1/8", stdin=FIRST.encode())
    assert ran.lines[0] == "-: 1/8 version 1 uploaded"
    assert run("import_configurations", "-", stdin=FIRST.encode()).failure


def test_import__a_directory_with_push__all_live(
    run: Run, file: File, tmp_path: Path, ready: Instance, other_instance: Instance
) -> None:
    make_ready(other_instance)
    file("all/1/8.yaml", FIRST)
    file("all/1/9.yml", SECOND)
    file("all/README.md", "not a configuration")
    ran = run("import_configurations", str(tmp_path / "all"), "--push")
    assert [line.rpartition("/all/")[2] for line in ran.lines] == [
        "1/8.yaml: 1/8 version 1 uploaded, live",
        "1/9.yml: 1/9 version 1 uploaded, live",
        "uploaded 2, unchanged 0, refused 0",
    ]
    assert (live_number(ready), live_number(other_instance)) == (1, 1)


@pytest.mark.parametrize(
    ("options", "stored", "failure"),
    [
        ([], 0, "some were refused; nothing was written"),
        (["--keep-going"], 1, "some were refused; the good ones were written"),
        (["--dry-run", "--keep-going"], 0, "some were refused; nothing was written"),
    ],
)
def test_import__some_are_bad__every_problem_and_all_or_the_good_ones(
    run: Run, file: File, tmp_path: Path, ready: Instance, options: list[str], stored: int, failure: str
) -> None:
    good, bad = file("all/1/8.yaml", FIRST), file("all/1/7.yaml", FIRST)
    named = file("all/shop.yaml", FIRST)
    twice = file("all/1/8.yml", FIRST)
    ran = run("import_configurations", str(tmp_path / "all"), *options)
    assert ran.failure == failure
    assert f"{bad}: there is no instance 1/7; `manage.py add_instance 1/7` makes it" in ran.lines
    assert f"{named}: say whose it is: --instance 1/8, or the place {{account}}/{{instance}}.yaml" in ran.lines
    assert f"{twice}: {good} is for instance 1/8 as well" in ran.lines
    assert ran.lines[-1] == "uploaded 1, unchanged 0, refused 3"
    assert ConfigurationVersion.objects.count() == stored
    assert (f"{good}: 1/8 version 1 uploaded" in ran.lines) == bool(stored)


def test_import__invalid__problems_as_when_validated(run: Run, file: File, ready: Instance) -> None:
    name = file("1/8.yaml", BAD)
    ran = run("import_configurations", name)
    assert any(line.startswith(f"{name}:") and ": error " in line for line in ran.lines)
    assert ran.failure == "some were refused; nothing was written"
    assert not ConfigurationVersion.objects.exists()


def test_import__dry_run__nothing_stored(run: Run, file: File, ready: Instance) -> None:
    ran = run("import_configurations", file("1/8.yaml", FIRST), "--dry-run", "--push")
    assert (ran.lines, ran.failure) == (["uploaded 1, unchanged 0, refused 0"], None)
    assert not ConfigurationVersion.objects.exists()
    assert not Push.objects.exists()


@pytest.mark.parametrize(
    ("names", "failure"),
    [
        (["a.yaml", "b.yaml", "--instance", "1/8"], "--instance is for a single file"),
        (["."], "there is no configuration here"),
    ],
)
def test_import__unusable_arguments__said(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, names: list[str], failure: str
) -> None:
    monkeypatch.chdir(tmp_path)
    ran = run("import_configurations", *names)
    assert ran.failure is not None
    assert failure in ran.failure


def test_import__missing_file__refused(run: Run, ready: Instance) -> None:
    ran = run("import_configurations", "/nowhere/1/8.yaml")
    assert ran.lines[0] == "/nowhere/1/8.yaml: No such file or directory"
    assert ran.failure


@pytest.fixture
def two_versions(run: Run, file: File, ready: Instance) -> Instance:
    for text in (FIRST, SECOND):
        assert run("import_configurations", file("1/8.yaml", text)).failure is None
    return ready


def test_push__no_version_named__the_newest(run: Run, two_versions: Instance) -> None:
    ran = run("push_configuration", "1/8", "--note", "launch")
    assert (ran.stdout, ran.failure) == ("1/8 version 2\n", None)
    assert "push 1 by command" in ran.stderr
    assert Push.objects.get().note == "launch"


def test_push_and_rollback__back_and_forth__what_is_live(run: Run, two_versions: Instance) -> None:
    assert run("push_configuration", "1/8", "1").stdout == "1/8 version 1\n"
    assert run("push_configuration", "1/8", "2").stdout == "1/8 version 2\n"
    assert run("rollback_configuration", "1/8").stdout == "1/8 version 1\n"
    assert live_number(two_versions) == 1
    assert run("rollback_configuration", "1/8", "2").stdout == "1/8 version 2\n"
    assert live_number(two_versions) == 2


@pytest.mark.parametrize(
    ("arguments", "failure"),
    [
        (["push_configuration", "1/8", "3"], "instance 1/8 has no version 3"),
        (["push_configuration", "1/8", "zero"], "a number from 1 to"),
        (["push_configuration", "1/7"], "there is no instance 1/7"),
        (["rollback_configuration", "1/8"], "nothing is live yet"),
        (["rollback_configuration", "1"], "is not an instance"),
    ],
)
def test_push_and_rollback__cannot_be_done__said_and_nothing_moved(
    run: Run, two_versions: Instance, arguments: list[str], failure: str
) -> None:
    ran = run(*arguments)
    assert ran.stdout == ""
    assert ran.failure is not None
    assert failure in ran.failure
    assert not Push.objects.exists()


def test_push__table_gone_meanwhile__refused_with_its_place(run: Run, two_versions: Instance) -> None:
    change_destinations(instance=two_versions, actor="test", remove=[("your_database", "pageviews")])
    ran = run("push_configuration", "1/8")
    assert ran.stdout == ""
    assert "1/8:" in ran.stderr
    assert ": error " in ran.stderr
    assert ran.failure == "nothing was pushed: the version has errors"


def test_rollback__table_gone_meanwhile__warns_and_moves(run: Run, two_versions: Instance) -> None:
    run("push_configuration", "1/8", "1")
    run("push_configuration", "1/8", "2")
    change_destinations(instance=two_versions, actor="test", remove=[("your_database", "pageviews")], force=True)
    ran = run("rollback_configuration", "1/8")
    assert (ran.stdout, ran.failure) == ("1/8 version 1\n", None)
    assert ": warning " in ran.stderr


def test_push__stored_values_start_empty__is_told_and_done(run: Run, file: File, ready: Instance) -> None:
    single = FIRST.replace("type: list", "type: single").replace(
        "PROFILE.preferences.length > 0", "PROFILE.preferences"
    )
    text = (
        single.replace("PROFILE.preferences.slice(-1)[0].value", "PROFILE.preferences").partition("\ntests:")[0] + "\n"
    )
    assert run("import_configurations", file("a.yaml", FIRST), "--instance", "1/8", "--push").failure is None
    assert run("import_configurations", file("b.yaml", text), "--instance", "1/8").failure is None

    ran = run("push_configuration", "1/8")

    assert ran.failure is None
    assert "warning starts-empty the stored values of preferences start empty: its type changed" in ran.stderr
    assert live_number(ready) == 2
