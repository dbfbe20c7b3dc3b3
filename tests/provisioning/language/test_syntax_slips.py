"""The usual slips, each with its own words and, where it is mechanical, the mended line."""

from __future__ import annotations

import pytest

from tests.provisioning.language.checking import BASE, check

FIX_FIRST = "fix this first; the rest was not checked"

# (the line as typed inside a rule, code, a part of the message, the mended line)
SLIPS = [
    ("if: !EVENT.bot", "leading-sign", "a tag", "if: '!EVENT.bot'"),
    ("if: !EVENT.bot && EVENT.id", "leading-sign", "a tag", "if: '!EVENT.bot && EVENT.id'"),
    ("if: !(EVENT.amount > 0)", "leading-sign", "a tag", "if: '!(EVENT.amount > 0)'"),
    ("if: !!EVENT.bot", "leading-sign", "a tag", "if: '!!EVENT.bot'"),
    ("if: EVENT.a ? 1 : 2", "colon-in-value", "conditional", "if: 'EVENT.a ? 1 : 2'"),
    ("if: EVENT.a == 'x' ? 1 : 2", "colon-in-value", "conditional", "if: 'EVENT.a == ''x'' ? 1 : 2'"),
    ('if: "a" == EVENT.b', "leading-quote", "starts with a quote", "if: '\"a\" == EVENT.b'"),
    ("if: 'a' == EVENT.b", "leading-quote", "starts with a quote", "if: '''a'' == EVENT.b'"),
    ("if: [1, 2].includes(EVENT.b)", "leading-sign", "a list", "if: '[1, 2].includes(EVENT.b)'"),
    ("if: [EVENT.a, 2]", "leading-sign", "a list", "if: '[EVENT.a, 2]'"),
    ("if: {a: 1}[EVENT.b]", "leading-sign", "a mapping", "if: '{a: 1}[EVENT.b]'"),
    ("if: `x` == EVENT.b", "leading-sign", "a backtick", "if: '`x` == EVENT.b'"),
    ("if: &EVENT.b", "leading-sign", "an anchor", "if: EVENT.b"),
    ("if: &EVENT", "leading-sign", "an anchor", "if: EVENT"),
    ("if: *EVENT", "leading-sign", "an alias", "if: EVENT"),
    ("if: > EVENT.b", "leading-sign", "a folded text", "if: EVENT.b"),
    ('if: EVENT.tag == "a #b"', "cut-by-comment", "cut short", "if: 'EVENT.tag == \"a #b\"'"),
    ("if: EVENT.tag == \u201ca\u201d", "curly-quotes", "curly", 'if: EVENT.tag == "a"'),
    ("if:EVENT.tag", "missing-space", "a space is missing", "if: EVENT.tag"),
    ("if:\u00a0EVENT.tag", "odd-space", "not a plain one", "if: EVENT.tag"),
    ("\tif: EVENT.tag", "tab", "tab", None),
    ("if: {{EVENT.b}}", "double-braces", "not known here", "if: EVENT.b"),
    ("if: {{ EVENT.b }} == 1", "double-braces", "not known here", "if: EVENT.b == 1"),
    ("if: EVENT.b == {{EVENT.c}}", "double-braces", "not known here", "if: EVENT.b == EVENT.c"),
    ("if: '{{EVENT.b}} ? {{EVENT.c}} : 1'", "double-braces", "not known here", "if: 'EVENT.b ? EVENT.c : 1'"),
    ("if: {{EVENT.b | upper}}", "double-braces", "not known here", ""),
    ("if: {% EVENT.b %}", "leading-sign", "a mapping", ""),
    ("if: {EVENT.b}", "leading-sign", "a mapping", ""),
    ("if: &&EVENT.b", "leading-sign", "an anchor", "if: EVENT.b"),
    ("if: #{EVENT.b}", "cut-by-comment", "nothing is left", None),
]

RULE = """\
keys: [td_client_id]
events:
  - {name: pageview, database: your_database, table: pageviews}
offers:
  - name: one
    set:
      - event: pageview
"""


@pytest.mark.parametrize(("line", "code", "words", "mended"), SLIPS, ids=[slip[0] for slip in SLIPS])
def test_slip__in_a_rule__is_told_in_its_own_words(line: str, code: str, words: str, mended: str | None) -> None:
    result = check(f"{RULE}        {line}\n        data: {{a: 1}}\n")

    assert [problem.code for problem in result.errors] == [code]
    problem = result.errors[0]
    assert problem.line == 8
    assert words in problem.message
    assert problem.hint
    if mended is not None:
        assert problem.mended == (f"        {mended}" if mended else "")


