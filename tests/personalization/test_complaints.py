"""From counts and examples to the step at which events are lost, and why: tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from personalization.complaints.causes import causes
from personalization.complaints.facts import Cause, Example, Facts, Failure, Looked, Refused, TokenFact
from personalization.complaints.funnel import Loss, funnel, worst
from personalization.complaints.nameless_causes import causes_without_a_name
from personalization.traffic import Row
from tests.personalization.rig import CONFIGURATION
from tests.personalization.world import NOW, World, plan_of

PLAN = plan_of(CONFIGURATION)
SITE = TokenFact("site", "public", "…bbbb", "", ("https://shop.example.com",))
OFFICE = TokenFact("office", "private", "…aaaa", "", (), ("192.0.2.0/24",))
TOKENS = {2: SITE, 3: OFFICE}
FACTS = Facts(tokens=TOKENS, destinations=frozenset({("your_database", "pageviews")}), plan=PLAN)


def row(requests: int, reason: str = "", *, code: int = 200, table: str = "pageviews") -> Row:
    return Row(1, "your_database", table, code, reason, requests)


def told(rows: Sequence[Row], facts: Facts = FACTS) -> tuple[Cause, ...]:
    return causes(funnel(rows), rows, facts)


def refused(code: int, **more: Any) -> Refused:
    return replace(Refused(code, 0, "", ("your_database", "pageviews"), "", "", "why"), **more)


def looked(text: str, *, public: bool = False, table: str = "pages", head: str | None = None, **event: Any) -> Looked:
    """An event to `shop/pages` of somebody new, as the configuration takes it."""
    world = World(text) if head is None else World(text, head=head)
    answer, explanation = world.profiles.explain("shop", table, event, public=public, now=NOW)
    return Looked(Example(("shop", table), f"{len(event):032x}", NOW), tuple(event), answer.reason, explanation)


def test_funnel__every_kind__lost_at_its_step() -> None:
    rows = [
        row(100),
        row(1, "no-live-version"),
        row(2, "not-monitored"),
        row(4, "no-key"),
        row(8, "no-event"),
        row(16, "no-rule"),
        row(32, "withheld"),
        row(64, "error"),
        row(128, code=3007),
        row(256, code=3001),
        row(5, code=3001, table="others"),
    ]
    steps = funnel(rows)
    assert [(step.name, step.requests, step.lost) for step in steps] == [
        ("requests", 616, 0),
        ("accepted", 227, 389),
        ("monitored", 224, 3),
        ("identified", 220, 4),
        ("event", 212, 8),
        ("rule", 196, 16),
        ("returned", 100, 96),
    ]
    assert steps[1].losses == (Loss(3001, "", 261), Loss(3007, "", 128))
    assert steps[-1].losses == (Loss(200, "error", 64), Loss(200, "withheld", 32))
    lost_most = worst(steps)
    assert lost_most is not None
    assert lost_most.name == "accepted"


def test_funnel__nothing__has_every_step_and_no_worst() -> None:
    steps = funnel([])
    assert [(step.requests, step.losses) for step in steps] == [(0, ())] * 7
    assert worst(steps) is None
    assert told([]) == ()
    assert told([row(5)]) == ()


REFUSALS: list[tuple[str, Refused, str, str, str]] = [
    ("origin", refused(3007, token=2, origin="https://shop.example.org"),
     "pages of https://shop.example.org are refused: that origin is not on the list of the token “site”. It differs "
     "from https://shop.example.com, which is. Add it.", "token-rules", "2"),
    ("no origin", refused(3007, token=2), "requests to /public without an `Origin`", "token", "2"),
    ("origin, token unknown", refused(3007, origin="https://x.example"), "the list of its token. Add it", "token", ""),
    ("address", refused(3005, token=3, address="198.51.100.7"),
     "calls from 198.51.100.7 are refused: the list of the token “office”", "token-rules", "3"),
    ("address of the key", refused(3005, token=2, address="198.51.100.7"), "the list of the API key", "keys", ""),
    ("token unknown", refused(3001, token_hint="9999"), "a token that ends in 9999", "token", ""),
    ("kind", refused(3006, token=2), "a public one: its events belong to /public/database/table", "token", "2"),
    ("body", refused(3004, message="The body is not JSON."), "Code 3004: The body is not JSON.", "", ""),
]  # fmt: skip


@pytest.mark.parametrize("case", REFUSALS, ids=lambda case: case[0])
def test_refusal__with_an_example__names_what_to_change(case: tuple[str, Refused, str, str, str]) -> None:
    _, example, says, page, of = case
    [cause] = told([row(7, code=example.code)], replace(FACTS, refused=(example,)))
    assert says in cause.text
    assert (cause.step, cause.page, cause.of) == ("accepted", page, of)


def nameless(*examples: Refused, **tokens: Any) -> tuple[Cause, ...]:
    return causes_without_a_name(replace(FACTS, nameless=examples, **tokens))


ASKED = refused(3009, is_preflight=True, origin="https://new.example.com")
SECOND = TokenFact("second", "public", "…cccc", "", ("https://blog.example.org",))
# The public tokens that there are, the origin, what is said, and the page that mends it.
ASKING: list[tuple[str, dict[int, TokenFact], str, str, tuple[str, str, str]]] = [
    ("one token", TOKENS, "https://new.example.org",
     "add this origin to the token “site”.", ("token-rules", "2", "https://new.example.org")),
    ("a slip", TOKENS, "https://www.shop.example.com",
     "It differs from https://shop.example.com, which is on its list.",
     ("token-rules", "2", "https://www.shop.example.com")),
    ("the nearest of two", TOKENS | {4: SECOND}, "https://blogs.example.org",
     "add this origin to the token “second”", ("token-rules", "4", "https://blogs.example.org")),
    ("neither is near", TOKENS | {4: SECOND}, "https://new.example",
     "to the public token that it uses: “site”, “second”.", ("token", "", "")),
    ("none", {3: OFFICE}, "https://new.example.org", "no public token that is accepted", ("token", "", "")),
    ("added since", TOKENS, "https://shop.example.com", "on the list of the token “site” now", ("token", "2", "")),
    ("listed, but revoked", {2: replace(SITE, why="revoked")}, "https://shop.example.com",
     "the token “site” is revoked, but still in use", ("token", "2", "")),
    ("listed, but not live", {2: replace(SITE, why="not listed in live version 3")}, "https://shop.example.com",
     "Add it to the draft and push.", ("draft", "site", "")),
    ("a file", TOKENS, "null", "it has to come from a web server", ("", "", "")),
]  # fmt: skip


@pytest.mark.parametrize("case", ASKING, ids=lambda case: case[0])
def test_preflight__that_was_refused__names_origin_table_and_token(case: Any) -> None:
    _, tokens, origin, says, mend = case
    [cause] = nameless(*[replace(ASKED, origin=origin)] * 3, tokens=tokens)
    assert f"pages of {origin} may send events to `your_database/pageviews`" in cause.text
    assert says in cause.text
    assert (cause.step, (cause.page, cause.of, cause.origin)) == ("requests", mend)


def test_preflights__of_several_origins_and_tables__the_most_frequent_first() -> None:
    other = replace(ASKED, origin="https://other.example.org", table=("shop", "orders"))
    first, second = nameless(other, ASKED, replace(other, table=("shop", "pages")))
    assert "https://other.example.org may send events to `shop/orders`, `shop/pages`" in first.text
    assert first.details[-1] == "2 such questions are kept as an example."
    assert "https://new.example.com" in second.text
    assert second.details[-1] == "1 such question is kept as an example."


@pytest.mark.parametrize(
    ("example", "says", "detail"),
    [
        (refused(3000), "Code 3000: There is no `WP13n-Token`.", "Sent to `your_database/pageviews`."),
        (refused(3003, origin="https://a.example"), "Code 3003: `WP13n-Token` has", "From pages of https://a.example."),
        (refused(404, table=("", "")), "Code 404: The path is not", "1 of them is kept as an example."),
        (refused(3001, token_hint="6f27"), "Code 3001: ", "ends in 6f27, names an instance that the account does not"),
    ],
)
def test_refusal__that_names_the_account_alone__is_told(example: Refused, says: str, detail: str) -> None:
    [cause] = nameless(example)
    assert says in cause.text
    assert any(detail in each for each in cause.details)
    assert "`/`" not in " ".join(cause.details)


@pytest.mark.parametrize(
    ("why", "says", "page"),
    [
        ("", "it is now", "token"),
        ("revoked", "is revoked, but still in use", "token"),
        ("not listed in live version 3", "is not accepted: not listed in live version 3. Add it to the draft", "draft"),
    ],
)
def test_refusal__of_a_known_token__says_why(why: str, says: str, page: str) -> None:
    facts = replace(FACTS, tokens={2: replace(SITE, why=why)}, refused=(refused(3001, token_hint="bbbb"),))
    [cause] = told([row(7, code=3001)], facts)
    assert says in cause.text
    assert cause.page == page


@pytest.mark.parametrize(
    "code", [401, 404, 408, 413, 415, 1005, 2003, 3000, 3001, 3002, 3003, 3004, 3005, 3006, 3007, 3009, 9999]
)
def test_refusal__without_an_example__is_told_all_the_same(code: int) -> None:
    [cause] = told([row(7, code=code)])
    assert cause.requests == 7
    assert f"Code {code}: " in cause.text
    assert "turned away" not in cause.text


def test_unmonitored__a_slip__names_the_table_that_is_meant() -> None:
    slip, other, known = told(
        [
            row(9, "not-monitored", table="page_views"),
            row(5, "not-monitored", table="orders_of_old"),
            row(2, "not-monitored"),
        ]
    )
    assert slip.text.startswith(
        "`your_database/page_views` receives events, but is not monitored: did you mean `your_database/pageviews`?"
    )
    assert (slip.requests, slip.page, slip.of) == (9, "destinations", "your_database/page_views")
    assert "did you mean" not in other.text
    assert "it is now" in known.text


def test_nothing_live__says_push() -> None:
    [cause] = told([row(3, "no-live-version")])
    assert (cause.step, cause.page, cause.requests) == ("monitored", "push", 3)


def test_no_key__names_expected_and_seen_columns_but_no_value() -> None:
    example = looked("", usr="secret-value", page="x")
    facts = replace(FACTS, plan=plan_of(HEAD_PLAN), looked=(example, looked("", user="null"), looked("", user=1)))
    [cause] = told([row(3, "no-key")], facts)
    assert "The configuration knows `user` (public), `mail`, `device`." in cause.text
    said = " ".join(cause.details)
    assert "`user`: not in the event in 1 of the 2 that were looked at; there is a column `usr`." in said
    assert "`user`: identifies nobody in 1 of the 2" in said
    assert "Their columns: `usr`, `page`, `user`." in said
    assert "secret-value" not in said


HEAD_PLAN = """
keys: [{name: user, public: true}, mail, device]
events:
  - {name: page, database: shop, table: pages, if: "EVENT.kind == 'view'"}
