"""The login of somebody whom the provider of single sign-on names."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db import transaction

from p13nadmin.api.errors import NotAllowed
from routing.models import Account
from routing.role_services import set_roles
from sign_in.models import ProviderIdentity
from sign_in.provider_roles import Places

_log = logging.getLogger(__name__)
_ACTOR = "single sign-on"


@dataclass(frozen=True, slots=True)
class Person:
    """What the provider says of somebody; `email` is empty unless the provider has verified it."""

    issuer: str
    subject: str
    username: str
    email: str


@transaction.atomic
def login_of(person: Person, *, roles: Places) -> User:
    """The login of a person, made or found, with these roles and no other.

    It is found by the provider's own name of the person; the first time by their verified e-mail address, when just
    one login has it. Raises NotAllowed for who has no role, or a login that was switched off.
    """
    if not roles:
        raise NotAllowed("Your login at the provider has no role here. Ask whoever looks after staff accounts.")
    user = _known(person) or _linked(person)
    if not user.is_active:
        raise NotAllowed("Your login here was switched off. Ask whoever looks after staff accounts.")
    if not user.is_staff:
        user.is_staff = True
        user.save(update_fields=("is_staff",))
    if not user.is_superuser:
        _give(user, roles)
    return user


def _known(person: Person) -> User | None:
    return User.objects.filter(
        provider_identity__issuer=person.issuer, provider_identity__subject=person.subject
    ).first()


def _linked(person: Person) -> User:
    user = _by_email(person) or _new(person)
    ProviderIdentity.objects.create(user=user, issuer=person.issuer, subject=person.subject)
    return user


def _by_email(person: Person) -> User | None:
    if not person.email:
        return None
    found = User.objects.filter(email__iexact=person.email, provider_identity=None)[:2]
    return found[0] if len(found) == 1 else None


def _new(person: Person) -> User:
    if User.objects.filter(username__iexact=person.username).exists():
        raise NotAllowed(
            "A login of that name is here already, with another e-mail address. Ask whoever looks after it."
        )
    return User.objects.create_user(person.username, email=person.email, is_staff=True)


def _give(user: User, roles: Places) -> None:
    accounts = {account.number: account for account in Account.objects.filter(number__in=[n for n in roles if n])}
    unknown = sorted(number for number in roles if number is not None and number not in accounts)
    if unknown:
        _log.warning("single sign-on: OIDC_ROLES names accounts that do not exist: %s", unknown)
    known = {number: role for number, role in roles.items() if number not in unknown}
    set_roles(
        user=user,
        roles={None if number is None else accounts[number]: role for number, role in known.items()},
        actor=_ACTOR,
    )
