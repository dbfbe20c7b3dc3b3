"""What changed between two configurations, in sentences."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioning.language.alignment import align
from provisioning.language.diff import Change, diff_documents
from tests.provisioning.language.checking import BASE, DASHED_TOKEN, TOKEN, TOKEN_DIGEST

TWO = BASE.replace(
    "tokens:",
    "  - name: second\n    set: {event: pageview, data: {a: 1}}\ntokens:",
)

EVERY_SECTION = """\
events:
  - {name: view, database: shop, table: pages, if: EVENT.a}
attributes:
  - {name: seen, type: list, event: view, value: "${EVENT.a}"}
  - {name: last, type: single, event: [view, order], value: "${PROFILE.seen.at(-1)?.value}"}
offers:
  - name: hello
    set:
      - {event: view, if: PROFILE.seen.length > PROFILE?.last, data: {a: ["${PROFILE.seen}", {b: "x${PROFILE.seenx}"}]}}
activations:
  - name: tell
    event: view
    if: PROFILE.seen.length > 3
    webhook: {url: "https://x.example/y", headers: {A: "${PROFILE.last}"}, body: {a: "${PROFILE.seen}"}}
tests:
  - name: t
    steps:
      - {post: shop/pages, event: {seen: 1}, offers: {hello: {a: 1}}, profile: {seen: []}}
"""


def changes(old: str, new: str) -> list[Change]:
    return list(diff_documents(old, new).changes)


def texts(old: str, new: str) -> list[str]:
    return [change.text for change in changes(old, new)]


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        ("max_items: 5", "max_items: 6", "attribute x: `max_items` changed from `5` to `6`"),
        ("distinct: true", "max_items: 6", "attribute x: `max_items` changed from `100` to `6`"),
        ("expire_after: 30d", "expire_after: 7d", "attribute x: `expire_after` changed from `30d` to `7d`"),
        ("sensitive: false", "sensitive: true", "attribute x: now sensitive"),
        ("sensitive: true", "distinct: true", "attribute x: no longer sensitive"),
        ("if: EVENT.a", "if: EVENT.b", "attribute x: condition changed from `EVENT.a` to `EVENT.b`"),
        ("if: EVENT.a", "distinct: true", "attribute x: condition removed (was `EVENT.a`)"),
        ("distinct: true", "if: EVENT.a", "attribute x: condition added: `EVENT.a`"),
        ("event: e", "event: [e, f]", "attribute x: events changed from `e` to `e, f`"),
        ("value: a", "value: '${EVENT.b}'", "attribute x: value changed from `a` to `${EVENT.b}`"),
        (
            "type: list",
            "type: single",
            "attribute x: `type` changed from `list` to `single`; its stored values start empty",
        ),
        ("window: 7d", "window: 1d", "attribute x: `window` changed from `7d` to `1d`; its stored values start empty"),
        ("strange: 1", "strange: 2", "attribute x: `strange` changed from `1` to `2`"),
    ],
)
def test_attribute__one_field_changed__one_phrase(old: str, new: str, text: str) -> None:
    assert texts(f"attributes:\n  - {{name: x, {old}}}", f"attributes:\n  - {{name: x, {new}}}") == [text]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("expire_after: 1d", "expire_after: 24h"),
        ("if: EVENT.a", "if: ${ EVENT.a }"),
        ("if: EVENT.a", "if: 'EVENT.a'"),
        ("event: e", "event: [e]"),
        ("event: [e, f]", "event: [f, e]"),
        ("max_items: 100", "distinct: true"),
        ("value: a", 'value: "a"'),
        ("max_items: 5", "max_items: 5  # five"),
        ("max_items: 5, if: x", "if: x, max_items: 5"),
    ],
)
def test_attribute__written_otherwise_but_meaning_the_same__is_no_change(old: str, new: str) -> None:
    text = "attributes:\n  - {{name: x, {}\n    }}"

    assert texts(text.format(old), text.format(new)) == []


def test_offer__condition_and_rules_changed__are_told_in_one_sentence() -> None:
    old = "offers:\n  - name: x\n    set: {event: e, if: EVENT.a, data: {a: 1}}"
    new = """\
