"""Creating the demo customer, as often as wanted: what is there stays as it is."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from pathlib import Path

from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils import timezone

from personalization.demo.key_file import remember_key, remembered_key
from provisioning.selectors import newest_push
from provisioning.services import upload_configuration
from routing.models import Account, Instance
from routing.services import change_destinations, create_account, create_instance
from tokens.header import digest
from tokens.models import AccessToken, ApiKey
from tokens.selectors import acceptance, free_key_name, is_usable
from tokens.services import issue_key, issue_token, revoke

ACCOUNT, INSTANCE = 1, 8
DESTINATION = ("your_database", "pageviews")
TOKEN = "e65d8a9df2094f02b84cd660efff6f27"  # noqa: S105 - published in the product's documentation
TOKEN_NAME = "web-server"  # noqa: S105 - a name
LOGIN = "admin"
CONFIGURATION = Path(__file__).with_name("preferences.yaml")
_ACTOR = "demo"


@dataclass(frozen=True, slots=True)
class DemoCustomer:
    """How to use the demo; `password` is empty unless it was made just now. `notices` are for people."""

    token_header: str = field(repr=False)
    key_header: str = field(repr=False)
    password: str = field(repr=False)
    notices: tuple[str, ...] = ()


@transaction.atomic
def create_demo_customer(*, data_dir: Path, reset_password: bool = False) -> DemoCustomer:
    """Create what is missing. Raises OSError when the key cannot be kept in `data_dir`, and DomainError."""
    instance = _instance()
    change_destinations(instance=instance, actor=_ACTOR, add=[DESTINATION])
    token = _token(instance)
    key, key_notices = _key(instance.account, data_dir)
    if newest_push(instance) is None:
        upload_configuration(instance=instance, text=CONFIGURATION.read_bytes(), actor=_ACTOR, push=True)
    return DemoCustomer(
        token_header=f"{instance.label}/{TOKEN}",
        key_header=f"TD1 {instance.account_id}/{key}",
        password=_password(reset=reset_password),
        notices=(*key_notices, *_token_notices(token)),
    )


def _instance() -> Instance:
    account = Account.objects.filter(number=ACCOUNT).first()
    if account is None:
        account, _ = create_account(number=ACCOUNT, name="Demo customer")
    instance = Instance.objects.filter(account=account, number=INSTANCE).select_related("account").first()
    if instance is None:
        instance, _ = create_instance(account=account, number=INSTANCE, name="Preferences")
    return instance


def _token(instance: Instance) -> AccessToken:
    existing = AccessToken.objects.filter(digest=digest(TOKEN)).first()
    if existing is not None:
        return existing
    return issue_token(instance=instance, name=TOKEN_NAME, actor=_ACTOR, token=TOKEN).row


def _token_notices(token: AccessToken) -> tuple[str, ...]:
    current = AccessToken.objects.select_related("instance__live_summary").get(pk=token.pk)
    answer = acceptance(current, at=timezone.now())
    return () if answer.accepted else (f"the endpoint does not accept the demo's token now: {answer.why}",)


def _key(account: Account, data_dir: Path) -> tuple[str, tuple[str, ...]]:
    kept = remembered_key(data_dir)
    row = ApiKey.objects.filter(account=account, digest=digest(kept)).first() if kept else None
    if row is not None and is_usable(row, at=timezone.now()):
        return kept, ()
    earlier = list(ApiKey.objects.filter(account=account, created_by=_ACTOR, revoked_at=None))
    for each in earlier:
        revoke(row=each, actor=_ACTOR)
    issued = issue_key(account=account, name=free_key_name(account, "demo"), scope=ApiKey.Scope.INGEST, actor=_ACTOR)
    remember_key(data_dir, issued.secret)
    return issued.secret, ("the demo's API key was not known here any more: this is a new one",) if earlier else ()


def _password(*, reset: bool) -> str:
    user, created = get_user_model().objects.get_or_create(
        username=LOGIN, defaults={"is_staff": True, "is_superuser": True}
    )
    if not (created or reset):
        return ""
    password = secrets.token_urlsafe(12)
    user.set_password(password)
    user.save(update_fields=("password",))
    return password
