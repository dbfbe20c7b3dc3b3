"""Pasted lines are taken apart as their shells do it."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from personalization.curl import CannotRead
from personalization.curl.words import words_of

TEXTS = st.text(st.characters(exclude_characters="\x00\r", exclude_categories=["Cs"]), max_size=20)
BASH = shutil.which("bash")


@given(st.lists(TEXTS, min_size=1, max_size=5))
def test_words__quoted_for_a_shell__are_the_same_again(words: list[str]) -> None:
    assert words_of("curl " + shlex.join(words)) == ["curl", *words]


@pytest.mark.skipif(BASH is None, reason="no bash on this machine; install it to compare with it")
@pytest.mark.parametrize(
    "line",
    [
        "curl -H 'a: b' http://h/x",
        "curl \\\n  -H 'a: b' \\\n  http://h/x",
        'curl "a\\"b\\\\c\\d" e\\ f',
        "curl 'a'\\''b' \"c\"'d'e",
        "curl $'a\\'b\\n\\t\\x41\\101\\u00e9\\\\' x",
        "curl \"two\nlines\" 'two\nlines'",
        "curl 'a' \"\" ''",
        "curl 'a|b' a\\|b",
        "curl a | cat",
        "curl a && echo b",
        "curl a; echo b",
        "curl a > /dev/null",
        'curl -d \'{"a":"$5 `x`"}\'',
        "curl a$ 'b'",
    ],
)
def test_words__of_a_posix_line__are_those_that_bash_makes(line: str) -> None:
    echo = 'curl() { printf "%s\\0" "$@" >&3; }; exec 3>&1 1>/dev/null; ' + line
    ran = subprocess.run([BASH or "", "-c", echo], capture_output=True, check=True, env={"LC_ALL": "C.UTF-8"})
    assert words_of(line)[1:] == ran.stdout.decode().split("\0")[:-1]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('curl "https://h/a?b" ^\r\n  -H "a: b"', ["curl", "https://h/a?b", "-H", "a: b"]),
        ('curl ^"h^" ^\n --data-raw ^"^{^\\^"a^\\^":^\\^"b^%^\\^"^}^"', ["curl", "h", "--data-raw", '{"a":"b%"}']),
        ('curl "h" ^\n --data-binary "{""a"":1}"', ["curl", "h", "--data-binary", '{"a":1}']),
    ],
)  # fmt: skip
def test_words__of_a_line_for_cmd__are_without_carets(line: str, words: list[str]) -> None:
    assert words_of(line) == words


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("curl.exe `\n -H 'a: b' `\r\n h", ["curl.exe", "-H", "a: b", "h"]),
        ('curl.exe `\n -d "{`"a`": ""b""}" h', ["curl.exe", "-d", '{"a": "b"}', "h"]),
        ("curl.exe `\n -d 'it''s' h", ["curl.exe", "-d", "it's", "h"]),
    ],
)
def test_words__of_a_line_for_powershell__are_without_backticks(line: str, words: list[str]) -> None:
    assert words_of(line) == words


def test_words__with_spaces_behind_the_backslash__are_joined_all_the_same() -> None:
    assert words_of("curl \\  \n  -H 'a: b'\xa0h") == ["curl", "-H", "a: b", "h"]


def test_words__with_a_pair_of_surrogates__hold_one_character() -> None:
    assert words_of("curl $'\\ud83d\\ude00 \\uD83D'") == ["curl", "😀 \ufffd"]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("curl 'a", "never closed"),
        ('curl "a', "never closed"),
        ("curl $'a", "never closed"),
        ('curl ^"a ^\n b', "never closed"),
        ('curl "Token: $TOKEN"', "variable $TOKEN"),
        ("curl ${HOST}/x", "variable ${HOST}"),
        ("curl $(cat url)", "another command"),
        ("curl -d “x”", "typographic"),
        ("curl h/a?b=1&c=2", "quotes"),
    ],
)
def test_words__that_cannot_be_read__are_refused_in_words(line: str, says: str) -> None:
    with pytest.raises(CannotRead, match=re.escape(says)):
        words_of(line)


@given(st.text(st.sampled_from(list("curl -Hd'\"\\^`$&|{}\n\r\t ab@")), max_size=40))
def test_words__of_any_text__ends_and_adds_nothing(text: str) -> None:
    with suppress(CannotRead):
        assert sum(map(len, words_of(text))) <= len(text)
