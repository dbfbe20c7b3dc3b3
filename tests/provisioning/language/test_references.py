"""Names that must mean something, and be unique where they are given."""

from __future__ import annotations

import pytest

from tests.provisioning.language.checking import BASE, check, codes, only

EVENTS = """\
events:
  - {name: pageview, database: your_database, table: pageviews}
"""
ATTRIBUTES = """\
keys: [td_client_id]
attributes:
  - {name: preferences, type: list, event: pageview, value: "${EVENT.a}"}
  - {name: spend, type: counter, event: pageview}
  - {name: page, type: single, event: pageview, value: "${EVENT.a}"}
"""


def offer(condition: str) -> str:
    return (
        f"{EVENTS}{ATTRIBUTES}offers:\n  - name: x\n    set:\n      - event: pageview\n"
        f"        if: {condition}\n        data: {{a: 1}}\n"
    )


def test_base__nothing_wrong__no_problem_at_all() -> None:
    assert codes(check(BASE)) == []


@pytest.mark.parametrize(
    "text",
    [
        "keys: [a, a]",
        "keys: [a]\nattributes: [{name: a, type: imported}]",
        "attributes: [{name: a, type: imported}, {name: a, type: imported}]",
        "events: [{name: e, database: abc, table: abc}, {name: e, database: abc, table: def}]",
        "offers: [{name: o, set: {event: e, data: {}}}, {name: o, set: {event: e, data: {}}}]",
        "tests: [{name: t, steps: [{post: abc/abc, event: {}}]}, {name: t, steps: [{post: abc/abc, event: {}}]}]",
    ],
)
def test_names__given_twice__are_an_error_that_names_the_first(text: str) -> None:
    assert "in line 1 has the name" in only(check(text), "duplicate-name").message


def test_names__differing_in_case_or_section__are_different() -> None:
    text = "keys: [a, A]\nevents: [{name: a, database: abc, table: abc}]\n"

    assert "duplicate-name" not in codes(check(text))


@pytest.mark.parametrize(
    "text",
    [
        'attributes: [{name: a, type: list, event: pagevew, value: "${EVENT.a}"}]',
        "offers: [{name: o, set: {event: [pageview, pagevew], data: {}}}]",
        "activations: [{name: a, event: pagevew, webhook: {url: 'https://x.example', body: 1}}]",
    ],
)
def test_event__not_defined__is_an_error_with_the_nearest(text: str) -> None:
    problem = only(check(EVENTS + text), "unknown-event")

    assert problem.message == 'there is no event "pagevew"'
    assert problem.hint == "did you mean `pageview`?"


def test_event__nothing_like_it__the_known_ones_are_named() -> None:
    problem = only(check(EVENTS + "offers: [{name: o, set: {event: zzz, data: {}}}]"), "unknown-event")

    assert problem.hint == "the events are: pageview"


def test_event__section_itself_broken__is_not_complained_about_twice() -> None:
    assert "unknown-event" not in codes(check("events: 5\noffers: [{name: o, set: {event: e, data: {}}}]"))


@pytest.mark.parametrize(
    ("condition", "column", "hint"),
    [
        ("PROFILE.preferencs.length > 0", 13, "did you mean `preferences`?"),
        ("EVENT.a > 0 && PROFILE.spendd > 1", 28, "did you mean `spend`?"),
        ("'EVENT.a > 0 && PROFILE.spendd > 1'", 29, "did you mean `spend`?"),
        ("PROFILE['spendd'] > 1", 13, "did you mean `spend`?"),
        ("PROFILE?.spendd > 1", 13, "did you mean `spend`?"),
        ("PROFILE.zzz > 1", 13, "define it under `attributes` or `keys`"),
    ],
)
def test_profile__name_not_defined__is_an_error_at_its_column(condition: str, column: int, hint: str) -> None:
    problem = only(check(offer(condition)), "unknown-profile-name")

    assert problem.severity == "error"
    assert problem.hint == hint
    assert problem.line == 12
    assert abs(problem.column - column) <= len("PROFILE.")


@pytest.mark.parametrize(
    "condition", ["PROFILE.td_client_id == 'x'", "PROFILE.spend > 1", "PROFILE['spend'] > 1", "EVENT.any > 1"]
)
def test_profile__key_or_attribute__is_known(condition: str) -> None:
    assert check(offer(condition)).errors == ()


