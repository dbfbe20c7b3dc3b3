"""Whether the endpoint takes a token, and what validation knows of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from provisioning.selectors import context_for
from routing.models import Instance, LiveSummary
from tests.world import ACTOR, an_instance
from tokens.models import AccessToken
from tokens.selectors import accept_all, acceptance, is_usable, issued_digests, tokens_of
from tokens.services import issue_token, revoke, rotate_token

pytestmark = pytest.mark.django_db


@pytest.fixture
def instance() -> Instance:
    return an_instance(1, 8)


def a_token(instance: Instance, name: str = "web", **changes: Any) -> AccessToken:
    row = issue_token(instance=instance, name=name, actor=ACTOR).row
    AccessToken.objects.filter(pk=row.pk).update(**changes)
    row.refresh_from_db()
    return row


def list_names(instance: Instance, *names: str) -> None:
    LiveSummary.objects.update_or_create(instance=instance, defaults={"version": 4, "token_names": list(names)})


@pytest.mark.parametrize(
    ("since_expiry", "usable"), [(timedelta(seconds=-1), True), (timedelta(), False), (timedelta(seconds=1), False)]
)
def test_is_usable__around_the_expiry__until_it(instance: Instance, since_expiry: timedelta, usable: bool) -> None:
    expiry = timezone.now()

    assert is_usable(a_token(instance, expires_at=expiry), at=expiry + since_expiry) is usable


@pytest.mark.parametrize(
    ("listed", "changes", "why"),
    [
        (["web"], {}, ""),
        (["other"], {}, "not listed in live version 4"),
        ([], {}, "not listed in live version 4"),
        (["web"], {"revoked_at": timezone.now()}, "revoked"),
        (["web"], {"expires_at": timezone.now()}, "expired"),
        (["WEB"], {}, "not listed in live version 4"),
    ],
)
def test_acceptance__one_token__or_why_not(
    instance: Instance, listed: list[str], changes: dict[str, Any], why: str
) -> None:
    row = a_token(instance, **changes)
    list_names(instance, *listed)
    (token,) = tokens_of(instance)

    one, (of_all,) = acceptance(token, at=timezone.now()), accept_all([token], at=timezone.now())

    assert token.pk == row.pk
    assert one == of_all
    assert (one.accepted, one.why) == (not why, why)


def test_acceptance__successors_of_a_listed_token__accepted_however_many(instance: Instance) -> None:
    list_names(instance, "web")
    row = a_token(instance)
    for _ in range(3):
        row = rotate_token(token=row, overlap=timedelta(), actor=ACTOR).row

    tokens = list(tokens_of(instance))

    accepted = {
        token.name: each.accepted for token, each in zip(tokens, accept_all(tokens, at=timezone.now()), strict=True)
    }
    assert accepted == {"web": False, "web #2": False, "web #3": False, "web #4": True}


def test_acceptance__predecessor_of_a_listed_token__is_not(instance: Instance) -> None:
    list_names(instance, "web #2")
    rotate_token(token=a_token(instance), overlap=timedelta(days=1), actor=ACTOR)

    tokens = list(tokens_of(instance))

    assert [each.accepted for each in accept_all(tokens, at=timezone.now())] == [False, True]


def test_acceptance__same_name_in_another_instance__does_not_count(instance: Instance) -> None:
    other = an_instance(1, 9)
    list_names(other, "web")
    a_token(instance)

    (token,) = tokens_of(instance)

    assert acceptance(token, at=timezone.now()).why == "the instance has no live version"


def states(instance: Instance) -> dict[str, str]:
    return {known.name: known.state for known in context_for(instance, stage="push").tokens or ()}


def test_context__tokens__their_states(instance: Instance) -> None:
    a_token(instance, "active")
    a_token(instance, "expired", expires_at=timezone.now())
    a_token(instance, "revoked", revoked_at=timezone.now())
    a_token(an_instance(1, 9), "elsewhere")

    assert states(instance) == {"active": "active", "expired": "expired", "revoked": "revoked"}


def test_context__expired_token_with_a_usable_successor__counts_as_active(instance: Instance) -> None:
    first = a_token(instance)
    second = rotate_token(token=first, overlap=timedelta(), actor=ACTOR).row
    before = states(instance)
    revoke(row=second, actor=ACTOR)

    assert before == {"web": "active", "web #2": "active"}
    assert states(instance) == {"web": "expired", "web #2": "revoked"}


def test_issued_digests__some_known__those(instance: Instance) -> None:
    row = a_token(instance)

    assert issued_digests(frozenset({row.digest, "0" * 64})) == {row.digest}
