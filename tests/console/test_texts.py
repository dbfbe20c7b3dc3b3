from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioning.console.texts import starter, token_entry, unix_lines, with_token
from provisioning.language import Context, check_configuration
from provisioning.validation import check_with_tests
from tokens.snippets import EXAMPLE_BODY, Target, curl_line


@pytest.mark.parametrize(
    ("before", "after", "line"),
    [
        ("tokens:\n  - name: web\n", "tokens:\n  - name: app\n  - name: web\n", 2),
        ("tokens:\n- name: web\n", "tokens:\n- name: app\n- name: web\n", 2),
        ("tokens:\n    - name: web\n", "tokens:\n    - name: app\n    - name: web\n", 2),
        ("tokens: []\n", "tokens:\n  - name: app\n", 2),
        ("tokens:\n", "tokens:\n  - name: app\n", 2),
        ("tokens: # ours\n  - name: web\n", "tokens: # ours\n  - name: app\n  - name: web\n", 2),
        ("a: 1\n", "a: 1\n\ntokens:\n  - name: app\n", 4),
        ("", "tokens:\n  - name: app\n", 2),
        ("a: 1\ntokens:\n  - name: web\nb: 2\n", "a: 1\ntokens:\n  - name: app\n  - name: web\nb: 2\n", 3),
    ],
)
def test_with_token__list_of_entries__adds_a_line(before: str, after: str, line: int) -> None:
    assert with_token(before, "app") == (after, line)


@pytest.mark.parametrize(
    "text",
    [
        "tokens:\n  - name: app\n",
        "tokens: [{name: web}]\n",
        "tokens: &x\n  - name: web\n",
        "tokens:\n- name: app # ok\n",
    ],
)
def test_with_token__listed_or_written_otherwise__leaves_it(text: str) -> None:
    assert with_token(text, "app") is None


@pytest.mark.parametrize(
    ("name", "entry"),
    [
        ("web-eu", "- name: web-eu"),
        ("web eu #2", '- name: "web eu #2"'),
        ("1", '- name: "1"'),
        ('a "b": c', '- name: "a \\"b\\": c"'),
        ("Überall", '- name: "Überall"'),
    ],
)
def test_token_entry__any_name__is_quoted_where_yaml_needs_it(name: str, entry: str) -> None:
    assert token_entry(name) == entry


@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=40).filter(str.isprintable))
def test_with_token__any_printable_name__stays_a_valid_configuration(name: str) -> None:
    text, _ = with_token(starter([("shop", "pageviews")], []), name) or ("", 0)
    check = check_configuration(text, context=Context(now=0))
    assert check.plan is not None, check.problems
    assert [entry.name for entry in check.plan.tokens] == [name]


@pytest.mark.parametrize(
    ("destinations", "tokens"),
    [
        ([], []),
        ([("shop", "pageviews")], ["web"]),
        ([("shop", "pageviews"), ("other", "pageviews"), ("shop", "orders")], ["web", "app one"]),
    ],
)
def test_starter__any_instance__has_no_error(destinations: list[tuple[str, str]], tokens: list[str]) -> None:
    check = check_configuration(starter(destinations, tokens), context=Context(now=0))
    assert check.plan is not None, check.problems
    assert [entry.name for entry in check.plan.tokens] == tokens
    assert check.plan.offers[0].name == "welcome_back"


@pytest.mark.parametrize(("text", "lines"), [("a\r\nb\r\n", "a\nb\n"), ("a\rb", "a\nb"), ("a\nb", "a\nb")])
def test_unix_lines__what_browsers_send__has_line_feeds_alone(text: str, lines: str) -> None:
    assert unix_lines(text) == lines


def test_curl_line__private_token__is_the_documented_call() -> None:
    target = Target(base_url="https://eu01.example.com/", account=1, database="your_database", table="pageviews")
    line = curl_line(target, token_header="1/8/abc", key_header="TD1 1/key")
    assert line == (
        "curl -i --header 'Content-Type: application/vnd.treasuredata.v1+json' \\\n"
        "  --header 'WP13n-Token: 1/8/abc' \\\n"
        "  --header 'Authorization: TD1 1/key' \\\n"
        "  -X POST \\\n"
        '  -d \'{"td_client_id":"202", "some_key":"some other data"}\' \\\n'
        "  --location https://eu01.example.com/your_database/pageviews"
    )


def test_curl_line__public_token__takes_the_public_path_with_an_origin() -> None:
    target = Target(base_url="https://eu01.example.com", account=1, database="shop", table="pageviews")
    line = curl_line(target, token_header="1/8/abc", public=True, origin="https://www.example.com")
    assert "--header 'Origin: https://www.example.com'" in line
    assert line.endswith("--location https://eu01.example.com/public/shop/pageviews")
    assert "TD1 1/YOUR_API_KEY" in line


def test_starter__sent_the_line_to_try_twice__greets_the_second_time() -> None:
    row = f"{{post: shop/pageviews, event: {EXAMPLE_BODY.replace(':', ': ')}, offers: "
    steps = f"      - {row}{{}}}}\n      - {row}{{welcome_back: {{visits: 2}}}}}}\n"
    text = starter([("shop", "pageviews")], ["web"]) + f"tests:\n  - name: twice\n    steps:\n{steps}"
    assert check_with_tests(text, context=Context(now=0)).errors == ()
