"""The words in which a change is told."""

from __future__ import annotations

import pytest

from provisioning.language.diff import diff_documents
from tests.provisioning.language.checking import TOKEN


def texts(old: str, new: str) -> list[str]:
    return [change.text for change in diff_documents(old, new).changes]


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        ("", "description: New", "configuration: description added: `New`"),
        ("description: Old", "", "configuration: description removed (was `Old`)"),
        ("description: ''", "description: New", "configuration: description added: `New`"),
        ("description: Old", "description:", "configuration: description removed (was `Old`)"),
        ("description: Old", "description: New", "configuration: description changed from `Old` to `New`"),
    ],
)
def test_description__added_removed_changed__is_told_as_that(old: str, new: str, text: str) -> None:
    assert texts(old, new) == [text]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('""', "x", "changed from the empty text to `x`"),
        ("x", '""', "changed from `x` to the empty text"),
        ("1", '"1"', 'changed from `1` to `"1"`'),
        ('"true"', "true", 'changed from `"true"` to `true`'),
        ("null", '"null"', 'changed from `null` to `"null"`'),
        ("[]", "{}", "changed from `[]` to `{}`"),
    ],
)
def test_output_key__empty_or_of_another_type__the_difference_is_seen(old: str, new: str, said: str) -> None:
    offer = "offers: [{{name: x, set: {{event: e, data: {{a: {}}}}}}}]"

    assert texts(offer.format(old), offer.format(new)) == [f"offer x: output key a {said}"]


def test_long_value__changed_near_its_end__what_differs_is_shown() -> None:
    offer = "offers: [{{name: x, set: {{event: e, data: {{a: {}}}}}}}]"
    same = "why not " * 40

    (text,) = texts(offer.format(f"{same} dogs {same}"), offer.format(f"{same} cats {same}"))

    assert " dogs why" in text
    assert " cats why" in text
    assert text.count("…") == 4
    assert len(text) < 330


def test_long_value__only_longer__says_so() -> None:
    offer = "offers: [{{name: x, set: {{event: e, data: {{a: '{}'}}}}}}]"
    same = "ten words " * 20

    (text,) = texts(offer.format(same), offer.format(f"{same}more"))

    assert text.endswith(
        "`…ten words ten words ten words ten words ` to `…ten words ten words ten words ten words more`"
    )


@pytest.mark.parametrize(
    ("section", "item", "text"),
    [
        ("keys", "{name: x, public: true}", "key x: added (public)"),
        ("keys", "{name: x, sensitive: true}", "key x: added (sensitive)"),
        ("attributes", "{name: x, type: imported, sensitive: true}", "attribute x: added (imported, sensitive)"),
        ("offers", "{name: x, enabled: false, set: {event: e, data: {}}}", "offer x: added (paused)"),
        ("activations", "{name: x, enabled: false, event: e}", "activation x: added (paused)"),
        ("events", "{name: x, database: abc, table: def}", "event x: added (abc/def)"),
    ],
)
def test_part__added__says_what_it_is(section: str, item: str, text: str) -> None:
    assert texts("", f"{section}: [{item}]") == [text]
    assert texts(f"{section}: [{item}]", "") == [text.partition(" added")[0] + " removed"]


def test_test__expectations_added_and_removed__are_called_so() -> None:
    test = "tests: [{{name: t, steps: [{{post: abc/def, event: {{}}{}}}]}}]"

    assert texts(test.format(""), test.format(", offers: {}, profile: {a: 1}")) == [
        'test t: expected offers added: `{}`; expected PROFILE added: `{"a": 1}`'
    ]


@pytest.mark.parametrize("changed", ["type: counter, window: 7d", "type: single, value: a"])
def test_attribute__another_window_or_type__says_that_stored_values_start_empty(changed: str) -> None:
    (text,) = texts("attributes: [{name: x, type: counter}]", f"attributes: [{{name: x, {changed}}}]")

    assert text.endswith("; its stored values start empty")


def test_long_value__a_token_where_it_is_cut__is_hidden_wholly() -> None:
    offer = "offers: [{{name: x, set: {{event: e, data: {{a: '{}'}}}}}}]"

    for before in range(90, 130):
        (text,) = texts(offer.format("-" * before + TOKEN), offer.format("-" * before + TOKEN + " more"))
        assert TOKEN[:8] not in text
        assert TOKEN[8:16] not in text
