"""Which login here is whose at the provider of single sign-on. The callers write what they changed into the history."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction

from p13nadmin.api.errors import Conflict
from sign_in.models import ProviderIdentity
from sign_in.sessions import sign_out_everywhere


def login_connected_with(*, issuer: str, subject: str) -> User | None:
    """The login that belongs to that name at the provider, if there is one."""
    return User.objects.filter(provider_identity__issuer=issuer, provider_identity__subject=subject).first()


def identity_of(user: User) -> ProviderIdentity | None:
    """Who somebody is at the provider, if that is known."""
    return ProviderIdentity.objects.filter(user=user).first()


def connect(*, user: User, issuer: str, subject: str) -> None:
    """Let who has that name at the provider sign in as `user`. Raises Conflict when either is connected already."""
    try:
        with transaction.atomic():
            ProviderIdentity.objects.create(user=user, issuer=issuer, subject=subject)
    except IntegrityError:
        raise Conflict("This login, or that name at the provider, is connected already.") from None


@transaction.atomic
def disconnect(*, user: User) -> int:
    """Undo it, and end the sessions of `user`; how many they were."""
    ProviderIdentity.objects.filter(user=user).delete()
    return sign_out_everywhere(user)