"""


def test_no_event__names_the_conditions_that_were_not_met() -> None:
    facts = replace(FACTS, plan=plan_of(HEAD_PLAN), looked=(looked("", head=HEAD_PLAN, user="1", kind="secret-value"),))
    [cause] = told([row(3, "no-event")], facts)
    assert cause.details == ("“page” wants `EVENT.kind == 'view'`: not met in 1 of the 1 that were looked at.",)
    assert cause.page == "try"


def test_no_event__table_that_no_event_is_about__says_so() -> None:
    example = looked("", head=HEAD_PLAN, user="1")
    example = replace(example, event=replace(example.event, table=("shop", "orders")))
    [cause] = told([row(3, "no-event")], replace(FACTS, plan=plan_of(HEAD_PLAN), looked=(example,)))
    assert "No event of the configuration is about `shop/orders`" in cause.text
    assert cause.page == "draft"


OFFERS = """
offers:
  - {name: sale, set: [{event: page, if: EVENT.cart > 3, data: {a: b}}]}
  - {name: hidden, set: [{event: page, if: "PROFILE.mail != null", data: {a: b}}]}
"""


def test_no_rule__names_the_conditions_but_no_value() -> None:
    [cause] = told([row(3, "no-rule")], replace(FACTS, looked=(looked(OFFERS, user="1", cart=2),)))
    assert "“sale”, rule 1: `EVENT.cart > 3` is not true in 1 of the 1 that were looked at." in cause.details


def test_withheld__names_the_offer_and_the_reason() -> None:
    [cause] = told([row(3, "withheld")], replace(FACTS, looked=(looked(OFFERS, user="1", cart=2, public=True),)))
    assert "“hidden” is never given on the public path, because rule 1 reads PROFILE.mail" in cause.text
    assert cause.page == "draft"


def test_error__names_rule_message_and_line() -> None:
    failure = Failure('offer "sale", rule 1, if', "cannot read x", 12, "line 7, column 9")
    [cause] = told([row(12, "error")], replace(FACTS, failures=(failure,)))
    assert cause.text == 'offer "sale", rule 1, if (line 7, column 9) failed: cannot read x'
    assert (cause.requests, cause.page) == (12, "draft")


def test_error__beside_offers_alone__is_told_though_nothing_was_lost() -> None:
    failure = Failure('offer "sale", rule 1, if', "cannot read x", 12, "")
    [cause] = told([replace(row(12), failed=12)], replace(FACTS, failures=(failure,)))
    assert (cause.step, cause.requests) == ("returned", 12)


FAILING = OFFERS.replace("EVENT.cart > 3", "EVENT.cart.size > 3")


@pytest.mark.parametrize(
    ("reason", "facts"),
    [
        ("no-key", [looked("", page="x")] * 5),
        ("no-event", [looked("", head=HEAD_PLAN, user="1", kind="x")] * 5),
        ("no-rule", [looked(OFFERS, user="1", cart=2)] * 5),
        ("withheld", [looked(OFFERS, user="1", cart=2, public=True)] * 5),
        ("error", [looked(FAILING, user="1")] * 5),
    ],
)
def test_loss__told_from_events__has_three_of_them_to_open(reason: str, facts: list[Looked]) -> None:
    assert {each.reason for each in facts} == {reason}
    failure = Failure('offer "sale", rule 1, if', "cannot read x", 12, "")
    [cause] = told([row(9, reason)], replace(FACTS, plan=plan_of(HEAD_PLAN), looked=tuple(facts), failures=(failure,)))
    assert cause.examples == (facts[0].event,) * 3


def test_unmonitored__with_an_event_of_the_table__has_it_to_open() -> None:
    example = looked("", page="x")
    [cause] = told([Row(1, "shop", "pages", 200, "not-monitored", 9)], replace(FACTS, looked=(example,)))
    assert cause.examples == (example.event,)


@pytest.mark.parametrize("reason", ["no-key", "no-event", "no-rule", "withheld", "error"])
def test_loss__of_which_nothing_more_is_known__is_told_all_the_same(reason: str) -> None:
    [cause] = told([row(3, reason)])
    assert cause.requests == 3
    assert "None of them is among the latest events" in cause.text
