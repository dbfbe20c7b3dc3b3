"""What needs attention, in words, each with the page on which it is mended."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from django.urls import reverse

from p13nadmin.api.reach import Reach
from personalization.attention import FINDERS, Need, Sought, needs
from routing.access import reach_of
from routing.models import Instance

_MOST_OF_INSTANCE = 10
_SEEN: Final = "routing.view_instance"
_TOLD_ANYWAY: Final = ("nothing-live", "held", "waiting")


@dataclass(frozen=True, slots=True)
class Shown:
    """One thing to do; `words` and `url` lead to where, empty when the reader may not."""

    need: Need
    text: str
    words: str
    url: str


TITLES: Final[Mapping[str, str]] = {
    "failing": "Rules that fail",
    "held": "Planned pushes that are held",
    "waiting": "Versions that wait for a second person, or to be pushed",
    "unmonitored": "Tables that receive events unmonitored",
    "expiring-keys": "API keys that expire within 14 days",
    "expiring": "Tokens that expire within 14 days",
    "silent": "Destinations without events for 7 days",
    "nothing-live": "Instances where nothing is live",
    "ended": "Offers whose time is over",
    "unused": "Tokens that were never used",
}
# What somebody must be allowed to see to be told of it.
SEEN_WITH: Final[Mapping[str, str]] = {
    "failing": "provisioning.view_configurationversion",
    "held": "provisioning.view_scheduledpush",
    "waiting": "provisioning.view_approvalrequest",
    "ended": "provisioning.view_configurationversion",
    "expiring-keys": "tokens.view_apikey",
    "expiring": "tokens.view_accesstoken",
    "unused": "tokens.view_accesstoken",
}


def sought_by(user: Any, *only: str) -> dict[str, Sought]:
    """The kinds that a user may be told of (of these alone, if any are named), the worst first, each with where."""
    reach = reach_of(user)
    places = {kind: reach.accounts(_SEEN, SEEN_WITH.get(kind, _SEEN)) for kind in FINDERS if not only or kind in only}
    return {kind: Sought(accounts) for kind, accounts in places.items() if accounts is None or accounts}


def needs_of(instance: Instance, user: Any) -> list[Shown]:
    """What needs attention in one instance, but for what its page tells anyway."""
    reach = reach_of(user)
    kinds = [kind for kind in FINDERS if kind not in _TOLD_ANYWAY]
    told = [kind for kind in kinds if reach.may(SEEN_WITH.get(kind, _SEEN), instance.account_id)]
    known = {instance.pk: [str(each) for each in instance.destinations.all()]}
    sought = dict.fromkeys(told, Sought(instance=instance.pk))
    return [shown(need, reach) for need in needs(sought, most=_MOST_OF_INSTANCE, known=known)]


def shown(need: Need, reach: Reach) -> Shown:
    """The need in words, with its next step where somebody of that reach may take it: in the account that it is of."""
    words, permission, url = _STEPS[need.kind](need)
    allowed = reach.may(permission, need.account)
    return Shown(need, _TEXTS[need.kind](need), words if allowed else "", url if allowed else "")


def _failing(need: Need) -> str:
    times = f"{need.count:,} time{'s' if need.count != 1 else ''}"
    return f"{need.subject} failed {times}: {need.detail}"


def _unmonitored(need: Need) -> str:
    meant = f": did you mean `{need.meant}`?" if need.meant else "."
    return f"`{need.subject}` receives events, but is not monitored{meant}"


def _waiting(need: Need) -> str:
    if need.detail == "approved":
        return f"Version {need.count} is approved and not pushed yet; {need.subject} asked."
    return f"Version {need.count} waits for approval; {need.subject} asked."


def _expiring_key(need: Need) -> str:
    told = {
        "ingest": "no event is taken with it any more",
        "ingest_public": "no page's event is taken with it any more",
    }
    return (
        f"The API key “{need.subject}” ({need.detail}) expires: {told.get(need.detail, 'it sets up nothing any more')}."
    )


_TEXTS: Final[Mapping[str, Callable[[Need], str]]] = {
    "failing": _failing,
    "held": lambda need: f"The planned push of version {need.count} is held: {need.detail}.",
    "waiting": _waiting,
    "unmonitored": _unmonitored,
    "expiring-keys": _expiring_key,
    "expiring": lambda need: f"The token “{need.subject}” expires.",
    "silent": lambda need: f"No event of `{need.subject}` came in the last 7 days.",
    "nothing-live": lambda need: "Nothing is live.",
    "ended": lambda need: f"The offer “{need.subject}” ended.",
    "unused": lambda need: f"The token “{need.subject}” was never used.",
}
_STEPS: Final[Mapping[str, Callable[[Need], tuple[str, str, str]]]] = {
    "failing": lambda need: ("Edit the draft", "provisioning.change_draft", _url("instance_draft", need.instance)),
    "held": lambda need: (
        "Look at it again",
        "provisioning.add_push",
        _url("instance_push_version", need.instance, need.count),
    ),
    "waiting": lambda need: ("Look at it", SEEN_WITH["waiting"], _url("instance_approval", need.instance)),
    "unmonitored": lambda need: (
        "Register the table",
        "routing.add_destination",
        _url("routing_destination_add", instance=need.label, table=need.subject),
    ),
    "expiring-keys": lambda need: ("Open the key", SEEN_WITH["expiring-keys"], _url("tokens_apikey_change", need.of)),
    "expiring": lambda need: ("Rotate it", "tokens.change_accesstoken", _url("token_rotate", need.of)),
    "silent": lambda need: ("Check a call", "tokens.view_accesstoken", _url("instance_call", need.instance)),
    "nothing-live": lambda need: (
        "Set it up",
        "routing.view_instance",
        _url("routing_instance_change", need.instance),
    ),
    "ended": lambda need: ("Look at the offers", SEEN_WITH["ended"], _url("instance_offers", need.instance)),
    "unused": lambda need: ("Open the token", "tokens.view_accesstoken", _url("tokens_accesstoken_change", need.of)),
}


def _url(route: str, *arguments: object, **query: str) -> str:
    url = reverse(f"admin:{route}", args=arguments)
    return f"{url}?{urlencode(query, safe='/')}" if query else url
