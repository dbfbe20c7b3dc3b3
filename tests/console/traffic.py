"""An instance whose endpoint had traffic of every kind, as its processes would have written it."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import uuid4

from django.utils import timezone

from personalization.admission import Target
from personalization.models import EndedOffer, Rejection, RuleFailure
from personalization.traffic_notes import Kind
from personalization.traffic_records import record_counts, summarize
from provisioning.models import EndpointProcess
from routing.models import Destination, Instance
from tokens.models import AccessToken


def come(
    instance: Instance,
    requests: int,
    *,
    ago: timedelta = timedelta(minutes=10),
    table: str = "pageviews",
    **kind: object,
) -> None:
    """So many requests some time ago; `kind` may hold token, code, reason, bound and failed."""
    minute = int((timezone.now() - ago).timestamp() // 60)
    values = {"token": 0, "code": 200, "reason": "", "bound": 2} | kind
    place = Target(False, "shop", table)
    record_counts({Kind(minute=minute, instance=instance.pk, place=place, **values): requests})  # type: ignore[arg-type]
    summarize([instance.pk])


def be_busy(instance: Instance) -> None:
    """Events with and without offers, refusals, errors, and one of everything that needs attention."""
    token = AccessToken.objects.get(instance=instance, name="web")
    now = timezone.now()
    come(instance, 1_200, token=token.pk)
    come(instance, 300, token=token.pk, reason="no-rule", ago=timedelta(hours=5))
    come(instance, 40, token=token.pk, reason="error", bound=6)
    come(instance, 30, code=3007, token=token.pk)
    come(instance, 20, table="page_views", reason="not-monitored", token=token.pk)
    fail(instance, at=now)
    AccessToken.objects.filter(pk=token.pk).update(expires_at=now + timedelta(days=9), created_at=now - timedelta(9))
    Destination.objects.filter(instance=instance).update(created_at=now - timedelta(days=9))
    version = instance.live_summary.version
    for table, account in (("pageviews", None), ("nobody_has_it", None), ("pageviews", instance.account_id)):
        Rejection.objects.create(
            at=now, code=3000 if account else 3009, account=account, database="shop", table=table,
            origin="https://new.example.com", address="203.0.113.0/24", reason="It is not on a list.",
            request_id="0" * 32, is_preflight=account is None,
        )  # fmt: skip
    EndedOffer.objects.create(instance=instance, version=version, offer="winter", ended_at=now - timedelta(days=2))


def fail(instance: Instance, *, at: datetime, version: int | None = None) -> None:
    """A rule of the live version, or of that one, failed 12 times."""
    RuleFailure.objects.create(
        instance=instance,
        version=version or instance.live_summary.version,
        rule='offer "preferences_known", rule 1, if',
        failures=12,
        message="cannot read `length` of undefined",
        first_at=at,
        last_at=at,
    )


def run_process(instance: Instance, *, ago: timedelta = timedelta(), version: int = 1, host: str = "web-1") -> None:
    """A process of the endpoint that reported itself so long ago."""
    now = timezone.now()
    EndpointProcess.objects.create(
        id=uuid4(),
        host=host,
        pid=7,
        revision=1,
        versions={instance.label: version},
        started_at=now - ago,
        seen_at=now - ago,
    )
