"""Why requests are turned away, told from the examples that were kept. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from personalization.alike import meant
from personalization.call_advice import Page
from personalization.complaints.facts import Cause, Facts, Refused, TokenFact
from personalization.complaints.funnel import Loss

_MOST = 5  # causes of one code

# What is always the same, by code: the words, and the page that mends it.
_SAID: Final[Mapping[int, tuple[str, Page]]] = {
    401: ("There is no API key in `Authorization`, or none that may send events on this path.", "keys"),
    404: ("The path is not `/database/table` or `/public/database/table`.", ""),
    408: ("The body did not arrive in time: the caller's connection is too slow, or it sends less than it says.", ""),
    413: ("The body is larger than a million bytes.", ""),
    415: ("The content type is not JSON: send `Content-Type: application/json`.", ""),
    1005: ("The event store could not take them. The endpoint's own log and `/readyz` say more.", ""),
    2003: ("Too many at once: the token's rate was reached, or the queue was full.", "token"),
    3000: ("There is no `WP13n-Token`.", ""),
    3002: ("The token and the API key belong to different accounts: use a pair of one account.", ""),
    3003: ("`WP13n-Token` has another form than account/instance/32 hex digits.", ""),
    3009: ("The method is not POST.", ""),
    9999: ("Something went wrong on our side; the endpoint's log has it under the request's id.", ""),
}


def causes_of_refusals(losses: Sequence[Loss], facts: Facts) -> Iterator[Cause]:
    """The causes of each kind of refusal, the most frequent first."""
    for loss in losses:
        examples = [each for each in facts.refused if each.code == loss.code]
        tell = _TELLERS.get(loss.code)
        found = list(tell(loss, examples, facts))[:_MOST] if tell is not None and examples else []
        yield from found or [_said(loss)]


def _said(loss: Loss) -> Cause:
    text, page = said_of(loss.code)
    return Cause("accepted", f"Code {loss.code}: {text}", loss.requests, page)


def said_of(code: int) -> tuple[str, Page]:
    """What a code means without an example, and the page that mends it."""
    return _SAID.get(code, _WITHOUT_EXAMPLE.get(code, ("They were turned away.", "")))


# The same for codes that examples tell more of.
_WITHOUT_EXAMPLE: Final[Mapping[int, tuple[str, Page]]] = {
    3001: ("The token is not accepted: it must be listed in the live configuration, and not be revoked.", "token"),
    3004: ("The body is not one JSON object, or has a bad `time` or `uuid`.", ""),
    3005: ("The client's address is not on the list of the token or the key.", "token"),
    3006: ("A public token came on the private path, or the reverse.", "token"),
    3007: ("The page's `Origin` is missing, or not on the token's list.", "token"),
}


def _origin(loss: Loss, examples: Sequence[Refused], facts: Facts) -> Iterator[Cause]:
    for (token, origin), _ in Counter((each.token, each.origin) for each in examples).most_common():
        fact = facts.tokens.get(token)
        named, of = _token_words(fact), str(token) if fact else ""
        listed = fact.origins if fact else ()
        details = (f"On its list: {', '.join(listed) or 'nothing'}.",) if fact else ()
        if not origin:
            text = f"Code 3007: requests to /public without an `Origin`, with {named}: no browser sends those."
            yield Cause("accepted", f"{text} A server uses a private token, without /public.", None, "token", of)
            continue
        near = meant(origin, listed)
        like = f" It differs from {near}, which is." if near else ""
        text = f"Code 3007: pages of {origin} are refused: that origin is not on the list of {named}.{like} Add it."
        yield Cause("accepted", text, None, "token-rules" if of else "token", of, details, origin=origin)


def _address(loss: Loss, examples: Sequence[Refused], facts: Facts) -> Iterator[Cause]:
    for (token, address), _ in Counter((each.token, each.address) for each in examples).most_common():
        fact = facts.tokens.get(token)
        came = address or "an unknown address"
        if fact is None or not fact.addresses:
            text = f"Code 3005: calls from {came} are refused: it is not on the list of the API key."
            yield Cause("accepted", text, None, "keys")
            continue
        text = f"Code 3005: calls from {came} are refused: the list of {_token_words(fact)} does not allow it. Add it."
        yield Cause("accepted", text, None, "token-rules", str(token), (f"On its list: {', '.join(fact.addresses)}.",))


def _token(loss: Loss, examples: Sequence[Refused], facts: Facts) -> Iterator[Cause]:
    for hint, _ in Counter(each.token_hint for each in examples).most_common():
        known = [(pk, fact) for pk, fact in facts.tokens.items() if hint and fact.hint.endswith(hint)]
        shown = f"that ends in {hint}" if hint else "without a valid form"
        if not known:
            text = (
                f"Code 3001: a token {shown} is used, which this instance does not have: it was mistyped, or is another"
            )
            yield Cause("accepted", f"{text} instance's.", None, "token")
        for pk, fact in known:
            yield unaccepted(pk, fact)


def unaccepted(pk: int, fact: TokenFact) -> Cause:
    """What to do about a token that is not, or was not accepted."""
    if not fact.why:
        return Cause(
            "accepted", f"Code 3001: {_token_words(fact)} was not accepted then; it is now.", None, "token", str(pk)
        )
    if fact.why in ("revoked", "expired"):
        text = f"Code 3001: {_token_words(fact)} is {fact.why}, but still in use: issue another one."
        return Cause("accepted", text, None, "token", str(pk))
    text = f"Code 3001: {_token_words(fact)} is not accepted: {fact.why}. Add it to the draft and push."
    return Cause("accepted", text, None, "draft", fact.name)


def _kind(loss: Loss, examples: Sequence[Refused], facts: Facts) -> Iterator[Cause]:
    for token, _ in Counter(each.token for each in examples).most_common():
        fact = facts.tokens.get(token)
        if fact is None:
            continue
        place = "/public/database/table" if fact.type == "public" else "/database/table, without /public"
        text = f"Code 3006: {_token_words(fact)} is a {fact.type} one: its events belong to {place}."
        yield Cause("accepted", text, None, "token", str(token))


def _body(loss: Loss, examples: Sequence[Refused], facts: Facts) -> Iterator[Cause]:
    for message, _ in Counter(each.message for each in examples).most_common():
        yield Cause("accepted", f"Code 3004: {message}")


def _token_words(fact: TokenFact | None) -> str:
    return f"the token “{fact.name}”" if fact else "its token"


_Teller = Callable[[Loss, Sequence[Refused], Facts], Iterator[Cause]]
_TELLERS: Final[Mapping[int, _Teller]] = {
    3001: _token,
    3004: _body,
    3005: _address,
    3006: _kind,
    3007: _origin,
}
