"""Issued tokens give way to their digests, and nothing else changes."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioning.language import redact
from provisioning.language.redaction import redact_entries
from provisioning.language.token_text import hide_tokens
from tests.provisioning.language.checking import DASHED_TOKEN, TOKEN, TOKEN_DIGEST, check, known_token

STORED = f"sha256:{TOKEN_DIGEST}"
OTHER = "0123456789abcdef0123456789abcdef"


def issued_only_the_token(digests: frozenset[str]) -> frozenset[str]:
    return digests & {TOKEN_DIGEST}


@pytest.mark.parametrize(
    "form", [TOKEN, TOKEN.upper(), DASHED_TOKEN, DASHED_TOKEN.title(), "e65d8a9df209-4f02b84cd660efff6f27"]
)
@pytest.mark.parametrize(
    "text",
    [
        "{}",
        "tokens:\n  - {}\n",
        "# {}\n",
        "a: '{}'",
        "1/8/{}",
        "x{}z",
        "{}\r\n",
        "é{}é",
        "{0} {0}",
        "{0}{0}",
        "ab{}cd",
        "- {}-\n",
    ],
)
def test_redact__an_issued_token__is_replaced_wherever_it_stands(text: str, form: str) -> None:
    redacted = redact(text.format(form), issued_only_the_token)

    assert redacted == text.format(STORED)


@pytest.mark.parametrize(
    "text", ["", "no token", OTHER, f"sha256:{TOKEN_DIGEST}", TOKEN[:-1], TOKEN[:16] + " " + TOKEN[16:], "é" * 40]
)
def test_redact__no_issued_token__nothing_changes(text: str) -> None:
    assert redact(text, issued_only_the_token) == text


def test_redact__twice__is_the_same_as_once() -> None:
    once = redact(f"a {TOKEN} b {OTHER}", issued_only_the_token)

    assert redact(once, issued_only_the_token) == once


def test_redact__many_runs__are_asked_for_in_batches() -> None:
    asked: list[int] = []

    def issued(digests: frozenset[str]) -> frozenset[str]:
        asked.append(len(digests))
        return digests & {TOKEN_DIGEST}

    text = " ".join(f"{number:032x}" for number in range(6_234)) + f" {TOKEN}"

    assert redact(text, issued).endswith(STORED)
    assert sum(asked) == 6_235
    assert max(asked) <= 5000


@given(st.text(max_size=50), st.text(max_size=50), st.sampled_from([TOKEN, DASHED_TOKEN, TOKEN.upper()]))
def test_redact__any_text_around_it__stays_byte_for_byte(before: str, after: str, form: str) -> None:
    redacted = redact(f"{before} {form} {after}", issued_only_the_token)

    assert redacted == f"{before} {STORED} {after}"


@given(
    st.lists(st.sampled_from(["a", "0", "-", " ", TOKEN, DASHED_TOKEN, "f" * 9, "\n", "#"]), max_size=12).map("".join)
)
def test_redact__however_tokens_are_put_together__none_is_left(text: str) -> None:
    redacted = redact(text, issued_only_the_token)

    plain = redacted.replace(STORED, " ").replace("-", "").lower()
    assert TOKEN not in plain or "-" in text


def test_redact__a_configuration__means_the_same_afterwards() -> None:
    tokens = (known_token(digest=TOKEN_DIGEST),)
    text = f"tokens:\n  - {DASHED_TOKEN}   # the token {TOKEN}\n"

    redacted = redact(text, issued_only_the_token)

    assert TOKEN not in redacted
    before, after = check(text, tokens=tokens).plan, check(redacted, tokens=tokens).plan
    assert before is not None
    assert after is not None
    assert before.tokens == after.tokens


def test_token_digest__is_that_of_the_32_lower_case_digits() -> None:
    assert sha256(TOKEN.encode()).hexdigest() == TOKEN_DIGEST


ESCAPED = "\\x65" + TOKEN[1:]
JOINED = TOKEN[:16] + "\\\n      " + TOKEN[16:]


@pytest.mark.parametrize(
    "form", [ESCAPED, JOINED, "\\u0065" + DASHED_TOKEN[1:], DASHED_TOKEN.replace("-", "\\x2d"), "1/8/" + ESCAPED]
)
@pytest.mark.parametrize(
    "text",
    [
        'description: "{}"\n',
        'keys: [{{name: "{}"}}]\n',
        '"{}": 1\n',
        'events: [{{name: a, database: abc, table: abc, if: "EVENT.a == \'{}\'"}}]\n',
        'offers: [{{name: a, set: {{event: b, data: {{"{}": 1, b: ["{}"]}}}}}}]\n',
        'tests: [{{name: a, steps: [{{post: abc/abc, event: {{x: "{}"}}}}]}}]\n',
    ],
)  # fmt: skip
def test_token__written_with_escapes_anywhere__is_refused_and_not_quoted(text: str, form: str) -> None:
    result = check(text.format(form, form))

    assert {"disguised-token", "yaml-syntax"} & {problem.code for problem in result.errors}  # no key has two lines
    assert not any(TOKEN in f"{problem.as_dict()}{problem.mended}".replace("-", "") for problem in result.problems)


@pytest.mark.parametrize(
    "value",
    [
        f'"{TOKEN}"',
        f'"{TOKEN}\\n"',
        f'"\\t{DASHED_TOKEN}\\\\"',
        f'"\\x20{TOKEN}"',
        '"\\x65\\x66"',
        '"\\x30123456789abcdef0123456789abcd"',
        f"'\\x65{TOKEN[1:]}'",
        f'"{TOKEN[:16]}\n  {TOKEN[16:]}"',
    ],
)
def test_text__with_escapes_but_no_digits_made_of_them__is_fine(value: str) -> None:
    assert check(f"description: {value}\n").errors == ()


@pytest.mark.parametrize(
    "text",
    [
        "tokens:\n  - {}\n",
        "tokens:\n- {}\n- name: web\n",
        "tokens: [{}]",
        "tokens:\n  - '{}' # the customer's\n",
        "tokens:\n  - name: {}\n",
        "tokens :\n  - {}",
        '"tokens":\n  - "{}"\n',
        "keys: [\ntokens:\n  # {}\n",
        '{{"keys": [], "tokens": ["{}"]}}',
        "offers: []\ntokens:\n  - web: [\n\n  - {}\n\ntests: []\n",
        "tokens:\r\n  - {}\r\n",
    ],
)
@pytest.mark.parametrize("form", [OTHER, OTHER.upper(), "01234567-89ab-cdef-0123-456789abcdef"])
def test_redact_entries__any_token_of_the_section__gives_way_to_its_digest(text: str, form: str) -> None:
    stored = f"sha256:{sha256(OTHER.encode()).hexdigest()}"

    assert redact_entries(text.format(form)) == text.format(stored)


@pytest.mark.parametrize(
    "text",
    [
        "",
        OTHER,
        f"# {OTHER}\ntokens: []\n",
        f"tokens: []\ndescription: {OTHER}\n",
        f"tokens:\n  - {STORED}\n",
        f"tokens:\n  - {OTHER}0\n",
        f"tokens:\n  - {OTHER[1:]}\n",
        f"mytokens:\n  - {OTHER}\n",
    ],
)
def test_redact_entries__elsewhere_or_no_token__nothing_changes(text: str) -> None:
    assert redact_entries(text) == text


@pytest.mark.parametrize(
    "text",
    [
        f"{TOKEN}:\n  - !x 1\n",
        f"{TOKEN}: {{a: [{{b: !x 1}}]}}\n",
        f"events:\n  - {{name: {TOKEN}, tabel: x}}\n",
        f"attributes:\n  - {TOKEN}: [[!x 1]]\n",
        f"offers:\n  - name: {TOKEN}\n    set: {{event: {TOKEN}, if: '{TOKEN}' =, data: {{{TOKEN}: !x y}}}}\n",
        f"keys:\n  - name: a\n    exclude_regex: '({TOKEN}'\n",
        f"activations: [{{name: {TOKEN}, webhook: {{url: 'https://x.example/{TOKEN} '}}}}]\n",
        f"tests: [{{name: a, at: {TOKEN}, steps: [{{post: {TOKEN}, path: {TOKEN}}}]}}]\n",
    ],
)
def test_problem__wherever_a_token_stands__quotes_it_nowhere(text: str) -> None:
    result = check(text)

    assert result.problems
    assert not any(TOKEN in f"{problem.as_dict()}{problem.mended}" for problem in result.problems)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"a {TOKEN} b", "a …6f27 b"),
        (f"{DASHED_TOKEN}", "…6f27"),
        (TOKEN[:20], f"…{TOKEN[16:20]}"),
        (TOKEN[:19], TOKEN[:19]),
        (STORED, STORED),
        (f"{STORED}, {STORED}", f"{STORED}, {STORED}"),
        (f"sha256:{TOKEN}", "sha256:…6f27"),
        (f"sha256:{TOKEN}{TOKEN_DIGEST}", "sha256:…eceb"),
        (f"sha256:{TOKEN_DIGEST[:63]}", "sha256:…cece"),
    ],
)
def test_hide_tokens__whatever_is_or_nearly_is_one__shows_its_last_digits(text: str, shown: str) -> None:
    assert hide_tokens(text) == shown
