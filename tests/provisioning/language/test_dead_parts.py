"""Parts without effect are warned of, and nothing else is."""

from __future__ import annotations

import pytest

from tests.provisioning.language.checking import BASE, check, codes, only

EVENTS = """\
keys: [td_client_id]
events:
  - {name: pageview, database: your_database, table: pageviews}
  - {name: purchase, database: your_database, table: orders}
tokens: [{name: web-eu}]
"""


def rules(*written: str) -> str:
    lines = "".join(f"      - {rule}\n" for rule in written)
    return f"{EVENTS}offers:\n  - name: x\n    set:\n{lines}"


def test_attribute__nothing_reads__is_warned_of() -> None:
    text = BASE.replace("PROFILE.preferences.length > 0", "EVENT.a > 0").replace(
        "${PROFILE.preferences.slice(-1)[0].value}", "1"
    )

    assert only(check(text), "unread-attribute").where == 'attribute "preferences", name'


def test_attribute__only_itself_reads__is_warned_of() -> None:
    text = BASE.replace("PROFILE.preferences.length > 0", "EVENT.a > 0").replace(
        "${PROFILE.preferences.slice(-1)[0].value}", "1"
    )
    text = text.replace("value: ${EVENT.some_key}", "value: ${PROFILE.preferences.length}")

    assert "unread-attribute" in codes(check(text))


@pytest.mark.parametrize("data", ["${JSON.stringify(PROFILE)}", "${PROFILE[EVENT.a]}", "${PROFILE.preferences}"])
def test_attribute__read_by_name_or_as_part_of_the_whole__is_not_dead(data: str) -> None:
    text = BASE.replace("PROFILE.preferences.length > 0", "EVENT.a > 0").replace(
        "${PROFILE.preferences.slice(-1)[0].value}", data
    )

    assert codes(check(text)) == []


def test_event__nothing_uses__is_warned_of() -> None:
    result = check(rules("{event: pageview, data: {a: 1}}"))

    assert only(result, "unused-event").where == 'event "purchase", name'


@pytest.mark.parametrize(
    "first", ["{event: [pageview, purchase], data: {}}", "{event: [pageview, purchase], if: true, data: {}}"]
)
def test_rule__behind_an_unconditional_one__is_warned_of(first: str) -> None:
    problem = only(check(rules(first, "{event: purchase, if: EVENT.a > 0, data: {}}")), "hidden-rule")

    assert problem.path == "offers[0].set[1]"
    assert "line 9" in problem.message


@pytest.mark.parametrize(
    "written",
    [
        ("{event: pageview, data: {}}", "{event: purchase, data: {}}"),
        ("{event: pageview, data: {}}", "{event: [pageview, purchase], data: {}}"),
        ("{event: [pageview, purchase], if: EVENT.a > 0, data: {}}", "{event: [pageview, purchase], data: {}}"),
    ],
)
def test_rule__that_can_still_match__is_not_dead(written: tuple[str, ...]) -> None:
    assert codes(check(rules(*written))) == []


def test_rule__behind_two_that_cover_its_events__is_warned_of() -> None:
    result = check(
        rules("{event: pageview, data: {}}", "{event: purchase, data: {}}", "{event: [pageview, purchase], data: {}}")
    )

    assert only(result, "hidden-rule").path == "offers[0].set[2]"


@pytest.mark.parametrize("condition", ["false", "1 > 2", "null", "'\"\"'", "undefined.x"])
def test_condition__never_true__is_warned_of(condition: str) -> None:
    result = check(rules(f"{{event: [pageview, purchase], if: {condition}, data: {{}}}}"))

    assert only(result, "never-true").path == "offers[0].set[0].if"


