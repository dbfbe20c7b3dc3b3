"""Whatever the text, checking it ends soon, raises nothing, and says where each problem is."""

from __future__ import annotations

import os
from time import process_time

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from provisioning.language import Check, redact, report
from provisioning.language.diff import diff_documents
from tests.provisioning.language.checking import TOKEN, check
from tests.provisioning.language.test_plan import FULL

EXAMPLES = int(os.environ.get("P13N_FUZZ", "300"))
LONGEST = 2.0  # seconds of this process, of which a check takes a third at most on an idle machine
TRIES = 3  # on a busy machine a process waits for its memory, and the wait counts as its own time
ordinary = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])

_LINES = FULL.splitlines()
_PIECES = [
    "!", "&x ", "*x", "<<", "- ", "  ", "\t", ": ", " #", '"', "'", "[", "]", "{", "}", "|",
    ">", "${", "$${", "`",
    "\u201c", "\u00a0", "\u2028", "\x85", "---\n", "...", "%", "@", "?", ", ", "\r",
    "\r\n", "null", "~", "1e400", ".nan",
    "0x" + "f" * 400, "9" * 400, "PROFILE", "EVENT.", "SECRET", "(" * 50, "[" * 40, "!!python/object:os.system",
    "\ud800", TOKEN, "é", "\U0001f600", "2027-13-45T99:99:99Z", "=>", "?.", "/(/", "name: x",
]  # fmt: skip


def timed(text: str | bytes, context: dict[str, object]) -> tuple[Check, float]:
    start = process_time()
    return check(text, **context), process_time() - start


def assert_sound(text: str | bytes, **context: object) -> None:
    result, taken = timed(text, context)
    assert taken < LONGEST or any(timed(text, context)[1] < LONGEST for _ in range(1, TRIES))
    assert (result.plan is None) == bool(result.errors)
    lines = len(text) + 2
    for problem in result.problems:
        assert problem.code
        assert problem.message
        assert 1 <= problem.line <= lines
        assert problem.column >= 1
        assert TOKEN not in f"{problem.as_dict()} {problem.mended}"
    assert TOKEN not in report(result, "draft", text)


@ordinary
@given(st.text(max_size=300))
@example("")
@example("\x00")
@example("a: \ud800")
@example("[" * 100_000)
@example("- " * 100_000)
@example("a: 'x")
@example("%YAML 9.9\n---\na: 1")
@example("? ? ? ?")
@example("!<")
@example("a: 2001-13-45")
@example("a: 1" + "0" * 10_000)
@example("\ufeff\ufeff")
def test_any_text__checked__ends_with_problems_or_a_plan(text: str) -> None:
    assert_sound(text)


@ordinary
@given(st.binary(max_size=300))
@example(b"\xff\xfe")
@example(b"\xef\xbb\xbf")
def test_any_bytes__checked__end_with_problems_or_a_plan(text: bytes) -> None:
    assert_sound(text)


@ordinary
@given(
    st.lists(st.tuples(st.integers(0, len(FULL)), st.sampled_from(_PIECES), st.integers(0, 12)), min_size=1, max_size=4)
)
def test_configuration__with_pieces_put_in_and_taken_out__is_checked(edits: list[tuple[int, str, int]]) -> None:
    text = FULL
    for place, piece, removed in edits:
        text = text[:place] + piece + text[place + removed :]

    assert_sound(text, tokens=())


@ordinary
@given(
    st.lists(
        st.tuples(st.integers(0, len(_LINES) - 1), st.sampled_from(["drop", "twice", "in", "out", "swap"])), max_size=6
    )
)
def test_configuration__with_lines_moved__is_checked_and_compared(edits: list[tuple[int, str]]) -> None:
    lines = list(_LINES)
    for place, how in edits:
        at = place % len(lines)
        line = lines[at]
        lines[at : at + 1] = {
            "drop": [],
            "twice": [line, line],
            "in": ["  " + line],
            "out": [line.removeprefix("  ")],
            "swap": [lines[at - 1], line],
        }[how] or ["# dropped"]
    text = "\n".join(lines)

    assert_sound(text)
    assert diff_documents(text, text).changes == ()
    assert diff_documents(FULL, text).as_dict()


@ordinary
@given(st.lists(st.sampled_from(_PIECES), max_size=30).map("".join))
def test_pieces__in_any_order__are_checked(text: str) -> None:
    assert_sound(text)
    assert redact(text, lambda digests: digests).count(TOKEN) == 0


@pytest.mark.parametrize(
    "text",
    [
        "a" * 1_000_000,
        "a: " * 300_000,
        "- a\n" * 250_000,
        "[" + "a," * 240_000 + "]",
        "{" + ",".join(f"k{number}: 1" for number in range(90_000)) + "}",
        "offers:\n" + "  - {name: x, set: {event: y, if: PROFILE.abc > 1, data: {a: 1}}}\n" * 15_000,
        "attributes:\n" + "".join(f"  - {{name: a{number}, typ: list}}\n" for number in range(30_000)),
        "keys:\n" + "  - " + "\n  - ".join("9" * 1_000 for _ in range(1_000)),
        '"' + "\\x41" * 250_000 + '"',
        "#" * 1_000_000,
        "\n" * 1_000_000,
        "a: |\n" + "  x\n" * 240_000,
        "? a\n" * 200_000,
        "a: 'x" + "\n" * 900_000,
        "\t" * 1_000_000,
        "é" * 500_000,
        "if: " + "${" * 400_000,
        "e" * 31 + "-" + "0123456789abcdef" * 60_000,
        "attributes: [" + "{name: x, type: counter, increment: EVENT.a}," * 20_000 + "]",
        *(
            "offers: [{name: x, set: {event: y, data: {" + ",".join(f"k{n}: {value}" for n in range(30_000)) + "}}}]"
            for value in ("EVENT.x", "'{{ EVENT.x }}'", "'${EVENT.x = 1}'", "{{ EVENT.x }}", "!x EVENT.x", "&x EVENT.x")
        ),
    ],
    ids=lambda text: repr(text[:20] + text[60:90]),
)
def test_large_text__made_to_be_slow__ends(text: str) -> None:
    assert_sound(text, tokens=())
    start = process_time()
    assert report(check(text), "draft", text)
    assert process_time() - start < 2 * LONGEST
    assert isinstance(redact(text, lambda digests: frozenset()), str)
