"""diff_configuration."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from personalization.demo.customer import CONFIGURATION
from provisioning.services import push_version, save_draft, upload_configuration
from routing.models import Instance
from tests.commands.conftest import Run

File = Callable[[str, str | bytes], str]
FIRST = "keys: [td_client_id]\n"
SECOND = "keys: [td_client_id, email]\n"
THIRD = "description: third\nkeys: [td_client_id, email]\n"
TOKEN = "e65d8a9df2094f02b84cd660efff6f27"
GOOD = CONFIGURATION.read_text("utf-8")


@pytest.fixture
def versions(instance: Instance) -> Instance:
    """Versions 1 to 3, of which 1 is live, and a draft."""
    for text in (FIRST, SECOND, THIRD):
        upload_configuration(instance=instance, text=text, actor="test")
    push_version(instance=instance, version=1, actor="test")
    save_draft(instance=instance, text="keys: [loyalty_id]\n", revision=None, actor="test")
    return instance


@pytest.mark.usefixtures("versions")
@pytest.mark.parametrize(
    ("named", "said", "changes"),
    [
        (
            [],
            "from version 1 to version 3: 2 changes",
            ["configuration: description added: `third`", "key email: added"],
        ),
        (["2"], "from version 2 to version 3: 1 change", ["configuration: description added: `third`"]),
        (["1", "2"], "from version 1 to version 2: 1 change", ["key email: added"]),
        (["2", "1"], "from version 2 to version 1: 1 change", ["key email: removed"]),
        (["2", "2"], "from version 2 to version 2: no change", []),
        (["live", "newest"], "from version 1 to version 3: 2 changes", None),
        (
            ["live", "draft"],
            "from version 1 to the draft: 2 changes",
            ["key td_client_id: removed", "key loyalty_id: added"],
        ),
    ],
)
def test_diff__versions_of_an_instance__one_sentence_a_change(
    run: Run, named: list[str], said: str, changes: list[str] | None
) -> None:
    ran = run("diff_configuration", "1/8", *named)

    assert (ran.failure, ran.stderr) == (None, f"{said}\n")
    assert changes is None or ran.lines == changes


def test_diff__two_files__need_no_database(run: Run, file: File) -> None:
    ran = run("diff_configuration", file("a.yaml", FIRST), file("b.yaml", SECOND))

    assert (ran.lines, ran.failure) == (["key email: added"], None)


@pytest.mark.usefixtures("versions")
def test_diff__a_version_and_a_file_or_standard_input__are_compared(run: Run, file: File) -> None:
    assert run("diff_configuration", "1/8", "3", file("c.yaml", SECOND)).lines == [
        "configuration: description removed (was `third`)"
    ]
    assert run("diff_configuration", "1/8", "1", "-", stdin=SECOND.encode()).lines == ["key email: added"]


def test_diff__unified__the_lines_as_well_and_no_token(run: Run, file: File) -> None:
    old, new = (
        file("a.yaml", f"tokens:\n  - {TOKEN}\n"),
        file("b.yaml", f"tokens:\n  - {TOKEN}  # {TOKEN}\n  - name: b\n"),
    )
    ran = run("diff_configuration", old, new, "--unified")

    assert ran.lines[0] == "token b: added"
    assert "+  - name: b" in ran.lines
    assert TOKEN not in ran.stdout + ran.stderr


def test_diff__only_the_writing_differs__said_so(run: Run, file: File) -> None:
    ran = run("diff_configuration", file("a.yaml", GOOD), file("b.yaml", "# a comment\n" + GOOD))

    assert (ran.stdout, ran.failure) == ("", None)
    assert ran.stderr.endswith("the same by meaning\n")


def test_diff__not_yaml__fails_but_still_compares_lines(run: Run, file: File) -> None:
    ran = run("diff_configuration", file("a.yaml", "a: ["), file("b.yaml", "b: ["), "--unified")

    assert ran.failure is not None
    assert "not YAML" in ran.failure
    assert "same" not in ran.stderr
    assert "-a: [" in ran.lines


@pytest.mark.parametrize(
    ("named", "words"),
    [
        (["1/9"], "there is no instance 1/9"),
        (["1/8", "7"], "no version 7"),
        (["1/8", "0"], "a number from 1"),
        (["1/8", "live"], "nothing is live on instance 1/8 yet"),
        (["1/8", "draft"], "has no draft"),
        (["1/8", "1", "2", "3"], "name an instance"),
        (["one.yaml"], "name an instance"),
        (["none.yaml", "none.yaml"], "none.yaml: No such file or directory"),
        (["1/8", "none.yaml", "none.yaml"], "none.yaml: No such file or directory"),
    ],
)
@pytest.mark.usefixtures("instance")
def test_diff__what_is_not_there__is_said(run: Run, named: list[str], words: str) -> None:
    failure = run("diff_configuration", *named).failure

    assert failure is not None
    assert words in failure
