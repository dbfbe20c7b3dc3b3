from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioning.language.diff import diff_documents
from provisioning.language.switching import CannotSwitch, Section, switch_between, switched, switches

TEXT = """\
# what is offered
offers:
  # the first
  - name: sale   # by marketing
    set:
      - event: pageview
        data: {banner: spring}   # enabled: false
  - name: "welcome: back"
    enabled: true  # since May
    set: {event: pageview, data: {a: b}}
activations:
  - {name: tell, event: pageview, webhook: {url: https://hooks.example.com}}
"""


@pytest.mark.parametrize(
    ("section", "name", "old", "new"),
    [
        ("offers", "sale", "sale   # by marketing\n", "sale   # by marketing\n    enabled: false\n"),
        ("offers", "welcome: back", "enabled: true  # since May", "enabled: false  # since May"),
        ("activations", "tell", "{name: tell", "{enabled: false, name: tell"),
    ],
)
def test_pause__changes_that_one_line(section: str, name: str, old: str, new: str) -> None:
    paused = switched(TEXT, section, name, enabled=False)  # type: ignore[arg-type]
    assert paused == TEXT.replace(old, new)
    assert switched(paused, section, name, enabled=False) == paused  # type: ignore[arg-type]
    on = switched(paused, section, name, enabled=True)  # type: ignore[arg-type]
    assert diff_documents(TEXT, on).changes == ()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("offers:\n- name: x", "offers:\n- name: x\n  enabled: false"),
        ("offers:\r\n- name: x\r\n  set: 1\r\n", "offers:\r\n- name: x\r\n  enabled: false\r\n  set: 1\r\n"),
        ("offers:\n- set: {event: a}\n  name: x\n", "offers:\n- set: {event: a}\n  name: x\n  enabled: false\n"),
        (
            "offers:\n-   name: >-\n      x\n    set: 1\n",
            "offers:\n-   enabled: false\n    name: >-\n      x\n    set: 1\n",
        ),
        ("offers:\n- name:\n    x\n  set: 1\n", "offers:\n- enabled: false\n  name:\n    x\n  set: 1\n"),
        ("offers:\n- name: x\n  enabled:\n  set: 1\n", "offers:\n- name: x\n  enabled: false\n  set: 1\n"),
        ("offers: [{name: x}]", "offers: [{enabled: false, name: x}]"),
        ('{"offers": [{"name": "x"}]}', '{"offers": [{enabled: false, "name": "x"}]}'),
        ("offers:\n- name: 'x' # é 🙂\n", "offers:\n- name: 'x' # é 🙂\n  enabled: false\n"),
    ],
)
def test_pause__however_it_is_written__is_the_smallest_edit(before: str, after: str) -> None:
    assert switched(before, "offers", "x", enabled=False) == after


def test_pause__no_such_offer__is_told() -> None:
    for text in (TEXT, "", "offers: 7\n", "- a\n", "offers:\n  - other\n"):
        with pytest.raises(LookupError):
            switched(text, "offers", "gone", enabled=False)


@pytest.mark.parametrize("before", ["offers:\n- ? name\n  : x\n  ? set\n  : 1\n", "offers:\n- name: x\n- name: x\n"])
def test_pause__where_a_line_would_say_something_else__is_refused_or_right(before: str) -> None:
    try:
        after = switched(before, "offers", "x", enabled=False)
    except CannotSwitch:
        return
    assert next(each.enabled for each in switches(after)) is False


def test_switches__all__are_told_with_their_times() -> None:
    text = TEXT.replace(
        "    enabled: true", "    enabled: false\n    ends_at: 2027-01-01T00:00:00Z\n    starts_at: later"
    )
    assert [(each.section, each.name, each.enabled, each.starts_at, each.ends_at) for each in switches(text)] == [
        ("offers", "sale", True, "", ""),
        ("offers", "welcome: back", False, "later", "2027-01-01T00:00:00Z"),
        ("activations", "tell", True, "", ""),
    ]


@given(st.text(), st.text(), st.booleans())
def test_any_text__is_switched_or_refused_and_nothing_else(text: str, name: str, enabled: bool) -> None:
    try:
        after = switched(f"offers:\n  - name: {name}\n{text}", "offers", name, enabled=enabled)
    except (LookupError, CannotSwitch):
        return
    assert next(each.enabled for each in switches(after) if each.name == name) is enabled


OFFERS = "offers:\n  - name: a\n  - name: b\n    enabled: false\nactivations:\n  - name: c\n"


@pytest.mark.parametrize(
    ("section", "name", "enabled"), [("offers", "a", False), ("offers", "b", True), ("activations", "c", False)]
)
def test_switch_between__one_switched__is_that_one(section: Section, name: str, enabled: bool) -> None:
    found = switch_between(OFFERS, switched(OFFERS, section, name, enabled=enabled))
    assert found is not None
    assert (found.section, found.name, found.enabled) == (section, name, enabled)


@pytest.mark.parametrize(
    "new",
    [
        OFFERS,
        f"{OFFERS}# more\n",
        OFFERS.replace("enabled: false", "enabled: true # and a word"),
        switched(switched(OFFERS, "offers", "a", enabled=False), "offers", "b", enabled=True),
        f"{OFFERS}  - name: d\n    enabled: false\n",
        f"{OFFERS}{' ' * 1000}",
        "- broken: [",
    ],
)
def test_switch_between__anything_else__is_none(new: str) -> None:
    assert switch_between(OFFERS, new) is None
