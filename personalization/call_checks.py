"""Checking a call: what the endpoint would answer, which of its checks fails, and what to do about it.

The answer is the endpoint's own (see rehearsal); which check failed is known by the code of that answer. Nothing is
stored, and no secret of the call leaves again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal, NamedTuple

from django.utils import timezone

from p13nadmin.api.client_address import Network
from p13nadmin.api.error_body import without_secrets
from personalization import json_text
from personalization.call_advice import Advice, advice_for
from personalization.call_snapshot import snapshot_of, with_stand_ins
from personalization.described_calls import CallDescription, DescribedCall, described_call
from personalization.memory_profiles import MemoryProfiles
from personalization.rehearsal import Call, Heard, rehearse
from personalization.snapshot import Snapshot
from provisioning.language.plan import Plan
from routing.models import Instance
from tokens.models import AccessToken
from tokens.selectors import tokens_by_name

Outcome = Literal["passed", "failed", "not reached", "not needed"]


class _Check(NamedTuple):
    code: int
    title: str
    text: str
    public_only: bool = False


# The endpoint's checks in its order, by the codes of their refusals.
_CHECKS: Final = (
    _Check(404, "Path", "names a database and a table"),
    _Check(3009, "Method", "is POST"),
    _Check(415, "Content type", "is JSON, uncompressed"),
    _Check(413, "Length", "is at most a million bytes"),
    _Check(401, "API key", "is known and may send events on this path"),
    _Check(3000, "Token", "is there, as WP13n-Token"),
    _Check(3003, "Token's form", "is account/instance/32 hex digits"),
    _Check(3002, "Account", "is the same of the token and the key"),
    _Check(3001, "Token's acceptance", "is listed in the live configuration, and neither revoked nor expired"),
    _Check(3006, "Token's type", "fits the path: public on /public, private without"),
    _Check(3005, "Address", "is on the lists of the token and the key, where they have one"),
    _Check(3007, "Origin", "is on the token's list", public_only=True),
    _Check(3004, "Body", "is one JSON object, with a proper time and uuid if it has them"),
)
_SECRET_HEADERS = frozenset({"authorization", "wp13n-token", "cookie", "proxy-authorization"})
_HIDDEN = "(not shown)"


@dataclass(frozen=True, slots=True)
class CheckedStep:
    """One of the endpoint's checks: what it is about, what is expected, and how it ended."""

    code: int
    title: str
    text: str
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class CheckedCall:
    """What was found. `headers` are the call's, every secret hidden; `preflight` is None off the public path."""

    method: str
    path: str
    headers: tuple[tuple[str, str], ...]
    answer: Heard
    steps: tuple[CheckedStep, ...]
    advice: tuple[Advice, ...]
    preflight: Heard | None

    @property
    def brings_offers(self) -> bool:
        """Whether there is at least one in the answer."""
        return self.answer.status < 400 and not self.answer.header("x-p13n-reason")


def check_call(
    *,
    instance: Instance,
    description: CallDescription,
    trusted: tuple[Network, ...] = (),
    tokens: Sequence[AccessToken] | None = None,
) -> CheckedCall:
    """What the endpoint would answer to the call now, as far as this instance's settings say.

    `trusted` are the proxies that may say another address; `tokens` are all of the instance, for whoever has read them
    already. Raises Invalid, whose problems name the parts.
    """
    now = timezone.now().timestamp()
    asked = described_call(instance, description, tokens=tokens_by_name(instance) if tokens is None else tokens)
    known = _known(instance, asked, now)
    heard = rehearse(known, [asked.call], profiles=_profiles(known), trusted=trusted, now=now)[0]
    code = _code(heard)
    advice = advice_for(instance, asked, heard, code, _profiles(known).program.plan)
    return CheckedCall(
        asked.call.method,
        without_secrets(asked.call.path),
        tuple(_shown(asked.call)),
        heard,
        tuple(_steps(code, asked.call)),
        tuple(replace(each, text=without_secrets(each.text)) for each in advice),
        _preflight(known, asked, _profiles(known), now),
    )


def _known(instance: Instance, asked: DescribedCall, now: float) -> Snapshot:
    token = (asked.named_token, asked.token_stand_in) if asked.named_token and asked.token_stand_in else None
    key = (asked.named_key, asked.key_stand_in) if asked.named_key and asked.key_stand_in else None
    return with_stand_ins(snapshot_of(instance, asked.key_header, tokens=asked.tokens, now=now), token=token, key=key)


def _profiles(known: Snapshot) -> MemoryProfiles:
    """Nobody is known; without an accepted token no event comes that far."""
    live = next((token.live for token in known.tokens.values()), None)
    if live is None or live.program is None:
        return MemoryProfiles(Plan(), frozenset())
    return MemoryProfiles(live.program.plan, live.destinations)


def _code(heard: Heard) -> int:
    return heard.status if heard.status < 400 else int(json_text.load(heard.body)["code"])


def _steps(code: int, call: Call) -> Iterator[CheckedStep]:
    outcome: Outcome = "passed"
    for check in _CHECKS:
        if check.code == code:
            yield CheckedStep(check.code, check.title, check.text, "failed")
            outcome = "not reached"
        elif check.public_only and not call.path.startswith("/public/"):
            yield CheckedStep(check.code, check.title, check.text, "not needed")
        else:
            yield CheckedStep(check.code, check.title, check.text, outcome)


def _shown(call: Call) -> Iterator[tuple[str, str]]:
    for name, value in call.headers:
        text = name.decode()
        yield text, _HIDDEN if text in _SECRET_HEADERS else without_secrets(value.decode("utf-8", "replace"))


def _preflight(known: Snapshot, asked: DescribedCall, profiles: MemoryProfiles, now: float) -> Heard | None:
    """What a browser that sends the call is told before: the same path and origin, without secrets."""
    if not asked.call.path.startswith("/public/"):
        return None
    origin = tuple(pair for pair in asked.call.headers if pair[0] == b"origin")
    headers = (
        *origin,
        (b"access-control-request-method", b"POST"),
        (b"access-control-request-headers", b"authorization,content-type,wp13n-token"),
    )
    call = replace(asked.call, method="OPTIONS", headers=headers, body=b"")
    return rehearse(known, [call], profiles=profiles, now=now)[0]
