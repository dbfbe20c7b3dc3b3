"""Fields and records: types, limits, defaults, names, what is missing and what is unknown."""

from __future__ import annotations

import pytest

from tests.provisioning.language.checking import BASE, check, codes, only, plan_of

EVENTS = "events:\n  - {name: pageview, database: your_database, table: pageviews}\n"


def attribute(fields: str) -> str:
    return f"{EVENTS}attributes:\n  - {{name: x, {fields}}}\n"


LIST = 'type: list, event: pageview, value: "${EVENT.a}"'
SINGLE = 'type: single, event: pageview, value: "${EVENT.a}"'
COUNTER = "type: counter, event: pageview"


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ("version: 2", "limit", "`version` is 1, not 2"),
        ("version: one", "wrong-type", "whole number"),
        ('version: "1"', "wrong-type", "whole number"),
        ("version: 1.0", "wrong-type", "whole number"),
        ("description: [a]", "wrong-type", "not a list"),
        ("description: {a: 1}", "wrong-type", "not a mapping"),
        (f"description: {'x' * 1025}", "limit", "at most 1,024"),
        ("keys: 5", "wrong-type", "takes a list"),
        ("keys: {name: x}", "wrong-type", "takes a list"),
        ("keys: [[a]]", "wrong-type", "a key is a mapping with `name`"),
        ("keys: [{public: true}]", "missing-field", "`name` is missing"),
        ("keys: [9a]", "bad-name", "digits and underscores"),
        ("keys: [a-b]", "bad-name", "digits and underscores"),
        (f"keys: [{'a' * 129}]", "bad-name", "at most 128"),
        ("keys: [{name: x, public: yes}]", "wrong-type", "true or false"),
        ('keys: [{name: x, public: "true"}]', "wrong-type", "true or false"),
        ("keys: [{name: x, public: 1}]", "wrong-type", "true or false"),
        ("keys: [{name: x, public: }]", "missing-value", "has no value"),
        ('keys: [{name: x, exclude_regex: "(a"}]', "bad-pattern", "RE2"),
        ('keys: [{name: x, exclude_regex: "(?=a)"}]', "bad-pattern", "RE2"),
        ('keys: [{name: x, exclude_regex: "((((a{100}){100}){100}){100})"}]', "bad-pattern", "RE2"),
        (f"keys: [{{name: x, exclude_regex: {'a' * 1025}}}]", "limit", "at most 1,024"),
        ("events: [pageview]", "wrong-type", "an event is a mapping with `name` and `database` and `table`"),
        ("events: [{name: x, database: AB1, table: abc}]", "bad-name", "a database name"),
        ("events: [{name: x, database: admin, table: abc}]", "bad-name", "path of the console"),
        ("events: [{name: x, database: abc, table: page-views}]", "bad-name", "a table name"),
        ("events: [{name: x, database: abc, table: ab}]", "bad-name", "a table name"),
        ("events: [{name: '', database: abc, table: abc}]", "bad-name", "1 to 256"),
        (f"events: [{{name: {'x' * 257}, database: abc, table: abc}}]", "bad-name", "1 to 256"),
        (attribute("type: lists"), "bad-choice", "list, single, counter, imported"),
        (attribute("type: list, event: pageview"), "missing-field", "`value` is missing"),
        (attribute('type: list, value: "${EVENT.a}"'), "missing-field", "`event` is missing"),
        (attribute('type: list, event: [], value: "${EVENT.a}"'), "missing-value", "names no event"),
        (attribute('type: list, event: [pageview, pageview], value: "${EVENT.a}"'), "duplicate-name", "a second time"),
        (attribute('type: list, event: {a: 1}, value: "${EVENT.a}"'), "wrong-type", "not a mapping"),
        (attribute(f"{LIST}, max_items: 0"), "limit", "from 1 to 1000"),
        (attribute(f"{LIST}, max_items: 1001"), "limit", "from 1 to 1000"),
        (attribute(f"{LIST}, max_items: many"), "wrong-type", "whole number"),
        (attribute(f"{LIST}, expire_after: 30"), "wrong-type", "a duration like"),
        (attribute(f"{LIST}, expire_after: 3651d"), "limit", "from 1m to 3650d"),
        (attribute(f"{LIST}, distinct: no"), "wrong-type", "true or false"),
        (attribute(f"{LIST}, window: 7d"), "wrong-field", "belongs to type counter, not to list"),
        (attribute(f"{SINGLE}, aggregation: avg"), "bad-choice", "last, first, min, max, sum"),
        (attribute(f"{SINGLE}, max_items: 5"), "wrong-field", "belongs to type list, not to single"),
        (attribute(f"{COUNTER}, value: x"), "wrong-field", "belongs to type list or single"),
        (attribute(f"{COUNTER}, increment: EVENT.amount"), "wrong-type", "a number or one"),
        (attribute(f"{COUNTER}, increment: true"), "wrong-type", "a number or one"),
        (attribute(f"{COUNTER}, increment: .inf"), "wrong-type", "a number or one"),
        (attribute("type: imported, event: pageview"), "wrong-field", "not to imported"),
        ("offers: [{name: x}]", "missing-field", "`set` is missing"),
        ("offers: [{name: x, set: []}]", "missing-value", "`set` is empty"),
        ("offers: [{name: x, set: 5}]", "wrong-type", "takes a list"),
        (f"{EVENTS}offers: [{{name: x, set: {{event: pageview}}}}]", "missing-field", "`data` is missing"),
        (f"{EVENTS}offers: [{{name: x, set: {{event: pageview, data: 5}}}}]", "wrong-type", "takes a mapping"),
        (f"{EVENTS}offers: [{{name: x, set: {{event: pageview, data: }}}}]", "missing-value", "takes a mapping"),
        ("offers: [{name: x, starts_at: 2027-01-01T00:00:00}]", "wrong-type", "zone"),
        ("tests: [{name: x, steps: []}]", "missing-value", "`steps` is empty"),
        ("tests: [{name: x, steps: [{post: abc, event: {}}]}]", "bad-name", "database/table"),
        ("tests: [{name: x, steps: [{post: public/abc, event: {}}]}]", "bad-name", "path of the console"),
        ("tests: [{name: x, steps: [{post: abc/def, event: 5}]}]", "wrong-type", "takes a mapping"),
        ("tests: [{name: x, steps: [{post: abc/def, event: {}, offers: 5}]}]", "wrong-type", "takes a mapping"),
        ("tests: [{name: x, steps: [{post: abc/def, event: {a: [.nan]}}]}]", "not-json", "no number in JSON"),
        ("tests: [{name: x, steps: [{post: abc/def, event: {}, path: open}]}]", "bad-choice", "private, public"),
        ("just text", "wrong-type", "a configuration is a mapping"),
        ("- a\n- b", "wrong-type", "a configuration is a mapping"),
        ("", "empty", "empty"),
        ("# nothing\n", "empty", "empty"),
    ],
)
def test_field__wrong__is_named(text: str, code: str, words: str) -> None:
    problem = next(problem for problem in check(text).errors if problem.code == code)

    assert words in problem.message


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("events: [{name: NO, database: '0123', table: 0123}]", "NO"),
        ("events: [{name: 12:30:00, database: abc, table: abc}]", "12:30:00"),
        ("events: [{name: null, database: abc, table: abc}]", "null"),
        ("events: [{name: 1e3, database: abc, table: abc}]", "1e3"),
        ("events: [{name: 2027-01-01, database: abc, table: abc}]", "2027-01-01"),
        ("events: [{name: ~, database: abc, table: abc}]", "~"),
    ],
)
def test_text_field__looks_like_something_else_to_yaml__stays_as_typed(text: str, name: str) -> None:
    assert plan_of(text).events[0].name == name