@pytest.mark.parametrize(
    "condition", ["PROFILE.preferences.value == 1", "PROFILE.preferences.last", "PROFILE.preferences?.toUpperCase()"]
)
def test_list__used_as_something_else__is_an_error_with_the_way_to_its_items(condition: str) -> None:
    problem = only(check(offer(condition)), "list-misused")

    assert "PROFILE.preferences.at(-1)?.value" in problem.hint


@pytest.mark.parametrize(
    "condition",
    [
        "PROFILE.preferences.length > 0",
        "PROFILE.preferences[0].value == 1",
        "PROFILE.preferences.slice(-1)[0].value == 1",
        "PROFILE.preferences.some(item => item.value == 1)",
        "Array.isArray(PROFILE.preferences)",
        "PROFILE.page.length > 1",
        "PROFILE.spend.toFixed(2) == '1.00'",
    ],
)
def test_attribute__used_as_what_it_is__is_fine(condition: str) -> None:
    assert check(offer(condition)).errors == ()


def test_counter__used_as_a_list__is_an_error() -> None:
    assert only(check(offer("PROFILE.spend.length > 0")), "number-misused").path == "offers[0].set[0].if"


@pytest.mark.parametrize("condition", ["PROFILE.preferences", "'!PROFILE.preferences'", "${PROFILE.preferences}"])
def test_list__as_the_whole_condition__is_warned_of(condition: str) -> None:
    assert only(check(offer(condition)), "list-as-condition").hint == "PROFILE.preferences.length > 0"


def test_profile__in_the_condition_of_an_event__is_refused() -> None:
    text = "keys: [a]\nevents: [{name: e, database: abc, table: abc, if: PROFILE.a == 1}]"

    assert [problem.path for problem in check(text).errors] == ["events[0].if"]


DESTINATIONS = frozenset({("your_database", "pageviews"), ("your_database", "orders")})


@pytest.mark.parametrize(("stage", "severity"), [("draft", "warning"), ("push", "error")])
def test_destination__not_registered__is_a_warning_in_a_draft_and_an_error_at_push(stage: str, severity: str) -> None:
    text = BASE.replace("pageviews", "pagevievs")
    result = check(text, stage=stage, destinations=DESTINATIONS)

    problem = only(result, "unknown-destination")
    assert problem.severity == severity
    assert problem.hint == "did you mean `pageviews`?"
    assert problem.where == 'event "pageview", table'
    assert (result.plan is None) == (severity == "error")


def test_destination__registered_or_not_known__is_fine() -> None:
    assert codes(check(BASE, stage="push", destinations=DESTINATIONS)) == []
    assert codes(check(BASE, stage="push")) == []


@pytest.mark.parametrize(
    ("starts", "ends", "wrong"),
    [
        ("2027-03-01T00:00:00Z", "2027-03-01T00:00:00Z", True),
        ("2027-03-01T00:00:00+01:00", "2027-03-01T00:00:00+02:00", True),
        ("2027-03-01T00:00:00+02:00", "2027-03-01T00:00:00+01:00", False),
        ("2027-03-30T00:00:00Z", "2027-03-31T24:00:00Z", False),
    ],
)
def test_schedule__end_not_after_the_start__is_an_error(starts: str, ends: str, wrong: bool) -> None:
    text = f"{EVENTS}offers: [{{name: o, starts_at: {starts}, ends_at: {ends}, set: {{event: pageview, data: {{}}}}}}]"

    assert ("ends-before-start" in codes(check(text))) == wrong


def golden(step: str) -> str:
    return (
        f"{BASE}tests:\n  - name: t\n    steps:\n      - {{post: your_database/pageviews, event: {{a: 1}}, {step}}}\n"
    )


@pytest.mark.parametrize(
    ("step", "name"),
    [
        ("offers: {preferences_knwn: {}}", "preferences_known"),
        ("profile: {preferencess: 1}", "preferences"),
        ("profile: {td_client: 1}", "td_client_id"),
    ],
)
def test_golden_test__expects_what_does_not_exist__is_an_error(step: str, name: str) -> None:
    assert only(check(golden(step)), "unknown-name").hint == f"did you mean `{name}`?"


def test_golden_test__expects_what_exists__is_fine() -> None:
    step = "offers: {preferences_known: {preferences: dogs}}, profile: {preferences: [], td_client_id: x}"

    assert codes(check(golden(step))) == []
