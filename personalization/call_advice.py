"""What to do about a call that is turned away, or that gets no offers: in words, with the page that mends it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from django.utils import timezone

from personalization.alike import meant
from personalization.described_calls import DescribedCall
from personalization.explanation import Explanation
from personalization.rehearsal import Heard
from personalization.verdicts import WHY_NO_OFFERS
from provisioning.language.plan import Plan
from routing.models import Instance
from tokens.models import INGEST_SCOPES, AccessToken, ApiKey
from tokens.selectors import acceptance, is_usable, predecessors_among

Page = Literal["", "token", "token-rules", "keys", "key-rules", "draft", "push", "destinations", "try"]

_ALIKE: Final = 0.9
_KEY_FLAWS: Final[Mapping[str, str]] = {
    "nobody": "has a value that stands for nobody",
    "excluded": "has a value that the configuration excludes",
    "too-long": "is too long",
    "not-public": "counts on the private path only",
}


@dataclass(frozen=True, slots=True)
class Advice:
    """One thing to do. `page` is the console's page for it, `of` the row's number or the name that it is about."""

    text: str
    page: Page = ""
    of: str = ""


def advice_for(instance: Instance, asked: DescribedCall, heard: Heard, code: int, plan: Plan) -> tuple[Advice, ...]:
    """What to do about the answer that a call got; `code` is that of the refusal, 200 when there is none.

    `plan` is what is live.
    """
    if code == 200:
        return tuple(_about_offers(instance, asked, heard, plan))
    adviser = _ADVISERS.get(code)
    return tuple(adviser(instance, asked)) if adviser else ()


def _about_offers(instance: Instance, asked: DescribedCall, heard: Heard, plan: Plan) -> Iterator[Advice]:
    reason = heard.header("x-p13n-reason")
    if reason == "not-monitored":
        table = asked.call.path.removeprefix("/public").strip("/")
        known = (f"{one.database}/{one.table}" for one in instance.destinations.all())
        like = meant(table, known, alike=_ALIKE)
        slip = f"did you mean {like}? If not, " if like else ""
        yield Advice(f"{table} is not a destination of this instance: {slip}register it.", "destinations", table)
    elif reason == "no-key" and heard.explanation is not None:
        yield Advice(f"The event does not say who it is of: {_missing_key(heard.explanation, asked, plan)}.", "try")
    elif reason:
        yield Advice(f"The call is taken, but brings no offers: {WHY_NO_OFFERS.get(reason, reason)}.", "try")


def _missing_key(explanation: Explanation, asked: DescribedCall, plan: Plan) -> str:
    """Which keys would identify a profile by this path, and what is the matter with those that the event has."""
    on_public = asked.call.path.startswith("/public/")
    names = [key.name for key in plan.keys if key.public or not on_public]
    if not names:
        return "on /public only public keys count, and the live configuration has none"
    told = [f"its “{key.name}” {_KEY_FLAWS[key.status]}" for key in explanation.keys if key.status in _KEY_FLAWS]
    wanted = f"put {' or '.join(f'“{name}”' for name in names)} into it{', a public key' if on_public else ''}"
    return "; ".join([wanted, *told])


def _path(instance: Instance, asked: DescribedCall) -> Iterator[Advice]:
    yield Advice(
        f"The path is {asked.call.path[:200]}: it must be /database/table, or /public/database/table, with names "
        "of 3 to 128 lower-case letters, digits and underscores, and nothing before or behind."
    )


def _method(instance: Instance, asked: DescribedCall) -> Iterator[Advice]:
    yield Advice(f"The method is {asked.call.method[:20]}: send the event with POST, as curl does with --data.")


def _content_type(instance: Instance, asked: DescribedCall) -> Iterator[Advice]:
    given = asked.header("content-type")
    if asked.header("content-encoding"):
        yield Advice("The body is compressed (Content-Encoding): send it as it is.")
    elif not given:
        yield Advice("There is no Content-Type: add the header Content-Type: application/json.")
    else:
        by_curl = ", which curl sends by itself when none is given" if given.endswith("form-urlencoded") else ""
        yield Advice(f"The content type is {given[:100]}{by_curl}: make it Content-Type: application/json.")


def _key(instance: Instance, asked: DescribedCall) -> Iterator[Advice]:
    header = asked.key_header
    if not asked.header("authorization"):
        yield Advice("There is no Authorization: add the header Authorization: TD1 account/key.", "keys")
    elif header is None:
        yield Advice("Authorization has another form than TD1 account/key: TD1, one space, the account, /, the key.")
    elif header.account != instance.account_id:
        yield Advice(f"Account {header.account} has no such key, or not one that may send events on this path.")
    else:
        row = asked.named_key or ApiKey.objects.filter(account=header.account, digest=header.digest).first()
        yield Advice(_about_key(row, asked), "keys")


def _about_key(row: ApiKey | None, asked: DescribedCall) -> str:
    if row is None:
        return "No key of this account has this value: it was cut or mistyped, or it is a placeholder."
    if row.revoked_at is not None:
        return f"The key “{row.name}” is revoked: use another one."
    if not is_usable(row, at=timezone.now()):
        return f"The key “{row.name}” has expired: use another one."
    if row.scope == ApiKey.Scope.INGEST_PUBLIC and not asked.call.path.startswith("/public/"):
        return f"The key “{row.name}” may send events on /public only: use one with the scope “ingest”."
    if row.scope not in INGEST_SCOPES:
        return f"The key “{row.name}” has the scope “{row.scope}”, and events need “ingest”."
    return f"The key “{row.name}” has a list of addresses that cannot be read: write it anew."


def _no_token(instance: Instance, asked: DescribedCall) -> Iterator[Advice]:
    yield Advice(f"Add the header WP13n-Token: {instance.label}/token, with a token of this instance.")


def _malformed_token(instance: Instance, asked: DescribedCall) -> Iterator[Advice]:
    yield Advice(
        f"WP13n-Token must be {instance.label}/ and then the token's 32 hex digits, without dashes, spaces or quotes."
    )


def _accounts(instance: Instance, asked: DescribedCall) -> Iterator[Advice]:
    token, key = asked.token_header, asked.key_header
    if token is not None and key is not None:
        yield Advice(f"The token is of account {token.account}, the API key of account {key.account}: use one pair.")


def _token(instance: Instance, asked: DescribedCall) -> Iterator[Advice]:
    row = _token_row(instance, asked)
    if row is None:
        yield Advice(
            "No token of this account has this value: it was cut or mistyped, or was never registered.", "token"
        )
        return
    if row.instance_id != instance.pk:
        yield Advice(f"The token “{row.name}” belongs to instance {row.instance.label}: write that in the header.")
        return
    why = acceptance(row, at=timezone.now(), before=predecessors_among(asked.tokens)).why
    if why in ("revoked", "expired"):
        yield Advice(f"The token “{row.name}” is {why}: issue another one.", "token", str(row.pk))
    elif getattr(instance, "live_summary", None) is None:
        yield Advice("Nothing is live in this instance: push a configuration that lists the token.", "draft", row.name)
    else:
        yield Advice(f"The token “{row.name}” is {why}: add it to the draft and push.", "draft", row.name)


def _token_row(instance: Instance, asked: DescribedCall) -> AccessToken | None:
    header = asked.token_header
    if asked.named_token is not None:
        return asked.named_token
    if header is None:
        return None
    own = next((each for each in asked.tokens if each.digest == header.digest), None)
    others = AccessToken.objects.filter(instance__account=instance.account_id).select_related("instance")
    return own or others.filter(digest=header.digest).first()


def _kind(instance: Instance, asked: DescribedCall) -> Iterator[Advice]:
    row = _token_row(instance, asked)
    if row is not None:
        place = "/public/database/table" if row.type == AccessToken.Type.PUBLIC else "/database/table, without /public"
        yield Advice(f"“{row.name}” is a {row.type} token: send its events to {place}.", "token", str(row.pk))


def _address(instance: Instance, asked: DescribedCall) -> Iterator[Advice]:
    came = asked.call.peer
    where = f"{came} is not on it" if came else "say from which address the call comes to check it"
    token, key = _token_row(instance, asked), _key_row(instance, asked)
    if token is not None and token.allowed_ips:
        listed = ", ".join(token.allowed_ips)
        yield Advice(f"The token “{token.name}” takes calls from {listed} only: {where}.", "token-rules", str(token.pk))
    if key is not None and key.allowed_ips:
        listed = ", ".join(key.allowed_ips)
        yield Advice(f"The key “{key.name}” takes calls from {listed} only: {where}.", "key-rules", str(key.pk))


def _key_row(instance: Instance, asked: DescribedCall) -> ApiKey | None:
    header = asked.key_header
    if asked.named_key is not None or header is None:
        return asked.named_key
    return ApiKey.objects.filter(account=instance.account_id, digest=header.digest).first()


def _origin(instance: Instance, asked: DescribedCall) -> Iterator[Advice]:
    row, origin = _token_row(instance, asked), asked.header("origin")
    if row is None:
        return
    if not origin:
        yield Advice("There is no Origin: browsers send it by themselves; any other caller has to name the page's own.")
    listed = ", ".join(row.allowed_origins) or "none"
    text = f"The origin {origin[:200]} is not on the list of the token “{row.name}”: add it." if origin else "It takes:"
    yield Advice(f"{text} On the list: {listed}.", "token-rules", str(row.pk))


_Adviser = Callable[[Instance, DescribedCall], Iterator[Advice]]
_ADVISERS: Final[Mapping[int, _Adviser]] = {
    404: _path,
    3009: _method,
    415: _content_type,
    401: _key,
    3000: _no_token,
    3003: _malformed_token,
    3002: _accounts,
    3001: _token,
    3006: _kind,
    3005: _address,
    3007: _origin,
}