def test_text_field__digits_only__stays_as_typed() -> None:
    event = plan_of("events: [{name: x, database: 0123, table: 0o17}]").events[0]

    assert (event.database, event.table) == ("0123", "0o17")


@pytest.mark.parametrize(
    ("fields", "hint"),
    [
        ("source_event: pageview", "event: <name>"),
        ("source_field: a", "value: ${EVENT.<column>}"),
        ("expiry_days: 30", "expire_after: <n>d"),
        ("window_duration: 7d", "window: <n>d"),
        ("imported_batch: true", "type: imported"),
        ("filter: a", "if: <expression>"),
        ("evnt: pageview", "did you mean `event`?"),
        ("max_item: 5", "did you mean `max_items`?"),
    ],
)
def test_unknown_field__of_another_product_or_misspelt__has_its_counterpart(fields: str, hint: str) -> None:
    problem = only(check(attribute(f"type: list, {fields}")), "unknown-field")

    assert hint in problem.hint


def test_unknown_field__at_the_top__nearest_section_is_named() -> None:
    problem = only(check("offer: []\n"), "unknown-field")

    assert problem.message == "`offer` is not a field of a configuration"
    assert problem.hint == "did you mean `offers`?"


def test_type__imported_batch__is_imported() -> None:
    assert only(check(attribute("type: imported_batch")), "bad-choice").hint == "write `imported`"


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("keys: [{name: x, public: yes}]", "write true, without quotes"),
        ("keys: [{name: x, public: off}]", "write false, without quotes"),
        ('keys: [{name: x, public: "true"}]', "write true, without quotes"),
        (attribute(f"{LIST}, expire_after: 30"), "did you mean `30d`?"),
        ("events: [{name: x, database: abc, table: Page-Views}]", "did you mean `page_views`?"),
        ("events: [{name: x, database: “abc”, table: abc}]", "did you mean `abc`?"),
        ("events: [{name: x, database: abc, table: abc, if: PROFILE.a}]", "depends on EVENT and NOW alone"),
        ("tests: [{name: x, steps: [{post: public/abc, event: {}}]}]", "`path: public`"),
        ("offers: [one]", "write `name: …` under the `-`"),
    ],
)
def test_field__wrong_in_a_usual_way__the_hint_says_what_to_write(text: str, hint: str) -> None:
    assert any(hint in problem.hint for problem in check(text).errors)


