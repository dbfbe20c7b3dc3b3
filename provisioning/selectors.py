"""Versions, what is live, and what validation has to know of an instance."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from django.db.models import Max, QuerySet
from django.db.models.fields.json import KeyTransform
from django.db.models.functions import Now
from django.utils import timezone

from p13nadmin.api.errors import NotFound
from provisioning.language import Context, KnownToken
from provisioning.models import ConfigurationVersion, EndpointProcess, Push
from routing.models import Instance
from routing.selectors import destinations_of
from tokens.models import AccessToken
from tokens.selectors import is_usable, tokens_by_name

_LATELY = timedelta(seconds=30)  # a process reports itself every 5 seconds

Status = Literal["never live", "live", "superseded"]


def newest_push(instance: Instance) -> Push | None:
    """The push that made the live version live, or None when nothing was ever pushed."""
    return (
        Push.objects.filter(instance=instance, superseded_at=None)
        .select_related("version", "replaced", "returns_to__version")
        .first()
    )


def live_version(instance: Instance) -> ConfigurationVersion | None:
    """The version that the endpoint answers by."""
    push = newest_push(instance)
    return push.version if push else None


def newest_version(instance: Instance) -> ConfigurationVersion | None:
    """The version uploaded last."""
    return ConfigurationVersion.objects.filter(instance=instance).order_by("-number").first()


def find_version(instance: Instance, number: int) -> ConfigurationVersion:
    """Version `number` of the instance. Raises NotFound."""
    found = ConfigurationVersion.objects.filter(instance=instance, number=number).first()
    if found is None:
        raise NotFound(f"instance {instance.label} has no version {number}")
    return found


def live_on(instance: Instance) -> tuple[int, int]:
    """How many processes of the endpoint answer by the instance's live version, and how many there are.

    Only those count that reported themselves lately.
    """
    live = Push.objects.filter(instance=instance, superseded_at=None).values_list("version__number", flat=True).first()
    return processes_with(instance, live)


def processes_with(instance: Instance, live: int | None) -> tuple[int, int]:
    """The same of that version; None: nothing is live."""
    lately = EndpointProcess.objects.filter(seen_at__gt=Now() - _LATELY)
    served = list(lately.values_list(KeyTransform(instance.label, "versions"), flat=True))
    return (0 if live is None else served.count(live)), len(served)


def etag_of(push: Push | None) -> str:
    """The number of an instance's newest push as text, `0` when there is none: what If-Match is compared with."""
    return str(push.number) if push else "0"


def live_pushes(instances: Iterable[Instance]) -> dict[int, Push]:
    """The newest push of each of the instances that has one, by the instance's id, without the texts."""
    pushes = Push.objects.filter(instance__in=[instance.pk for instance in instances], superseded_at=None)
    return {push.instance_id: push for push in pushes.select_related("version", "replaced").defer("version__text")}


def with_newest_version(instances: QuerySet[Instance]) -> QuerySet[Instance]:
    """The instances, each with the number of its newest version as `newest_version`."""
    return instances.annotate(newest_version=Max("versions__number")).order_by("number")


@dataclass(frozen=True, slots=True)
class VersionRow:
    """A version and what it is to its instance now."""

    version: ConfigurationVersion
    status: Status


def versions_of(instance: Instance) -> QuerySet[ConfigurationVersion]:
    """All versions, the newest first, without their texts."""
    return ConfigurationVersion.objects.filter(instance=instance).defer("text").order_by("-number")


def with_status(instance: Instance, versions: list[ConfigurationVersion]) -> list[VersionRow]:
    """The status of each version, in two queries whatever their number."""
    live = live_version(instance)
    pushed = set(Push.objects.filter(version__in=versions).values_list("version_id", flat=True))

    def status(version: ConfigurationVersion) -> Status:
        if live is not None and version.pk == live.pk:
            return "live"
        return "superseded" if version.pk in pushed else "never live"

    return [VersionRow(version, status(version)) for version in versions]


def context_for(
    instance: Instance,
    *,
    stage: Literal["draft", "push"],
    at: datetime | None = None,
    tokens: Sequence[AccessToken] | None = None,
) -> Context:
    """What validation of a configuration of this instance needs to know, as of now.

    `tokens` are all of the instance, for whoever has read them already.
    """
    now = at or timezone.now()
    tokens = tokens_by_name(instance) if tokens is None else tokens
    by_id = {token.pk: token for token in tokens}
    return Context(
        now=now.timestamp(),
        stage=stage,
        destinations=destinations_of(instance),
        tokens=tuple(_known(token, now, by_id) for token in tokens),
    )


def _known(token: AccessToken, now: datetime, successors: Mapping[int, AccessToken]) -> KnownToken:
    kind: Literal["private", "public"] = "public" if token.type == AccessToken.Type.PUBLIC else "private"
    return KnownToken(name=token.name, digest=token.digest, type=kind, state=_state(token, now, successors))


def _state(
    token: AccessToken, now: datetime, successors: Mapping[int, AccessToken]
) -> Literal["active", "expired", "revoked"]:
    """What listing the token is worth: the endpoint takes its successors wherever it is listed."""
    following: AccessToken | None = token
    while following is not None:
        if is_usable(following, at=now):
            return "active"
        following = successors.get(following.successor_id or 0)
    return "expired" if token.revoked_at is None else "revoked"
