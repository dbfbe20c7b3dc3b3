"""Characters of a value are found in the document, however the scalar is written."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from provisioning.language.document import MappingNode, Scalar
from provisioning.language.loading import load
from provisioning.language.scalar_positions import source_offset


def the_scalar(text: str) -> Scalar:
    root = load(text).root
    assert isinstance(root, MappingNode)
    value = root.entries[0].value
    assert isinstance(value, Scalar)
    return value


def found(text: str, sought: str) -> tuple[int, int]:
    """Line and column at which the character `sought` of the value is found."""
    scalar = the_scalar(text)
    position = load(text).position(source_offset(text, scalar, scalar.text.index(sought)))
    return position.line, position.column


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("if: abX", (1, 7)),
        ("if:    abX", (1, 10)),
        ("if: 'abX'", (1, 8)),
        ("if: 'a''b''X'", (1, 12)),
        ('if: "a\\"b\\"X"', (1, 12)),
        ('if: "\\x41\\u0042\\n\\tX"', (1, 20)),
        ('if: "\\U0001F600X"', (1, 16)),
        ("if: |\n  ab\n  X", (3, 3)),
        ("if: |\n  ab\n    cX", (3, 6)),
        ("if: |-\n\n  ab\n  cX", (4, 4)),
        ("if: >\n  ab\n  cX", (3, 4)),
        ("if: >-\n  ab\n\n  cX", (4, 4)),
        ("if: |2\n    abX", (2, 7)),
        ("if: ab\n  cd eX", (2, 7)),
        ("if: 'ab\n  cd eX'", (2, 7)),
        ('if: "ab\n  cd eX"', (2, 7)),
        ("if: 'a''b\n  c''dX'", (2, 7)),
        ("if: 'a''b\n\n\n  c''d''X'", (4, 9)),
        ("if: 'a   \n  X'", (2, 3)),
        ('if: "a\\"b\n  c\\"d\\x41X"', (2, 11)),
        ('if: "ab\\\n  c\\"X"', (2, 6)),
        ('if: "a  \\\n    \\  bX"', (2, 9)),
        ('if: "ab\\\n\n  cX"', (3, 4)),
        ("if: 'ab\r\n  cX'", (2, 4)),
        ("{if: abX}", (1, 8)),
    ],
)
def test_source_offset__each_style__finds_the_character(text: str, place: tuple[int, int]) -> None:
    assert found(text, "X") == place


@given(
    st.text(
        st.characters(min_codepoint=32, max_codepoint=0x2FFF, exclude_characters="\x7f\u2028\u2029\ufeff"), max_size=30
    ),
    st.sampled_from(["'", '"']),
    st.sampled_from([10, 10_000]),
)
def test_source_offset__any_quoted_text__is_exact(value: str, quote: str, width: int) -> None:
    text = yaml.dump({"k": value + "X"}, default_style=quote, allow_unicode=True, width=width)
    scalar = the_scalar(text)

    places = [source_offset(text, scalar, offset) for offset in range(len(scalar.text))]
    assert places == sorted(places)
    assert text[places[-1]] == "X"
    for at, character in zip(places, scalar.text, strict=True):
        assert text[at] in (character, "\\", "'") or character in " \n"


_PIECES = [
    "a",
    "bc",
    " ",
    "  ",
    "\n",
    "\n\n",
    "\n   \n",
    "\r\n",
    "\u2028",
    "\\n",
    "\\x41",
    "\\\n",
    '\\"',
    "\\ ",
    "''",
    "\t",
    "é",
]


@given(st.lists(st.sampled_from(_PIECES), max_size=12).map("".join), st.sampled_from(["'", '"']))
def test_source_offset__quoted_lines_put_together_at_random__their_end_is_found(inside: str, quote: str) -> None:
    text = f"k: {quote}{inside}\n Z X{quote}\n"
    document = load(text)
    if document.root is None or document.flaws:
        return
    scalar = the_scalar(text)

    assert source_offset(text, scalar, len(scalar.text) - 1) == text.rindex("X")
    assert source_offset(text, scalar, len(scalar.text) - 3) == text.rindex("Z")


@given(st.text(max_size=40), st.integers(0, 60))
def test_source_offset__any_offset__stays_inside_the_document(value: str, offset: int) -> None:
    text = yaml.dump({"k": value}, allow_unicode=True)
    document = load(text)
    if document.root is None or document.flaws:
        return

    assert 0 <= source_offset(text, the_scalar(text), offset) <= len(text)