def test_everything_wrong__is_reported_at_once_in_the_order_of_the_document() -> None:
    result = check(
        """\
        version: 3
        keys:
          - name: 1x
        events:
          - name: pageview
            table: Pages
        attributes:
          - name: a
            type: liszt
        offers:
          - set: {event: nothing, data: 1}
        """
    )

    assert [problem.line for problem in result.errors] == sorted(problem.line for problem in result.errors)
    assert [problem.code for problem in result.errors] == [
        "limit", "bad-name", "missing-field", "bad-name", "bad-choice", "missing-field", "unknown-event", "wrong-type",
    ]  # fmt: skip


def test_problem__path_where_line_and_column__lead_to_the_place() -> None:
    problem = only(check(BASE.replace("if: PROFILE.preferences", "if: PROFILE.preferencs")), "unknown-profile-name")

    assert problem.path == "offers[0].set[0].if"
    assert problem.where == 'offer "preferences_known", rule 1, if'
    assert (problem.line, problem.column) == (16, 13)
    assert problem.hint == "did you mean `preferences`?"


@pytest.mark.parametrize(
    ("text", "path", "where"),
    [
        ("keys: [a, 9b]", "keys[1]", 'key "9b"'),
        ("keys: [{name: a, public: 5}]", "keys[0].public", 'key "a", public'),
        ("events: [{database: abc, table: abc}]", "events[0]", "event 1"),
        ("offers: [{name: o, set: {event: [e, x]}}]", "offers[0].set.event[0]", 'offer "o", rule 1, event item 1'),
        ("offers: [{name: o, set: [{event: e}]}]", "offers[0].set[0].event", 'offer "o", rule 1, event'),
        (
            "offers: [{name: o, set: {event: e, data: {a.b: .nan}}}]",
            'offers[0].set.data["a.b"]',
            'offer "o", rule 1, data, a.b',
        ),
        (
            "activations: [{name: a, event: e, webhook: {url: x, body: 1}}]",
            "activations[0].webhook.url",
            'activation "a", webhook, url',
        ),
        ("tests: [{name: t, steps: [{post: x, event: {}}]}]", "tests[0].steps[0].post", 'test "t", step 1, post'),
        ("tokens: [a]", "tokens[0]", "token 1"),
        ("version: x", "version", "version"),
    ],
)
def test_problem__in_any_section__has_path_and_words(text: str, path: str, where: str) -> None:
    assert (path, where) in [(problem.path, problem.where) for problem in check(text).problems]