@pytest.mark.parametrize("line", [slip[0] for slip in SLIPS if slip[3]])
def test_slip__line_replaced_by_the_mended_one__nothing_is_wrong_any_more(line: str) -> None:
    assert errors_of_mended(f"{RULE}        {line}\n        data: {{a: 1}}\n") == []


def errors_of_mended(text: str) -> list[str]:
    """What is still wrong when the line of the first problem gives way to the mended one."""
    problem = next(problem for problem in check(text).problems if problem.mended)
    lines = text.splitlines()
    lines[problem.line - 1] = problem.mended
    return [str(error) for error in check("\n".join(lines)).errors]


@pytest.mark.parametrize(
    ("line", "mended"),
    [
        ("value: {{EVENT.b}}", "value: ${EVENT.b}"),
        ("value: '{{EVENT.b}}'", "value: ${EVENT.b}"),
        ("value: Hi {{EVENT.b}}", "value: Hi ${EVENT.b}"),
        ("value: '{{EVENT.b}}: {{EVENT.c}}'", "value: '${EVENT.b}: ${EVENT.c}'"),
        ("value: !EVENT.b", "value: '${!EVENT.b}'"),
        ("value: [EVENT.b]", "value: '${[EVENT.b]}'"),
        ("value: {b: EVENT.b}", "value: '${{b: EVENT.b}}'"),
    ],
)
def test_slip__in_a_value__is_mended_to_what_interpolates(line: str, mended: str) -> None:
    text = BASE.replace("value: ${EVENT.some_key}", line)

    assert check(text).problems[0].mended == f"    {mended}"
    assert errors_of_mended(text) == []


@pytest.mark.parametrize(
    ("value", "severity", "mended"),
    [
        ("{{PROFILE.preferences.length}}", "error", "${PROFILE.preferences.length}"),
        ("{{PROFILE.preferences.length}} likes", "error", "${PROFILE.preferences.length} likes"),
        ("Likes: {{PROFILE.preferences.length}}", "error", "'Likes: ${PROFILE.preferences.length}'"),
        ("I like {{PROFILE.preferences.length}}", "warning", "I like ${PROFILE.preferences.length}"),
        ("{a: {{PROFILE.preferences.length}}}", "error", ""),
        ("[{{PROFILE.preferences.length}}]", "error", ""),
    ],
)
def test_double_braces__in_data__are_told_once(value: str, severity: str, mended: str) -> None:
    text = BASE.replace("${PROFILE.preferences.slice(-1)[0].value}", value)
    [problem] = check(text).problems

    assert problem.severity == severity
    assert problem.mended == (f"          preferences: {mended}" if mended else "")


@pytest.mark.parametrize("field", ["If", "IF", "Data", "EVENT", "Event"])
def test_field__in_capitals__is_told_the_right_one(field: str) -> None:
    problem = check(f"{RULE}        data: {{a: 1}}\n        {field}: pageview\n").errors[0]

    assert problem.code == "unknown-field"
    assert problem.hint == f"did you mean `{field.lower()}`?"


def test_dedented__if_and_data_at_the_offers_level__belong_inside_the_rule() -> None:
    result = check(
        """\
        keys: [td_client_id]
        events:
          - {name: pageview, database: your_database, table: pageviews}
        offers:
          - name: one
            set:
              - event: pageview
            if: EVENT.a > 0
            data: {a: 1}
        """
    )

    dedented = [problem for problem in result.errors if problem.code == "dedented"]
    assert [problem.line for problem in dedented] == [8, 9]
    assert dedented[0].message == "`if` and `data` belong inside the rule under `set`: indent four more"
    assert dedented[0].mended == "        if: EVENT.a > 0"


def test_dedented__in_the_column_of_the_dash__indent_two_more() -> None:
    result = check(
        """\
        offers:
        - name: one
          set:
            - event: pageview
            if: EVENT.a > 0
            data: {a: 1}
        """
    )

    assert [problem.code for problem in result.problems] == ["dedented"]
    problem = result.errors[0]
    assert "belong inside the rule under `set`: indent two more" in problem.message
    assert FIX_FIRST in problem.message
    assert problem.mended == "      if: EVENT.a > 0"


def test_dedented__a_single_rule_in_braces__named_without_a_mended_line() -> None:
    result = check(
        """\
        offers:
          - name: one
            set: {event: pageview}
            data: {a: 1}
        """
    )

    problem = next(problem for problem in result.errors if problem.code == "dedented")
    assert problem.mended == ""


def test_bare_interpolation_in_braces__quotes_are_asked_for() -> None:
    result = check("offers:\n  - name: one\n    set: {event: pageview, data: {a: ${EVENT.b}}}\n")

    problem = result.errors[0]
    assert problem.code == "bare-in-flow"
    assert problem.mended == "    set: {event: pageview, data: {a: '${EVENT.b}'}}"


