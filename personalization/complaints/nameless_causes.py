"""What was turned away before it was known whose it is, told to an instance for which it may have been meant. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from personalization.alike import meant
from personalization.complaints.facts import Cause, Facts, Refused, TokenFact
from personalization.complaints.refusal_causes import said_of, unaccepted

_MOST = 5  # origins, and codes
_MOST_NAMES = 5

_Tokens = list[tuple[int, TokenFact]]


def causes_without_a_name(facts: Facts) -> tuple[Cause, ...]:
    """The likely causes: origins that browsers were refused for first, then codes, the most frequent of each first."""
    asked = [each for each in facts.nameless if each.is_preflight]
    others = [each for each in facts.nameless if not each.is_preflight]
    return (*_origins(asked, facts), *_codes(others, facts))


def _origins(asked: Sequence[Refused], facts: Facts) -> Iterator[Cause]:
    for origin, count in Counter(each.origin for each in asked).most_common(_MOST):
        tables = _listed(f"`{'/'.join(each.table)}`" for each in asked if each.origin == origin)
        details = (f"{count} such question{'s are' if count > 1 else ' is'} kept as an example.",)
        text = f"Browsers asked whether pages of {origin} may send events to {tables}, and were refused before they"
        yield _mended(f"{text} sent any: no public token that was accepted listed that origin.", origin, details, facts)


def _mended(text: str, origin: str, details: tuple[str, ...], facts: Facts) -> Cause:
    public = [(pk, fact) for pk, fact in facts.tokens.items() if fact.type == "public"]
    listing = [(pk, fact) for pk, fact in public if origin in fact.origins]
    if origin == "null":
        advice = "Such a page was opened from a file or in a sandboxed frame: it has to come from a web server."
        return Cause("requests", f"{text} {advice}", details=details)
    if listing:
        return _listed_already(text, listing, details)
    usable = [(pk, fact) for pk, fact in public if not fact.why]
    if not usable:
        advice = "This instance has no public token that is accepted: if the page is this customer's, issue one."
        return Cause("requests", f"{text} {advice}", None, "token", "", details)
    return _to_be_added(text, origin, usable, details)


def _listed_already(text: str, listing: _Tokens, details: tuple[str, ...]) -> Cause:
    pk, fact = next((each for each in listing if not each[1].why), listing[0])
    if not fact.why:
        return Cause(
            "requests", f"{text} It is on the list of the token “{fact.name}” now.", None, "token", str(pk), details
        )
    mend = unaccepted(pk, fact)
    return Cause("requests", f"{text} {mend.text}", None, mend.page, mend.of, details)


def _to_be_added(text: str, origin: str, usable: _Tokens, details: tuple[str, ...]) -> Cause:
    near = [(pk, fact) for pk, fact in usable if meant(origin, fact.origins)]
    choice = near if len(near) == 1 else usable
    if len(choice) > 1:
        names = _listed(f"“{fact.name}”" for _, fact in choice)
        advice = f"If that page is this customer's, add the origin to the public token that it uses: {names}."
        return Cause("requests", f"{text} {advice}", None, "token", "", details)
    [(pk, fact)] = choice
    like = meant(origin, fact.origins)
    differs = f" It differs from {like}, which is on its list." if like else ""
    advice = f"If that page is this customer's, add this origin to the token “{fact.name}”.{differs}"
    listed = f"On its list: {', '.join(fact.origins) or 'nothing'}."
    return Cause("requests", f"{text} {advice}", None, "token-rules", str(pk), (listed, *details), origin=origin)


def _codes(others: Sequence[Refused], facts: Facts) -> Iterator[Cause]:
    for code, count in Counter(each.code for each in others).most_common(_MOST):
        examples = [each for each in others if each.code == code]
        text, page = said_of(code)
        details = (*_about(examples), f"{count} of them {'are' if count > 1 else 'is'} kept as an example.")
        yield Cause("requests", f"Code {code}: {text}", None, page, "", details)


def _about(examples: Sequence[Refused]) -> Iterator[str]:
    tables = _listed(f"`{'/'.join(each.table)}`" for each in examples if each.table[1])
    origins = _listed(each.origin for each in examples if each.origin)
    hints = _listed(each.token_hint for each in examples if each.token_hint)
    if tables:
        yield f"Sent to {tables}."
    if origins:
        yield f"From pages of {origins}."
    if hints:
        names = f"Their `WP13n-Token`, which ends in {hints}, names an instance that the account does not have"
        yield f"{names}: look at its second number."


def _listed(names: Iterable[str]) -> str:
    found = list(dict.fromkeys(names))
    return ", ".join(found[:_MOST_NAMES]) + (", …" if len(found) > _MOST_NAMES else "")
