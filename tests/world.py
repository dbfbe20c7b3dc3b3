"""Customers, keys and tokens to test with, made by the services that everybody uses."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib.sessions.backends.db import SessionStore
from django.utils import timezone

from routing.models import Account, Instance
from routing.services import create_account, create_instance
from tests.http import Api
from tokens.hand_overs import deliver
from tokens.models import HandOver
from tokens.services import issue_key, issue_token

ACTOR = "a test"


def an_account(number: int = 1) -> Account:
    return create_account(number=number, name=f"Customer {number}")[0]


def an_instance(account: int = 1, instance: int = 8) -> Instance:
    return create_instance(account=an_account(account), number=instance, name=f"Engine {instance}")[0]


def a_key(scope: str = "provision", *, account: int = 1, name: str = "", **rules: Any) -> str:
    """A new key's whole `Authorization` header."""
    if scope == "operator":
        rules.setdefault("expires_at", timezone.now() + timedelta(days=1))
    name = name or f"{scope} {timezone.now().timestamp()}"
    return issue_key(account=an_account(account), name=name, scope=scope, actor=ACTOR, **rules).header


def a_hand_over(instance: Instance, *, name: str = "to hand over") -> HandOver:
    """A link, not opened yet, to a new token."""
    made = deliver(
        lambda: issue_token(instance=instance, name=name, actor=ACTOR), lifetime=timedelta(hours=1), actor=ACTOR
    )
    assert made.row is not None
    return made.row


def a_caller(scope: str = "provision", *, account: int = 1, **rules: Any) -> Api:
    return Api(a_key(scope, account=account, **rules))


def a_session(*, days: int) -> str:
    """The key of a session of nobody that is over in so many days."""
    session = SessionStore()
    session["of"] = "nobody"
    session.set_expiry(timezone.now() + timedelta(days=days))
    session.create()
    assert session.session_key
    return session.session_key
