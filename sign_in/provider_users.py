"""The login of somebody whom the provider of single sign-on names."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction

from p13nadmin.api.errors import NotAllowed
from routing.models import Account, StaffRole
from routing.role_services import set_roles
from sign_in.one_time import is_set_up
from sign_in.provider_links import connect, login_connected_with
from sign_in.provider_roles import Places
from sign_in.records import note_change
from sign_in.sessions import sign_out_everywhere

_log = logging.getLogger(__name__)
_ACTOR = "single sign-on"


@dataclass(frozen=True, slots=True)
class Person:
    """What the provider says of somebody; `email` is empty unless the provider has verified it."""

    issuer: str
    subject: str
    username: str
    email: str


class ProofNeeded(NotAllowed):
    """The person's address is that of `user`, whose password is to be shown before the two are connected."""

    def __init__(self, user: User, person: Person) -> None:
        super().__init__("A login here has your e-mail address: show its password once.")
        self.user, self.person = user, person


def login_of(person: Person, *, roles: Places) -> User:
    """The login of a person, made or found, with these roles and no other.

    It is found by the provider's own name of the person; the first time by their verified e-mail address, when just
    one login has it and nothing but the address speaks for another owner. Raises ProofNeeded for a login with a
    password, and NotAllowed for one that was switched off, a superuser's, and who has no role, who is then signed out.
    """
    given = _in_accounts(roles)
    if not given:
        _shut_out(person)
        raise NotAllowed("Your login at the provider has no role here. Ask whoever looks after staff accounts.")
    return _let_in(person, given)


@transaction.atomic
def _shut_out(person: Person) -> None:
    user = login_connected_with(issuer=person.issuer, subject=person.subject)
    if user is None:
        return
    had_roles = not user.is_superuser and StaffRole.objects.filter(user=user).exists()
    if had_roles:
        set_roles(user=user, roles={}, actor=_ACTOR)
    ended = sign_out_everywhere(user)
    if had_roles or ended:
        note_change(user, f"the provider gives no role any more, {ended} sessions ended", actor=_ACTOR)


@transaction.atomic
def _let_in(person: Person, roles: Mapping[Account | None, str]) -> User:
    user = login_connected_with(issuer=person.issuer, subject=person.subject) or _first_time(person)
    _check_is_on(user)
    if not user.is_staff:
        user.is_staff = True
        user.save(update_fields=("is_staff",))
    if not user.is_superuser:
        set_roles(user=user, roles=roles, actor=_ACTOR)
    return user


def _check_is_on(user: User) -> None:
    if not user.is_active:
        raise NotAllowed("Your login here was switched off. Ask whoever looks after staff accounts.")


def _first_time(person: Person) -> User:
    found = _by_email(person)
    user = found or _new(person)
    connect(user=user, issuer=person.issuer, subject=person.subject)
    how = "made by" if found is None else "connected, by the verified e-mail address, with"
    note_change(user, f"{how} single sign-on", actor=_ACTOR)
    return user


def _by_email(person: Person) -> User | None:
    if not person.email:
        return None
    found = User.objects.filter(email__iexact=person.email, provider_identity=None)[:2]
    if len(found) != 1:
        return None
    _check_may_be_taken(found[0], person)
    return found[0]


def _check_may_be_taken(user: User, person: Person) -> None:
    """Nobody comes by an address alone to more than the provider gives, nor past a password or code that is there."""
    _check_is_on(user)
    if user.is_superuser or (is_set_up(user) and not user.has_usable_password()):
        raise NotAllowed(
            "The login here with your e-mail address is not connected with single sign-on by itself. A superuser does "
            "that under Users → the person → “Locks, one-time password and sessions”. "
            f"Your name at the provider is “{person.subject}”."
        )
    if user.has_usable_password():
        raise ProofNeeded(user, person)


def _new(person: Person) -> User:
    if not User.objects.filter(username__iexact=person.username).exists():
        try:
            with transaction.atomic():
                return User.objects.create_user(person.username, email=person.email, is_staff=True)
        except IntegrityError:
            _log.warning("single sign-on: a login of the same name was made at the same moment")
    raise NotAllowed("A login of that name is here already, with another e-mail address. Ask whoever looks after it.")


def _in_accounts(roles: Places) -> Mapping[Account | None, str]:
    accounts = {account.number: account for account in Account.objects.filter(number__in=[n for n in roles if n])}
    unknown = sorted(number for number in roles if number is not None and number not in accounts)
    if unknown:
        _log.warning("single sign-on: OIDC_ROLES names accounts that do not exist: %s", unknown)
    return {
        None if number is None else accounts[number]: role for number, role in roles.items() if number not in unknown
    }
