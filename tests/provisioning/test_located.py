"""Problems found outside the language, put where they stand."""

from __future__ import annotations

import pytest

from provisioning.language.located import locate

TEXT = """\
keys: [td_client_id]
tests:
  - name: first
    steps:
      - {post: a_b/c_d}
      - post: a_b/c_d
"""


@pytest.mark.parametrize(
    ("path", "found", "line"),
    [
        ("tests[0].steps[1]", "tests[0].steps[1]", 6),
        ("tests[0].steps[0]", "tests[0].steps[0]", 5),
        ("tests[0].steps[0].post", "tests[0].steps[0].post", 5),
        ("tests[0]", "tests[0]", 3),
        ("tests[0].steps[7]", "tests[0].steps", 5),
        ("nothing.here", "", 1),
        ("", "", 1),
        ("keys[0]", "keys[0]", 1),
    ],
)
def test_locate__path__the_last_part_that_exists(path: str, found: str, line: int) -> None:
    problem = locate(TEXT, path, code="test-failed", message="it differs")

    assert (problem.path, problem.line, problem.severity, problem.code) == (found, line, "error", "test-failed")
    assert problem.message == "it differs"


@pytest.mark.parametrize("text", ["", "[", "5", b"\xff"])
def test_locate__hopeless_text__the_beginning(text: str | bytes) -> None:
    problem = locate(text, "tests[0]", code="x", message="y")

    assert (problem.line, problem.column) == (1, 1)


def test_locate__what_could_be_a_token__is_hidden_in_message_and_hint() -> None:
    token = "e65d8a9df2094f02b84cd660efff6f27"
    problem = locate(TEXT, "tests[0]", code="test-failed", message=f"got {token}", hint=f"it was {token}")

    assert (problem.message, problem.hint) == ("got …6f27", "it was …6f27")