offers:
  - name: x
    set:
      - {event: e, if: EVENT.b, data: {a: 1}}
      - {event: f, if: EVENT.b, data: {b: 1}}
      - {event: g, if: EVENT.c, data: {c: 1}}
"""

    assert texts(old, new) == [
        "offer x: rule 1: condition changed from `EVENT.a` to `EVENT.b`; 2 rules added (if `EVENT.b`; if `EVENT.c`)"
    ]


def test_offer__the_only_rule_changed__needs_no_number() -> None:
    old = "offers: [{name: x, set: {event: e, data: {a: 1, b: 2, c: '${EVENT.c}'}}}]"
    new = "offers: [{name: x, set: [{event: e, data: {a: 1, c: '${EVENT.d}', d: [1, 2]}}]}]"

    assert texts(old, new) == [
        "offer x: output key b removed (was `2`); output key c changed from `${EVENT.c}` to `${EVENT.d}`;"
        " output key d added: `[1, 2]`"
    ]


def test_offer__a_rule_put_before_the_others__is_one_rule_added() -> None:
    rules = ["{event: e, if: EVENT.a, data: {a: 1}}", "{event: e, if: EVENT.b, data: {b: 1}}"]
    new = ["{event: f, if: EVENT.c, data: {c: 1}}", *rules]

    def text(written: list[str]) -> str:
        return "offers:\n  - name: x\n    set:\n" + "".join(f"      - {rule}\n" for rule in written)

    assert texts(text(rules), text(new)) == ["offer x: 1 rule added (if `EVENT.c`)"]
    assert texts(text(new), text(rules)) == ["offer x: 1 rule removed (if `EVENT.c`)"]


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        ("", "enabled: false, ", "offer x: paused"),
        ("enabled: false, ", "enabled: true, ", "offer x: switched on"),
        ("", "ends_at: 2027-01-01T00:00:00Z, ", "offer x: `ends_at` added: `2027-01-01T00:00:00Z`"),
        (
            "ends_at: 2027-01-01T00:00:00Z, ",
            "ends_at: 2027-02-01T00:00:00Z, ",
            "offer x: `ends_at` changed from `2027-01-01T00:00:00Z` to `2027-02-01T00:00:00Z`",
        ),
    ],
)
def test_offer__schedule_changed__is_told(old: str, new: str, text: str) -> None:
    offer = "offers: [{{name: x, {}set: {{event: e, data: {{}}}}}}]"

    assert texts(offer.format(old), offer.format(new)) == [text]


def test_offer__same_moment_in_another_zone__is_no_change() -> None:
    offer = "offers: [{{name: x, ends_at: {}, set: {{event: e, data: {{}}}}}}]"

    assert texts(offer.format("2027-01-01T00:00:00Z"), offer.format("2027-01-01T01:00:00+01:00")) == []


def test_activation__webhook_changed__is_told_by_part() -> None:
    activation = "activations: [{{name: x, event: e, webhook: {{url: '{}', headers: {{{}}}, body: {{a: 1}}}}}}]"

    assert texts(
        activation.format("https://a.example", "X-A: 1"), activation.format("https://b.example", "X-A: 2")
    ) == [
        "activation x: webhook: `url` changed from `https://a.example` to `https://b.example`;"
        " webhook: header X-A changed from `1` to `2`"
    ]


def test_parts__added_and_removed__are_named_with_their_kind() -> None:
    found = changes(BASE, BASE.replace("preferences", "likes").replace("type: list", "type: single"))

    assert [(change.section, change.name, change.change) for change in found] == [
        ("attributes", "preferences", "removed"),
        ("attributes", "likes", "added"),
        ("offers", "preferences_known", "removed"),
        ("offers", "likes_known", "added"),
    ]
    assert found[1].text == "attribute likes: added (single)"


def test_key__other_column__is_another_key() -> None:
    assert [change.change for change in changes("keys: [a]", "keys: [b]")] == ["removed", "added"]


@pytest.mark.parametrize("section", ["keys", "attributes"])
def test_order__where_it_matters__is_told(section: str) -> None:
    found = changes(f"{section}: [{{name: a}}, {{name: b}}]", f"{section}: [{{name: b}}, {{name: a}}]")

    assert [(change.section, change.name, change.change) for change in found] == [(section, "", "changed")]
    assert found[0].text.endswith("changed to b, a")


def test_order__of_offers__does_not_matter() -> None:
    assert (
        changes("offers: [{name: a, set: 1}, {name: b, set: 2}]", "offers: [{name: b, set: 2}, {name: a, set: 1}]")
        == []
    )


def test_key__shorthand_and_long_form__are_the_same() -> None:
    assert changes("keys: [a]", "keys: [{name: a, public: false}]") == []


def test_description__changed__is_told() -> None:
    assert texts("description: a", "description: b") == ["configuration: description changed from `a` to `b`"]


def test_token__raw_and_stored_form__are_the_same() -> None:
    assert changes(f"tokens: [{TOKEN}]", f"tokens: ['sha256:{TOKEN_DIGEST}']") == []


@pytest.mark.parametrize("form", [TOKEN, TOKEN.upper(), DASHED_TOKEN])
def test_token__added__is_never_shown(form: str) -> None:
    difference = diff_documents("tokens: []", f"tokens:\n  - {form}   # this one\n")

    assert [change.text for change in difference.changes] == [f"token sha256:{TOKEN_DIGEST[:12]}…: added"]
    assert form not in str(difference.as_dict())
    assert "…" in difference.unified


def test_unified__names_and_lines__as_usual() -> None:
    assert diff_documents("a: 1\nb: 2\n", "a: 1\nb: 3\n", old_name="version 4", new_name="version 5").unified == (
        "--- version 4\n+++ version 5\n@@ -1,2 +1,2 @@\n a: 1\n-b: 2\n+b: 3\n"
    )


@pytest.mark.parametrize(
    "text",
    [
        "offers: [{name: x, set: 5}, 7, {}, [1]]\nkeys: 5\ntokens: {a: 1}\nevents: [{name: [1]}]\nattributes:\n",
        "offers: [{name: x}, {name: x}]\ndescription: [1]\nunknown: 1",
        "- 1\n- 2",
        "text",
        "",
        "a: &x 1\nb: *x",
        "tests: [{name: t, steps: {post: a}}]\nactivations: [{name: a, webhook: [1, 2]}]",
        "activations: [{name: a, webhook: []}]",
        "activations: [{name: a, webhook: [{url: x}, {url: y}]}]",
        "tokens: [[a], sha256:5f0c, x, {name: [a]}, {a: b}]\noffers: [{name: a, starts_at: soon, ends_at: !t later}]",
    ],
)
def test_diff__texts_that_no_longer_validate__are_compared_all_the_same(text: str) -> None:
    assert diff_documents(text, text).changes == ()
    assert diff_documents(text, BASE).readable
    assert diff_documents(BASE, text).readable


def test_diff__a_text_that_is_no_yaml__is_compared_as_text_only() -> None:
    difference = diff_documents(BASE, "a: [1")

    assert difference.changes == ()
    assert not difference.readable
    assert "+a: [1" in difference.unified


@given(st.lists(st.sampled_from("abcdef"), max_size=6), st.lists(st.sampled_from("abcdef"), max_size=6))
def test_align__any_two_lists__keeps_every_item_once_and_in_order(before: list[str], after: list[str]) -> None:
    pairs = align(before, after, lambda old, new: float(old == new))

    assert [old for old, _ in pairs if old is not None] == before
    assert [new for _, new in pairs if new is not None] == after
    assert all(old == new for old, new in pairs if old is not None and new is not None)


def test_align__very_long_lists__are_paired_by_position() -> None:
    pairs = align(list(range(200)), list(range(150)), lambda old, new: 0.0)

    assert len(pairs) == 200
    assert pairs[149] == (149, 149)
    assert pairs[150] == (150, None)


LINES = st.lists(
    st.sampled_from(
        [*BASE.splitlines(), "    enabled: false", "  - {name: x}", "keys:", "  - name: y", "    set: {event: z}"]
    ),
    max_size=25,
).map("\n".join)


@given(LINES, LINES)
def test_diff__any_lines__raises_nothing_and_tells_sentences(old: str, new: str) -> None:
    difference = diff_documents(old, new)

    assert all(": " in change.text for change in difference.changes)
    assert diff_documents(old, old).changes == ()


def test_offer__its_rules_in_another_order__are_moved() -> None:
    rules = [f"      - {{event: e, if: EVENT.{name}, data: {{{name}: 1}}}}\n" for name in "abcd"]
    head = "offers:\n  - name: x\n    set:\n"

    assert texts(head + "".join(rules), head + "".join([*rules[1:], rules[0]])) == [
        "offer x: 1 rule moved (if `EVENT.a`)"
    ]
    changed = [*rules[1:], rules[0], rules[0].replace("EVENT.a", "EVENT.z").replace("{a:", "{z:")]
    assert texts(head + "".join(rules), head + "".join(changed)) == [
        "offer x: 1 rule moved (if `EVENT.a`); 1 rule added (if `EVENT.z`)"
    ]


@pytest.mark.parametrize(
    ("added", "told"),
    [
        ("      - {event: e, data: {b: 1}}\n", "1 rule added (without `if`)"),
        ("".join(f"      - {{event: e, if: EVENT.b{n}, data: {{b: {n}}}}}\n" for n in range(4)), "4 rules added"),
        ("      - {event: e, if: EVENT.b == 'e65d8a9df2094f02b84cd660efff6f27', data: {b: 1}}\n", "…6f27"),
    ],
)
def test_offer__rules_added__are_named_when_they_are_few(added: str, told: str) -> None:
    text = "offers:\n  - name: x\n    set:\n      - {event: e, if: EVENT.a, data: {a: 1}}\n"
    [said] = texts(text, text + added)

    assert said.endswith(told) if "…" not in told else told in said
    assert "e65d8a9d" not in said


def test_test__a_step_added__is_told_with_its_destination() -> None:
    text = "tests:\n  - name: t\n    steps:\n      - {post: abc/abc, event: {a: 1}}\n"

    assert texts(text, f"{text}      - {{post: abc/def, event: {{}}}}\n") == ["test t: 1 step added (`abc/def`)"]


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        ("event: {seen: 1}", "event: {seen: 2}", "test t: column seen changed from `1` to `2`"),
        ("event: {seen: 1}", "event: {seen: 1, b: 2}", "test t: column b added: `2`"),
        ("{hello: {a: 1}}", "{}", 'test t: expected offer hello removed (was `{"a": 1}`)'),
        ("profile: {seen: []}", "profile: {last: 1}",
         "test t: expected PROFILE seen removed (was `[]`); expected PROFILE last added: `1`"),
        ("{post: shop/pages,", "{post: shop/pages, path: public,",
         "test t: `path` changed from `private` to `public`"),
        ("post: shop/pages", "post: shop/other", "test t: destination changed from `shop/pages` to `shop/other`"),
        ("body: {a: ", "body: {b: 1, a: ", "activation tell: webhook: body key b added: `1`"),
        ('headers: {A: "${PROFILE.last}"}', "headers: {B: x}",
         "activation tell: webhook: header A removed (was `${PROFILE.last}`); webhook: header B added: `x`"),
        ("https://x.example/y", "https://x.example/z",
         "activation tell: webhook: `url` changed from `https://x.example/y` to `https://x.example/z`"),
        ("table: pages, if: EVENT.a", "table: other, if: EVENT.b",
         "event view: `table` changed from `pages` to `other`; condition changed from `EVENT.a` to `EVENT.b`"),
        ("events:\n", "description: New\nevents:\n", "configuration: description added: `New`"),
        ("name: t\n", "name: t\n    at: 2027-01-01T00:00:00Z\n", "test t: `at` added: `2027-01-01T00:00:00Z`"),
    ],
)  # fmt: skip
def test_field__of_any_section__its_change_is_told_in_words(old: str, new: str, text: str) -> None:
    assert old in EVERY_SECTION
    assert texts(EVERY_SECTION, EVERY_SECTION.replace(old, new)) == [text]
