from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core import mail

from sign_in.reset import _sender
from tests.console.pages import Page, Visitor
from tests.sign_in.people import PASSWORD, is_in, set_up, sign_in, somebody, visitor

pytestmark = pytest.mark.django_db(transaction=True)
ASK = "/admin/sign-in/forgotten/"
NEW = "another horse 9"


def _ask(at: Visitor, address: str) -> Page:
    page = at.post(ASK, email=address)
    _sender.submit(int).result(timeout=20)  # what was waiting is sent
    return page


def _link() -> str:
    (message,) = mail.outbox
    (path,) = re.findall(r"http://testserver(/admin/sign-in/new-password/\S+)", str(message.body))
    return str(path)


def _set(at: Visitor, link: str, password: str = NEW) -> Page:
    form = at.get(link, follow=True)
    return at.post(form.url, new_password1=password, new_password2=password)


def test_reset__by_the_link__sets_the_password_once() -> None:
    somebody()
    _ask(visitor(), "Anna@example.com")
    link = _link()
    assert _set(visitor(), link).url == "/admin/login/"
    at = visitor()
    sign_in(at, password=NEW)
    assert is_in(at)
    assert "has been used, or is older than an hour" in visitor().get(link, follow=True).text


def test_reset__of_nobody__says_the_same_and_sends_nothing() -> None:
    somebody()
    known, unknown = _ask(visitor(), "anna@example.com"), _ask(visitor(), "carl@example.com")
    assert known.status == unknown.status == 200
    assert known.url == unknown.url
    assert known.text == unknown.text
    assert len(mail.outbox) == 1


def test_reset__asked_for_again_and_again__sends_five_an_hour_and_says_the_same() -> None:
    somebody()
    somebody("berta")
    said = {_ask(visitor(f"192.0.2.{number}"), "anna@Example.com").text for number in range(8)}
    assert len(mail.outbox) == 5
    assert said == {_ask(visitor(), "carl@example.com").text}
    _ask(visitor(), "berta@example.com")
    assert len(mail.outbox) == 6


def test_reset__whoever_is_asked_for__looks_for_nobody_before_the_answer(
    django_assert_num_queries: Any, monkeypatch: Any
) -> None:
    """The same work before the answer takes the same time."""
    somebody()
    monkeypatch.setattr("sign_in.reset._send", lambda *_: None)
    for address in ("anna@example.com", "carl@example.com"):
        with django_assert_num_queries(0):
            assert visitor().client.post(ASK, {"email": address}).status_code == 302


def test_reset__of_who_has_no_password_or_is_switched_off__sends_nothing() -> None:
    anna, berta = somebody(), somebody("berta")
    anna.set_unusable_password()
    anna.save()
    User.objects.filter(pk=berta.pk).update(is_active=False)
    _ask(visitor(), "anna@example.com")
    _ask(visitor(), "berta@example.com")
    assert mail.outbox == []


def test_reset__with_a_one_time_password__still_asks_for_the_code() -> None:
    anna = somebody()
    at = visitor()
    sign_in(at)
    set_up(at, anna)
    _ask(visitor(), "anna@example.com")
    _set(visitor(), _link())
    assert not is_in(at)
    again = visitor()
    assert sign_in(again, password=NEW).url == "/admin/sign-in/code/"


def test_reset__weak_password__is_refused() -> None:
    somebody()
    _ask(visitor(), "anna@example.com")
    page = _set(visitor(), _link(), "123")
    assert "too short" in page.text
    at = visitor()
    sign_in(at, password=PASSWORD)
    assert is_in(at)


def test_reset__mail__is_sent_to_the_host_that_was_asked_and_no_forged_one() -> None:
    somebody()
    assert visitor().client.post(ASK, {"email": "anna@example.com"}, HTTP_HOST="evil.example").status_code == 400
    _sender.submit(int).result(timeout=20)
    assert mail.outbox == []


def test_reset__without_mail__does_not_exist(settings: Any) -> None:
    settings.EMAIL_URL = ""
    assert visitor().get(ASK).status == 404
    assert "Forgotten" not in visitor().get("/admin/login/").text


def test_reset__mail_that_cannot_be_sent__is_logged_without_the_address(settings: Any, caplog: Any) -> None:
    somebody()
    settings.EMAIL_BACKEND = "tests.sign_in.broken_mail.Backend"
    assert _ask(visitor(), "anna@example.com").status == 200
    assert "Failed to send password reset email" in caplog.text
    assert "anna@example.com" not in caplog.text


def test_too_many__from_one_address__are_refused(monkeypatch: Any) -> None:
    monkeypatch.setattr("sign_in.frame.SignInThrottle.rate", "2/min", raising=False)
    at = visitor()
    assert [_ask(at, "carl@example.com").status for _ in range(3)] == [200, 200, 429]
