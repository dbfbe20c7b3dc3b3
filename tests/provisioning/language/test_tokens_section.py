"""The section `tokens`: its forms, what is known of the tokens, and that no message shows one."""

from __future__ import annotations

import pytest

from tests.provisioning.language.checking import (
    DASHED_TOKEN,
    TOKEN,
    TOKEN_DIGEST,
    check,
    codes,
    known_token,
    only,
    plan_of,
)

PUBLIC_KEY = "keys: [{name: td_client_id, public: true}]\n"
PRIVATE_KEY = "keys: [td_client_id]\n"


@pytest.mark.parametrize(
    "entry",
    [
        TOKEN,
        TOKEN.upper(),
        DASHED_TOKEN,
        DASHED_TOKEN.upper(),
        f'"{TOKEN}"',
        f"'{DASHED_TOKEN}'",
        f"sha256:{TOKEN_DIGEST}",
        f"sha256:{TOKEN_DIGEST.upper()}",
    ],
)
def test_token__in_any_allowed_form__is_kept_as_its_digest(entry: str) -> None:
    plan = plan_of(f"tokens:\n  - {entry}\n", tokens=(known_token(digest=TOKEN_DIGEST),))

    assert [(token.name, token.digest) for token in plan.tokens] == [(None, TOKEN_DIGEST)]


def test_token__of_digits_only__stays_what_was_typed() -> None:
    assert len(plan_of("tokens: [01234567890123456789012345678901]").tokens) == 1


def test_token__by_its_name__is_kept_by_name() -> None:
    plan = plan_of("tokens: [{name: web-eu}]", tokens=(known_token("web-eu"),))

    assert [(token.name, token.digest) for token in plan.tokens] == [("web-eu", None)]


@pytest.mark.parametrize(
    "entry",
    [
        "web-eu",
        "sha256:5f0c",
        f"{TOKEN}0",
        TOKEN[:-1],
        f"{{{TOKEN}}}",
        f"urn:uuid:{DASHED_TOKEN}",
        "e65d8a9d-f2094f02b84cd660efff6f27",
        "[a]",
        "",
        "{token: x}",
        "{name: a, type: public}",
        "{name: [a]}",
        "{name: ''}",
        f"{{name: {TOKEN}}}",
        f"{TOKEN}: x",
    ],
)
def test_token__in_another_form__is_refused_without_showing_it(entry: str) -> None:
    result = check(f"tokens:\n  - {entry}\n")

    assert only(result, "bad-token").path.startswith("tokens[0]")
    assert all(
        TOKEN[4:20] not in shown for problem in result.problems for shown in map(str, problem.as_dict().values())
    )


@pytest.mark.parametrize(
    "entry",
    [
        '"\\x65' + TOKEN[1:] + '"',
        f"|\n    {TOKEN}",
        f">-\n    {TOKEN}",
        f"|-\n    {TOKEN}",
        '"' + TOKEN[:16] + "\\\n    " + TOKEN[16:] + '"',
        f"'{TOKEN}''s'",
    ],
)
def test_token__escaped_or_folded__is_refused(entry: str) -> None:
    result = check(f"tokens:\n  - {entry}\n")

    assert only(result, "disguised-token").path == "tokens[0]"
    assert result.plan is None


def test_token__not_issued__is_an_error_with_the_way_to_import_it() -> None:
    problem = only(check(f"tokens: [{TOKEN}]", tokens=()), "unknown-token")

    assert problem.severity == "error"
    assert "import" in problem.hint
    assert TOKEN[:8] not in problem.message + problem.hint


def test_token__name_not_issued__the_nearest_is_named() -> None:
    problem = only(check("tokens: [{name: web-ue}]", tokens=(known_token("web-eu"),)), "unknown-token")

    assert problem.hint == "did you mean `web-eu`?"


@pytest.mark.parametrize("state", ["expired", "revoked"])
def test_token__no_longer_usable__is_a_warning_and_alone_an_error(state: str) -> None:
    tokens = (known_token("old", state=state), known_token("new", digest="1" * 64))

    assert codes(check("tokens: [{name: old}, {name: new}]", tokens=tokens)) == [f"{state}-token"]
    alone = check("tokens: [{name: old}]", tokens=tokens)
    assert {problem.code: problem.severity for problem in alone.problems} == {
        f"{state}-token": "warning",
        "no-usable-token": "error",
    }


@pytest.mark.parametrize("text", ["tokens: []\nversion: 1", "tokens:\nversion: 1", "version: 1"])
def test_tokens__none__is_a_warning(text: str) -> None:
    assert only(check(text, tokens=()), "no-tokens").severity == "warning"


@pytest.mark.parametrize(
    "entries",
    [
        "[{name: a}, {name: a}]",
        f"[{TOKEN}, {DASHED_TOKEN}]",
        f"[{TOKEN}, 'sha256:{TOKEN_DIGEST}']",
        f"[{{name: a}}, {TOKEN}]",
    ],
)
def test_token__listed_twice__is_an_error_in_whatever_form(entries: str) -> None:
    tokens = (known_token("a", digest=TOKEN_DIGEST),)

    assert "duplicate-name" in codes(check(f"tokens: {entries}", tokens=tokens))


def test_tokens__not_known_offline__only_the_form_is_checked() -> None:
    assert codes(check(f"tokens: [{TOKEN}, {{name: a}}]")) == []


def test_token__as_a_yaml_tag__is_refused_once() -> None:
    assert codes(check(f"tokens: [!x {TOKEN}, {{name: a}}]")) == ["tag"]


def test_tokens__not_a_list__is_an_error() -> None:
    assert only(check("tokens: {name: a}"), "wrong-type").path == "tokens"


def test_public_token__without_a_public_key__is_a_warning() -> None:
    tokens = (known_token(type="public"),)

    assert only(check(f"{PRIVATE_KEY}tokens: [{{name: web-eu}}]", tokens=tokens), "no-public-key").path == "tokens"
    assert codes(check(f"{PUBLIC_KEY}tokens: [{{name: web-eu}}]", tokens=tokens)) == []
    assert codes(check(f"{PRIVATE_KEY}tokens: [{{name: web-eu}}]", tokens=(known_token(),))) == []


@pytest.mark.parametrize(
    "text",
    [
        "{t}: 1",
        "keys: [{{{t}: 1}}]",
        "events: [{{name: {t}, database: {t}, table: ab}}]",
        "keys: [{t}, {t}]",
        "attributes: [{{name: x, type: {t}}}]",
        "offers: [{{name: x, set: {{event: {t}, data: {{a: 1}}}}}}]",
        "offers: [{{name: x, set: {{event: e, if: PROFILE.a{t} ( , data: {{a: 1}}}}}}]",
        "tokens: [{t}: {t}",
        "tokens:\n  {t}: 1\n  {t}: 1",
        "tokens:\n - {t} ? 1 : 2",
        'if: "{t}" == 1',
        "version: {t}",
        "tests: [{{name: x, at: {t}, steps: [{{post: {t}, event: {{a: {t}}}}}]}}]",
    ],
)
@pytest.mark.parametrize("token", [TOKEN, DASHED_TOKEN, TOKEN.upper()])
def test_messages__a_token_anywhere_in_the_text__never_show_it(text: str, token: str) -> None:
    result = check(text.format(t=token), tokens=())

    assert result.problems
    for problem in result.problems:
        assert token not in f"{problem.as_dict()} {problem.mended}"