def test_comment_after_a_condition__that_is_right__is_a_comment() -> None:
    result = check(f"{RULE}        if: EVENT.a > 0   # only large ones\n        data: {{a: 1}}\n")

    assert result.errors == ()


@pytest.mark.parametrize(
    ("condition", "cut"),
    [
        ("EVENT.a == # b", True),
        ("(EVENT.a # b", True),
        ("EVENT.a == 'b # c'", True),
        ("EVENT.a )) #b", True),
        ("EVENT.a = 5 # the fifth", False),
        ("unknown_name > 5 # the fifth", False),
    ],
)
def test_comment_after_a_condition__that_is_wrong__is_blamed_only_when_it_cuts(condition: str, cut: bool) -> None:
    codes = [problem.code for problem in check(f"{RULE}        if: {condition}\n        data: {{a: 1}}\n").errors]

    assert (codes == ["cut-by-comment"]) == cut
    assert codes


@pytest.mark.parametrize(
    ("text", "mended"),
    [("keys:\n  -\tname: x\n", "  - name: x"), ("keys:\n\t- name: x\n", "  - name: x"), ("a:\n \tb: 1\n", "   b: 1")],
)
def test_tab__in_the_indentation_or_behind_the_dash__is_told(text: str, mended: str) -> None:
    problem = check(text).errors[0]

    assert (problem.code, problem.line, problem.mended) == ("tab", 2, mended)


def test_apostrophe__in_a_text_near_a_syntax_error__is_not_blamed() -> None:
    assert check("description: it\u2019s\nkeys: [x\n").errors[0].code == "yaml-syntax"


def test_curly_quotes__in_braces_that_break_on_them__are_blamed() -> None:
    problem = check("offers:\n  - {name: x, set: {event: “e: f”}}\n").errors[0]

    assert (problem.code, problem.mended) == ("curly-quotes", '  - {name: x, set: {event: "e: f"}}')


def test_a_second_colon_in_braces__is_a_plain_syntax_error() -> None:
    assert check("keys: [a]\nevents: [{name: a: b}]\n").errors[0].code == "yaml-syntax"


def test_curly_quotes_around_a_name__are_warned_of() -> None:
    result = check("events:\n  - {name: “pageview”, database: your_database, table: pageviews}\n")

    assert "curly-quotes" in [problem.code for problem in result.warnings]


def test_conditional_with_a_comment__the_comment_stays_outside_the_quotes() -> None:
    problem = check("a: EVENT.a ? 1 : 2  # one or two\n").errors[0]

    assert problem.mended == "a: 'EVENT.a ? 1 : 2'  # one or two"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: [1, 2", "is not closed"),
        ("a: {b: 1", "is not closed"),
        ('name: "x\nb: 1\n', "never closed"),
        ("a:\n  b: 1\n c: 2\n", "indentation"),
        ('a: "\\q"\n', "single quotes"),
    ],
)
def test_syntax_error__not_a_usual_slip__is_still_said_in_plain_words(text: str, words: str) -> None:
    problem = check(text).errors[0]

    assert problem.code == "yaml-syntax"
    assert words in problem.message
    assert FIX_FIRST in problem.message


def test_syntax_error__anything_else_wrong__is_not_checked() -> None:
    result = check("nonsense: 1\nkeys: 5\noffers: [1, 2\n")

    assert len(result.problems) == 1
    assert result.plan is None


@pytest.mark.parametrize(
    ("rule", "line", "message"),
    [
        ("  - event: p\n        if: EVENT.a", 11, "`if` stands deeper than `event` in the line above"),
        ("    event: p\n      if: EVENT.a", 11, "`if` stands deeper than `event` in the line above"),
        ("      event: p\n      if: EVENT.a\n        data: {a: 1}", 12, "`data` stands deeper than `if`"),
        ("  event: p\n      if: EVENT.a", 10, "`event` belongs inside the rule under `set`"),
    ],
)
def test_indentation__of_one_of_two_fields_is_wrong__both_are_named(rule: str, line: int, message: str) -> None:
    head = "keys: [k]\nevents:\n  - name: p\n    database: d\n    table: t\n\noffers:\n  - name: hello\n    set:\n"
    problem = check(f"{head}{rule}\n").errors[0]

    assert (problem.line, problem.mended) == (line, "")
    assert problem.message.startswith(message)


@pytest.mark.parametrize("tabs", ["\t", "\t\t"])
def test_tab__whose_width_is_a_guess__has_no_mend(tabs: str) -> None:
    problem = check(f"offers:\n  - name: hello\n    set:\n      - event: p\n{tabs}if: EVENT.a\n").errors[0]

    assert (problem.code, problem.line, problem.mended) == ("tab", 5, "")