@pytest.mark.parametrize(
    ("section", "item", "limit"),
    [
        ("keys", "- k{n}", 100),
        ("events", "- {{name: e{n}, database: abc, table: abc}}", 100),
        ("attributes", "- {{name: a{n}, type: imported}}", 200),
        ("offers", "- {{name: o{n}, set: {{event: e, data: {{}}}}}}", 1000),
        ("activations", "- {{name: a{n}, event: e, webhook: {{url: 'https://x.example', body: 1}}}}", 100),
        ("tokens", "- name: t{n}", 50),
        ("tests", "- {{name: t{n}, steps: [{{post: abc/abc, event: {{}}}}]}}", 1000),
    ],
)
def test_limit__one_item_more_than_allowed__is_an_error(section: str, item: str, limit: int) -> None:
    head = "" if section == "events" else "events:\n  - {name: e, database: abc, table: abc}\n"

    def text(count: int) -> str:
        items = "".join(f"  {item.format(n=number)}\n" for number in range(count))
        return f"{head}{section}:\n{items}"

    assert "limit" not in codes(check(text(limit)))
    problem = only(check(text(limit + 1)), "limit")
    assert f"at most {limit:,} are allowed" in problem.message
    assert problem.path == section


def test_limit__output_keys_of_a_rule__are_counted() -> None:
    def text(count: int) -> str:
        data = ", ".join(f"k{number}: 1" for number in range(count))
        return f"{EVENTS}offers: [{{name: x, set: {{event: pageview, data: {{{data}}}}}}}]\n"

    assert check(text(200)).errors == ()
    assert "201 output keys" in only(check(text(201)), "limit").message


def test_problems__without_end__are_bounded_and_the_rest_is_counted() -> None:
    text = "\n".join(f"unknown_{number}: 1" for number in range(2_999)) + "\ntokens: 5"

    problems = check(text).problems

    assert len(problems) == 1001
    assert problems[-1].code == "too-many-problems"
    assert "2,000 more" in problems[-1].message


def test_section__named_without_a_value__is_empty_with_a_warning() -> None:
    result = check("keys:\nevents: []\n")

    assert result.errors == ()
    assert only(result, "empty-section").path == "keys"


def test_defaults__nothing_said__are_those_of_the_language() -> None:
    plan = plan_of(BASE)
    attribute = plan.attributes[0]

    assert (attribute.max_items, attribute.expire_after, attribute.distinct) == (100, 90 * 86_400, True)
    assert (plan.keys[0].public, plan.keys[0].sensitive, plan.keys[0].exclude) == (False, False, None)
    assert (plan.offers[0].enabled, plan.offers[0].starts_at, plan.offers[0].ends_at) == (True, None, None)
    assert plan.description == ""


@pytest.mark.parametrize(
    ("text", "field", "meant"),
    [
        ("events: [{name: x, database: abc, tabel: abc}]", "tabel", "table"),
        ("keys: [{nmae: x}]", "nmae", "name"),
        (attribute("tpye: list, event: pageview, value: a"), "tpye", "type"),
        (attribute('type: list, event: pageview, "valeu": a'), '"valeu"', "value"),
        (f"{EVENTS}offers: [{{name: x, set: {{evnt: pageview, data: {{a: 1}}}}}}]", "evnt", "event"),
        (f"{EVENTS}offers: [{{name: x, set: {{event: pageview, DATA: {{a: 1}}}}}}]", "DATA", "data"),
    ],
)
def test_required_field__misspelt__is_one_problem_with_the_mended_line(text: str, field: str, meant: str) -> None:
    errors = check(text).errors

    assert [(problem.code, problem.hint) for problem in errors] == [("unknown-field", f"did you mean `{meant}`?")]
    line = text.splitlines()[errors[0].line - 1]
    assert line[errors[0].column - 1 :].startswith(field)
    assert errors[0].mended == line.replace(f"{field}:", f"{meant}:")


@pytest.mark.parametrize("field", ["source_event: pageview", "filter: a\n    source_event: pageview"])
def test_required_field__under_its_name_elsewhere__is_not_missing(field: str) -> None:
    text = f"{EVENTS}attributes:\n  - name: x\n    type: list\n    value: a\n    {field}\n"

    errors = check(text).errors

    assert {problem.code for problem in errors} == {"unknown-field"}
    assert {problem.mended for problem in errors} == {""}


def test_misspelt_field__its_right_name_stands_there_as_well__is_not_mended() -> None:
    problem = only(check("events: [{name: x, database: abc, table: abc, tabel: abc}]"), "unknown-field")

    assert problem.hint == "did you mean `table`?"
    assert problem.mended == ""


def test_required_field__nothing_near_it_stands_there__is_missing() -> None:
    codes = [problem.code for problem in check("events: [{name: x, database: abc, colour: red}]").errors]

    assert codes == ["missing-field", "unknown-field"]
