"""Regular expressions that RE2 cannot match as JavaScript does are refused with the reason."""

from __future__ import annotations

import pytest

from provisioning.language.expressions import Scope, compile_expression
from provisioning.language.expressions.regexp_syntax import RegexError, translate
from tests.provisioning.language.expressions.refusing import refusals

REFUSED = [
    ("/(?=a)/", "lookahead"),
    ("/(?!a)/", "lookahead"),
    ("/(?<=a)b/", "lookbehind"),
    ("/(?<!a)b/", "lookbehind"),
    (r"/(a)\1/", "backreference"),
    (r"/\1(a)/", "backreference"),
    (r"/(?<a>x)\k<a>/", "backreference"),
    ("/a/u", "flag u"),
    ("/a/v", "flag v"),
    ("/a/y", "flag y"),
    ("/a/d", "flag d"),
    ("/a/gg", "twice"),
    ("/(a)*/", "captured"),
    ("/(a)?/", "captured"),
    ("/(?:(a)|b){2}/", "captured"),
    ("/(?:a*)*/", "match nothing"),
    ("/(?:a|)?/", "match nothing"),
    ("/(?:^)*/", "match nothing"),
    ("/a{1001}/", "1,000"),
    ("/a{1,1001}/", "1,000"),
    ("/a{99999999999999999999}/", "1,000"),
    ("/(?:(?:a{1000}){1000})/", "too large"),
    ("/é/i", "A to Z"),
    (r"/\u00e9/i", "A to Z"),
    ("/[à-ü]/i", "A to Z"),
    ("/[a-ü]/i", "A to Z"),
    (r"/\p{L}/", r"\p"),
    (r"/\cA/", r"\c"),
    (r"/\a/", r"\a"),
    (r"/\01/", "escape"),
    ("/(?i:a)/", "kind of group"),
    ("/a{2,1}/", "out of order"),
    ("/[b-a]/", "out of order"),
    ("/a**/", "repeats a repetition"),
    ("/+a/", "nothing to repeat"),
    ("/{1}/", "nothing to repeat"),
    ("/^*/", "repeats `^`"),
    ("/(/", "not closed"),
    ("/)/", "closes nothing"),
    ("/(?<a>x)(?<a>y)/", "have the name"),
    (r"/\r\n$/m", "line ends apart"),
    (r"/^[^\n]/m", "line ends apart"),
    ("/" + "(?:" * 60 + "a" + ")" * 60 + "/", "nested"),
]
WORDS = [
    (r"/^[\w.+-]+@[\w-]+\.[\w.]+$/", "a.b@c.de", True),
    (r"/^\d{4}-\d{2}-\d{2}$/", "2027-01-31", True),
    (r"/^https?:\/\/[^\/]+\/shop(?:\/|$)/i", "HTTPS://x.example/shop", True),
    (r"/(?:^|[?&])utm_source=([^&]*)/", "/a?b=1&utm_source=mail", True),
    (r"/^(?:cat|dog)s?$/", "dogs\n", False),
]


@pytest.mark.parametrize(("literal", "reason"), REFUSED)
def test_pattern__that_cannot_mean_the_same__is_refused(literal: str, reason: str) -> None:
    error = refusals(f"{literal}.test(EVENT.x)")[0]
    assert error.code == "expression-regexp"
    assert reason in error.message


@pytest.mark.parametrize(
    ("pattern", "reason"), [("[a", "not closed"), ("a\\", "ends with a backslash"), ("(?", "kind of group")]
)
def test_pattern__cut_short__is_refused(pattern: str, reason: str) -> None:
    with pytest.raises(RegexError, match=reason):
        translate(pattern, "")


@pytest.mark.parametrize(("literal", "text", "matches"), WORDS)
def test_pattern__of_everyday_use__is_accepted(literal: str, text: str, matches: bool) -> None:
    assert compile_expression(f"{literal}.test(EVENT.x)").evaluate(Scope(event={"x": text})) is matches