@pytest.mark.parametrize(
    ("ends", "dead"), [("2027-01-15T07:59:59Z", True), ("2027-01-15T08:00:00Z", True), ("2027-01-15T08:00:01Z", False)]
)
def test_offer__that_has_ended__is_warned_of(ends: str, dead: bool) -> None:
    text = f"{EVENTS}offers: [{{name: x, ends_at: {ends}, set: {{event: [pageview, purchase], data: {{}}}}}}]"

    assert ("ended" in codes(check(text))) == dead


def test_keys__none_though_something_needs_them__is_warned_of() -> None:
    assert "no-keys" in codes(check(BASE.replace("keys:\n  - name: td_client_id\n", "")))
    assert "no-keys" not in codes(check("version: 1\n"))


READER = "if: PROFILE.preferences.length > 0"
ONLY_READER = BASE.replace("${PROFILE.preferences.slice(-1)[0].value}", "1")


@pytest.mark.parametrize(
    "reader",
    [
        "if: PROFILE.preference.length > 0",
        "if: PROFILE.Preferences.length > 0",
        "if: PROFILE.preferences.length = 0",
        "if: PROFILE.preferences.size() > 0",
        "if: (PROFILE.preferences.length > 0",
        "if: Object.keys(PROFILE).lenght() > 0",
        "if: !PROFILE.preferences.length",
        "if: [PROFILE.preferences.length]",
        "if: EVENT.title == 'Offer #1' && PROFILE.preferences.length > 0",
        "iff: PROFILE.preferences.length > 0",
        "condition: PROFILE.preferences.length > 0",
        "extra: {text: '${PROFILE.preferences.length}'}",
    ],
)
def test_attribute__its_only_reader_refused_or_misspelt__is_not_called_unread(reader: str) -> None:
    result = check(ONLY_READER.replace(READER, reader))

    assert result.errors
    assert "unread-attribute" not in codes(result)


def test_attribute__read_in_a_section_that_is_misspelt__is_not_called_unread() -> None:
    assert codes(check(BASE.replace("offers:", "offer:"))) == ["unknown-field"]


def test_attribute__really_unread_beside_an_error__is_still_warned_of() -> None:
    text = ONLY_READER.replace(READER, "if: EVENT.a = 1")

    assert codes(check(text)) == ["unread-attribute", "expression-unsupported"]


def test_attribute__named_in_a_test_only__is_still_unread() -> None:
    text = ONLY_READER.replace(READER, "if: EVENT.a = 1") + "tests:\n  - name: preferences\n    steps: []\n"

    assert "unread-attribute" in codes(check(text))


@pytest.mark.parametrize("user", ["event: pageviw", "event: [pageviw]", "event: Pageview", "evnt: pageview"])
def test_event__its_only_user_misspells_something__is_not_called_unused(user: str) -> None:
    text = rules(f"{{{user}, data: {{}}}}", "{event: purchase, data: {}}")
    result = check(text)

    assert result.errors
    assert "unused-event" not in codes(result)


def test_event__really_unused_beside_an_error__is_still_warned_of() -> None:
    assert "unused-event" in codes(check(rules("{event: pageview, if: EVENT.a = 1, data: {}}")))


@pytest.mark.parametrize("condition", ["iff: EVENT.a == 1", "If: EVENT.a == 1", "filter: EVENT.a == 1"])
def test_rule__its_condition_misspelt__hides_nothing(condition: str) -> None:
    result = check(rules(f"{{event: [pageview, purchase], {condition}, data: {{}}}}", "{event: purchase, data: {}}"))

    assert codes(result) == ["unknown-field"]


def test_rule__its_condition_beside_it__hides_nothing() -> None:
    text = rules("{event: pageview, data: {}}", "{event: [pageview, purchase], data: {}}") + "    if: EVENT.a == 1\n"

    assert codes(check(text)) == ["dedented"]


@pytest.mark.parametrize(("section", "written"), [("events", "event"), ("keys", "key"), ("tokens", "token")])
def test_section__misspelt__is_the_one_problem(section: str, written: str) -> None:
    assert codes(check(BASE.replace(f"{section}:", f"{written}:"))) == ["unknown-field"]
