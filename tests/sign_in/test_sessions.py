from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.utils import timezone

from tests.console.pages import Visitor
from tests.sign_in.people import PASSWORD, is_in, sign_in, somebody, visitor

pytestmark = pytest.mark.django_db


@pytest.fixture
def at() -> Visitor:
    """Anna, signed in."""
    somebody()
    signed_in = visitor()
    sign_in(signed_in)
    return signed_in


def test_session__used_now_and_then__lasts_as_long_as_the_setting_says(at: Visitor) -> None:
    begun = timezone.now()
    for hours in range(1, 12):
        with time_machine.travel(begun + timedelta(hours=hours)):
            assert is_in(at), hours
    with time_machine.travel(begun + timedelta(hours=12, minutes=1)):
        assert not is_in(at)
        assert at.client.get("/accounts").status_code == 401


def test_session__left_alone__is_over_and_says_why(at: Visitor) -> None:
    with time_machine.travel(timezone.now() + timedelta(minutes=121)):
        page = at.get("/admin/", follow=True)
        assert page.url == "/admin/login/"
        assert "You were signed out: nothing was done for a while" in page.text
        assert sign_in(at).url == "/admin/"
        assert is_in(at)


def test_session__of_an_open_page_that_asks_by_itself__counts_as_left_alone(at: Visitor) -> None:
    begun = timezone.now()
    for minutes in range(10, 120, 10):
        with time_machine.travel(begun + timedelta(minutes=minutes)):
            assert at.client.get("/admin/", headers={"Sec-Fetch-Mode": "cors"}).status_code == 200
    with time_machine.travel(begun + timedelta(minutes=121)):
        assert not is_in(at)


@pytest.mark.parametrize(
    ("headers", "goes_on"),
    [
        ({"Sec-Fetch-Mode": "cors", "X-Asked-By": "page"}, False),
        ({"X-Asked-By": "page"}, False),
        ({"Sec-Fetch-Mode": "cors"}, True),
        ({"Sec-Fetch-Mode": "navigate"}, True),
    ],
)
def test_session__of_a_page_that_posts__goes_on_when_somebody_asked(
    at: Visitor, headers: dict[str, str], goes_on: bool
) -> None:
    begun = timezone.now()
    for minutes in range(10, 120, 10):
        with time_machine.travel(begun + timedelta(minutes=minutes)):
            at.client.post("/admin/check/", headers=headers)
    with time_machine.travel(begun + timedelta(minutes=121)):
        assert is_in(at) is goes_on


@pytest.mark.parametrize(("name", "value"), [("SESSION_HOURS", 1), ("SESSION_IDLE_MINUTES", 5)])
def test_session__by_another_setting__ends_earlier(at: Visitor, settings: Any, name: str, value: int) -> None:
    setattr(settings, name, value)
    assert is_in(at)
    with time_machine.travel(timezone.now() + timedelta(minutes=61)):
        assert not is_in(at)


def test_session__from_before_its_age_was_noted__is_over(at: Visitor) -> None:
    session = at.client.session
    del session["signed_in_at"]
    session.save()
    assert not is_in(at)


def test_password__changed__ends_the_sessions_elsewhere_alone(at: Visitor) -> None:
    elsewhere = visitor()
    sign_in(elsewhere)
    form = {"old_password": PASSWORD, "new_password1": "another horse 9", "new_password2": "another horse 9"}
    assert "password was changed" in at.post("/admin/password_change/", **form).text
    assert is_in(at)
    assert not is_in(elsewhere)


def test_sign_out_everywhere__by_a_superuser__ends_the_sessions_of_that_one(at: Visitor) -> None:
    anna = User.objects.get()
    somebody("berta")
    berta = visitor()
    sign_in(berta, username="berta")
    assert "1 sessions of anna ended" in berta.post(f"/admin/auth/user/{anna.pk}/sign-in/", action="sign_out").text
    assert not is_in(at)
    assert is_in(berta)


@pytest.mark.parametrize("minutes", [0, 5])
def test_sign_out_everywhere__of_oneself__leads_to_signing_in(at: Visitor, minutes: int) -> None:
    with time_machine.travel(timezone.now() + timedelta(minutes=minutes)):
        page = at.post(f"/admin/auth/user/{User.objects.get().pk}/sign-in/", action="sign_out")
        assert (page.url, page.status) == ("/admin/login/", 200)
        assert "1 sessions of anna ended" in page.text
        assert not is_in(at)


def test_session_key__after_signing_in__is_another() -> None:
    somebody()
    fresh = visitor()
    session = fresh.client.session
    session["planted"] = 1
    session.save()
    fresh.client.cookies["sessionid"] = session.session_key
    sign_in(fresh)
    assert fresh.client.cookies["sessionid"].value != session.session_key


@pytest.mark.parametrize("next", ["https://elsewhere.example/", "//elsewhere.example", "javascript:alert(1)"])
def test_next__to_another_place__leads_to_the_first_page(next: str) -> None:
    somebody()
    assert sign_in(visitor(), next=next).url == "/admin/"
