"""How far an instance is set up, and what to do next."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.urls import reverse
from django.utils import timezone

from p13nadmin.api.reach import Reach
from provisioning.console.may_move import PUSHING, WRITING, is_asked
from provisioning.models import ConfigurationVersion, Draft
from routing.models import Destination, Instance
from tokens.models import INGEST_SCOPES, AccessToken, ApiKey


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the set-up: `action` are the words of the link to where it is done, with `permission`.

    `url` is empty for a reader who may not do it.
    """

    title: str
    done: bool
    text: str
    action: str
    permission: str
    url: str


def with_setup(instances: QuerySet[Instance]) -> QuerySet[Instance]:
    """The instances with what `steps_of` reads, in the same query."""
    in_use = Q(expires_at=None) | Q(expires_at__gt=timezone.now())
    own = {"instance": OuterRef("pk")}
    keys = ApiKey.objects.filter(in_use, account=OuterRef("account_id"), scope__in=INGEST_SCOPES, revoked_at=None)
    usable = AccessToken.objects.filter(in_use, **own, revoked_at=None)
    return instances.select_related("account", "live_summary", "push_policy").annotate(
        has_destination=Exists(Destination.objects.filter(**own)),
        has_key=Exists(keys),
        has_token=Exists(usable),
        first_token=Subquery(usable.order_by("pk").values("pk")[:1]),
        has_event=Exists(AccessToken.objects.filter(**own, last_used_at__isnull=False)),
        has_draft=Exists(Draft.objects.filter(**own).exclude(text="")),
        has_version=Exists(ConfigurationVersion.objects.filter(**own)),
    )


def steps_of(instance: Any, reach: Reach) -> list[Step]:
    """The set-up of an instance that `with_setup` found, in the order in which it is done, for a reader."""
    steps = (*_routing_and_access(instance), *_configuration(instance))
    return [step if reach.may(step.permission, instance.account_id) else replace(step, url="") for step in steps]


def _routing_and_access(instance: Any) -> Iterator[Step]:
    label = quote(instance.label)
    yield Step(
        "Destination",
        instance.has_destination,
        "The database table whose events it personalizes.",
        "Register a table",
        "routing.add_destination",
        reverse("admin:routing_destination_add") + f"?instance={label}",
    )
    yield Step(
        "API key",
        instance.has_key,
        "Every call carries a key of the account with the scope “ingest”.",
        "Create a key",
        "tokens.add_apikey",
        reverse("admin:tokens_apikey_add") + f"?account={instance.account_id}",
    )
    yield Step(
        "Access token",
        instance.has_token,
        "What the customer's server or site identifies itself by.",
        "Create a token",
        "tokens.add_accesstoken",
        reverse("admin:tokens_accesstoken_add") + f"?instance={label}",
    )


def _configuration(instance: Any) -> Iterator[Step]:
    draft = reverse("admin:instance_draft", args=(instance.pk,))
    push = reverse("admin:instance_push", args=(instance.pk,)) if instance.has_draft else draft
    pushing = PUSHING if instance.has_draft and not is_asked(instance) else WRITING
    is_live = getattr(instance, "live_summary", None) is not None
    yield Step(
        "Configuration",
        instance.has_draft or instance.has_version,
        "What a profile remembers, and which offers come of it.",
        "Write the draft",
        WRITING,
        draft,
    )
    yield Step("Push", is_live, "Makes the draft live within a second.", "Push the draft", pushing, push)
    yield Step(
        "First event",
        instance.has_event,
        "The customer's server or site sends one and gets its answer. It is noticed within seconds.",
        "Send a first event",
        "tokens.add_accesstoken" if instance.first_token is None else "tokens.view_accesstoken",
        _first_event(instance),
    )


def _first_event(instance: Any) -> str:
    """Where the line is that sends one: at a token."""
    if instance.first_token is None:
        return reverse("admin:tokens_accesstoken_add") + f"?instance={quote(instance.label)}"
    return reverse("admin:tokens_accesstoken_change", args=(instance.first_token,)) + "#curl-label"


def next_step(steps: list[Step]) -> Step | None:
    """The first step that is not done, or None when the instance is set up."""
    return next((step for step in steps if not step.done), None)
