"""One slip at a time in a real configuration: one problem, in the right line, with words that help."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from tests.provisioning.language.checking import check

SHOP = (Path(__file__).parents[3] / "docs" / "examples" / "shop.yaml").read_text()
METHOD = "value: ${EVENT.category.toLowerCase()}"
CHOICE = 'value: "${EVENT.amount > 0 ? 0 : EVENT.items}"'
LAST_RULE = "      - event: product_view\n        data: {level: new}"


class Slip(NamedTuple):
    """What was right, what was typed, and what is said: its code, a part of its words, and the mended line."""

    right: str
    typed: str
    code: str
    said: str
    mended: str = ""
    below: int = 0  # lines from the beginning of what was typed


SLIPS = [
    Slip("keys:\n", "kyes:\n", "unknown-field", "did you mean `keys`?", "keys:"),
    Slip("\nevents:\n", "\nevent:\n", "unknown-field", "did you mean `events`?", "events:", 1),
    Slip("attributes:\n", "atributes:\n", "unknown-field", "did you mean `attributes`?", "attributes:"),
    Slip("offers:\n", "offer:\n", "unknown-field", "did you mean `offers`?", "offers:"),
    Slip("- {name: cart_change", "- {nmae: cart_change", "unknown-field", "did you mean `name`?", "name: cart_change"),
    Slip("- name: spend_90d", "- nmae: spend_90d", "unknown-field", "did you mean `name`?", "- name: spend_90d"),
    Slip("- name: email", "- nmae: email", "unknown-field", "did you mean `name`?", "- name: email"),
    Slip("- name: loyalty ", "- nmae: loyalty ", "unknown-field", "did you mean `name`?", "- name: loyalty "),
    Slip("table: carts", "tabel: carts", "unknown-field", "did you mean `table`?", "table: carts"),
    Slip("type: list", "type: lst", "bad-choice", "did you mean `list`?"),
    Slip("event: product_view\n    value", "event: product_veiw\n    value", "unknown-event", "`product_view`?"),
    Slip("max_items: 20", "max_items: twenty", "wrong-type", "a whole number"),
    Slip("expire_after: 30d", "expire_after: 30 days", "wrong-type", "like 30m, 12h or 7d"),
    Slip(METHOD, METHOD.replace("Case", "case"), "expression-method", "did you mean `toLowerCase`?"),
    Slip(METHOD, METHOD.removesuffix("}"), "expression-syntax", "add `}`"),
    Slip(METHOD, "value: EVENT.category.toLowerCase()", "literal-text", "did you mean `${", METHOD),
    Slip(METHOD, "value: {{EVENT.category.toLowerCase()}}", "double-braces", "write `${…}`", METHOD),
    Slip(CHOICE, CHOICE.removesuffix('"'), "yaml-syntax", "the quote that opens here"),
    Slip(CHOICE, CHOICE.replace('"', "”"), "curly-quotes", "straight ones", CHOICE),
    Slip("PROFILE.orders > 0", "PROFILE.orders = 0", "expression-unsupported", "compare with `===`"),
    Slip("PROFILE.orders > 0", "PROFILE.orders and 1", "expression-syntax", "write &&"),
    Slip("PROFILE.orders > 0", "PROFILE.orders => 1", "expression-syntax", "write `>=`"),
    Slip("PROFILE.orders > 0", "PROFILE.orders =< 1", "expression-syntax", "write `<=`"),
    Slip("PROFILE.orders > 0", "PROFILE.ordres > 0", "unknown-profile-name", "did you mean `orders`?"),
    Slip("PROFILE.orders > 0", "PROFILES.orders > 0", "expression-unknown-name", "did you mean `PROFILE`?"),
    Slip("  if: PROFILE.orders", "if: PROFILE.orders", "dedented", "indent two more", "        if: PROFILE.orders"),
    Slip("        if: PROFILE.orders", "\tif: PROFILE.orders", "tab", "two spaces for each level"),
    Slip(LAST_RULE, LAST_RULE.replace("        data", "    data"), "dedented", "four more", "        data:", 1),
    Slip("  - name: loyalty ", "  -name: loyalty ", "missing-space", "after the dash", "  - name: loyalty "),
    Slip(
        "name: open_cart\n    set", "name:open_cart\n    set", "missing-space", "after the colon", "- name: open_cart"
    ),
    Slip("gold, discount: 10}", "gold, discount: 10", "yaml-syntax", "not closed"),
    Slip("data: {level: gold", "date: {level: gold", "unknown-field", "did you mean `data`?", "data: {level: gold"),
    Slip("starts_at: 2027-03-01T00:00:00+01:00", "starts_at: 2027-03-01", "wrong-type", "written like 2027-03-01T"),
    Slip("url: https:", "url: http:", "plain-http", "use https://"),
    Slip("      url:", "      ulr:", "unknown-field", "did you mean `url`?", "      url:"),
    Slip("SECRET.crm_key", "SECRETS.crm_key", "expression-unknown-name", "did you mean `SECRET`?"),
    Slip("public: true", "public: yes", "wrong-type", "write true"),
    Slip("- post: shop/carts", "- post: shop", "bad-name", "database/table"),
    Slip("offers: {open_cart:", "offers: {open_crt:", "unknown-name", "did you mean `open_cart`?"),
    Slip("increment: ${EVENT.amount}", "increment: EVENT.amount", "wrong-type", "`${EVENT.amount}`?", "increment: ${"),
]


@pytest.mark.parametrize("slip", SLIPS, ids=lambda slip: slip.typed.strip()[:40])
def test_slip__a_single_one__is_one_problem_in_its_line(slip: Slip) -> None:
    line = SHOP[: SHOP.index(slip.right)].count("\n") + 1 + slip.below
    result = check(SHOP.replace(slip.right, slip.typed, 1))

    [problem] = result.problems
    assert (problem.code, problem.line) == (slip.code, line)
    assert slip.said in f"{problem.message}; {problem.hint}"
    assert slip.mended in problem.mended
    assert bool(slip.mended) == bool(problem.mended)


def test_slip__a_dash_is_missing__what_stands_twice_is_told_and_nothing_of_what_follows() -> None:
    result = check(SHOP.replace("  - name: loyalty ", "    name: loyalty ", 1))

    assert {problem.code for problem in result.problems} == {"duplicate-key"}
    assert result.problems[0].hint == "begin a new item with `- `, in the column of the others"
