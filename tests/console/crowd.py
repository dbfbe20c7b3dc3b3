"""An instance among many, with many rows of everything that pages show."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from pathlib import Path

from django.contrib.auth.models import Group
from django.utils import timezone
from pytest_django.fixtures import Settings

from personalization.models import RuleFailure
from provisioning.approvals import request_draft_approval, set_push_policy
from provisioning.models import ApprovalRequest, ConfigurationVersion, Push, ScheduledPush
from provisioning.schedules import plan_push
from provisioning.services import save_draft, upload_configuration
from routing.models import Account, Destination, Instance
from tests.console.pages import SHOP
from tests.console.traffic import be_busy, fail, run_process
from tests.console.traffic_world import a_recording, refused_preflight, rejected, stored
from tests.world import ACTOR
from tokens.hand_overs import deliver
from tokens.header import digest
from tokens.models import AccessToken, ApiKey, TokenCaller, TokenDay
from tokens.services import issue_token

ROWS = 200


def crowded(instance: Instance) -> Instance:
    """200 rows of everything, chains of successors among the tokens."""
    issue_token(instance=instance, name="web", actor=ACTOR)
    for text in (SHOP, SHOP.replace("> 0", "> 1")):
        upload_configuration(instance=instance, text=text, actor=ACTOR, push=True)
    save_draft(instance=instance, text=SHOP.replace("> 0", "> 2"), revision=None, actor=ACTOR)
    Account.objects.bulk_create(Account(number=number, name=f"Customer {number}") for number in range(10, 10 + ROWS))
    Instance.objects.bulk_create(
        Instance(account_id=10, number=number, name=f"E {number}") for number in range(1, ROWS)
    )
    Destination.objects.bulk_create(
        Destination(instance=instance, database="shop", table=f"table_{number}", created_by=ACTOR)
        for number in range(ROWS)
    )
    _tokens(instance)
    _versions(instance)
    return instance


def _tokens(instance: Instance) -> None:
    tokens = AccessToken.objects.bulk_create(
        AccessToken(instance=instance, name=f"t{number:03}", digest=digest(str(number)), created_by=ACTOR)
        for number in range(ROWS)
    )
    for number, (token, successor) in enumerate(pairwise(tokens)):
        token.successor = successor if number % 5 else None
    AccessToken.objects.bulk_update(tokens, ["successor"])
    ApiKey.objects.bulk_create(
        ApiKey(account_id=1, name=f"k{number}", digest=digest(f"k{number}"), scope="ingest", created_by=ACTOR)
        for number in range(ROWS)
    )


def _versions(instance: Instance) -> None:
    versions = ConfigurationVersion.objects.bulk_create(
        ConfigurationVersion(instance=instance, number=number, text="x" * 100, sha256="0" * 64, created_by=ACTOR)
        for number in range(10, 10 + ROWS)
    )
    Push.objects.bulk_create(
        Push(
            instance=instance,
            number=version.number,
            version=version,
            replaced=version,
            created_by=ACTOR,
            superseded_at=timezone.now() - timedelta(days=1),
        )
        for version in versions
    )


def make_busy(crowd: Instance, *, directory: Path, settings: Settings) -> Instance:
    """The same with traffic of every kind, people's events, a request for approval and a planned push."""
    settings.EVENT_STORE = f"sqlite:///{directory}/events.sqlite3"
    instance = Instance.objects.get(pk=crowd.pk)
    web = AccessToken.objects.get(instance=instance, name="web")
    be_busy(instance)
    stored(instance, *({"some_key": f"k{number}"} for number in range(50)))
    stored(instance, *({"column": number} for number in range(20)), table="orders")
    a_recording(instance, *({"some_key": f"r{number}"} for number in range(20)))
    for number in range(ROWS // 4):
        rejected(instance)
        refused_preflight(f"https://{number}.example.com")
        run_process(instance, version=2, host=f"web-{number}")
    fail(instance, at=timezone.now(), version=1)
    _rules_that_fail(instance)
    _use(web)
    set_push_policy(instance=instance, approval_required=True, actor=ACTOR)
    request_draft_approval(instance=instance, actor=ACTOR)
    ApprovalRequest.objects.bulk_create(_decided(instance, version) for version in instance.versions.all())
    plan_push(instance=instance, version=1, actor=ACTOR, at=timezone.now() + timedelta(days=1))
    ScheduledPush.objects.bulk_create(_called_off(instance, version) for version in instance.versions.all())
    Group.objects.bulk_create(Group(name=f"team {number}") for number in range(ROWS))
    return instance


def _rules_that_fail(instance: Instance) -> None:
    now = timezone.now()
    RuleFailure.objects.bulk_create(
        RuleFailure(
            instance=instance, version=2, rule=f'offer "o{number}"', failures=1, message="", first_at=now, last_at=now
        )
        for number in range(ROWS)
    )


def _use(token: AccessToken) -> None:
    """Callers, days and links of a token between its predecessor and its successor."""
    now = timezone.now()
    TokenCaller.objects.bulk_create(
        TokenCaller(token=token, origin=f"https://{number}.example.com", last_used_at=now) for number in range(20)
    )
    TokenDay.objects.bulk_create(
        TokenDay(token=token, day=(now - timedelta(days=number)).date(), requests=9) for number in range(30)
    )
    for number in range(6):
        made = deliver(
            lambda number=number: issue_token(instance=token.instance, name=f"link {number}", actor=ACTOR),
            lifetime=timedelta(hours=1),
            actor=ACTOR,
        )
        assert made.row is not None
        made.row.token = token
        made.row.save()
    AccessToken.objects.filter(pk=token.pk).update(successor=AccessToken.objects.get(name="link 0"), last_used_at=now)
    AccessToken.objects.filter(name="link 1").update(successor=token)


def _decided(instance: Instance, version: ConfigurationVersion) -> ApprovalRequest:
    return ApprovalRequest(instance=instance, version=version, state="void", created_by=ACTOR)


def _called_off(instance: Instance, version: ConfigurationVersion) -> ScheduledPush:
    return ScheduledPush(instance=instance, version=version, state="cancelled", at=timezone.now(), created_by=ACTOR)
