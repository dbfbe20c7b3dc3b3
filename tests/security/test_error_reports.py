"""The pages of crashes in debug mode, and the lines of the log: names and places, no values."""

from __future__ import annotations

import logging
import sys
from logging.config import DictConfigurator
from typing import Any

import pytest
from django.conf import settings as configured
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.views.debug import technical_500_response

from p13nadmin.api.error_body import without_secrets

TOKEN = "cafebabecafe4abebafebabecafebabe"
UUID = "cafebabe-cafe-4abe-bafe-babecafebabe"
KEY = TOKEN + "01234567"
PASSWORD = "planted password"
URL = "postgres://anna:planted-password@db.example.com/p13nadmin"


def _crash(**planted: str) -> HttpResponse:
    """The page of a crash deep in a request that holds the planted values everywhere."""
    request = RequestFactory().post(
        f"/admin/login/{TOKEN}?token={TOKEN}",
        {"password": PASSWORD, "token": TOKEN, **planted},
        headers={"Authorization": f"TD1 1/{KEY}", "WP13n-Token": f"1/8/{TOKEN}", "Referer": f"http://a/{UUID}"},
    )
    request.COOKIES["sessionid"] = PASSWORD
    secret = PASSWORD
    try:
        raise RuntimeError(f"something with {TOKEN}" if secret else "")
    except RuntimeError:
        return technical_500_response(request, *sys.exc_info())  # type: ignore[arg-type]


@pytest.mark.parametrize("debug", [True, False])
@pytest.mark.parametrize("accept", ["text/html", "text/plain"])
def test_page_of_a_crash__holds_no_value(settings: Any, debug: bool, accept: str) -> None:
    settings.DEBUG = debug
    settings.DATABASE_URL = settings.EVENT_STORE = URL
    page = _crash(key=PASSWORD).content.decode()
    for secret in (TOKEN, UUID, KEY, PASSWORD, URL, configured.SECRET_KEY):
        assert secret not in page
    assert "RuntimeError" in page
    assert "something with [hidden]" in page
    assert "test_error_reports.py" in page


def test_page_for_a_wrong_host__in_debug_mode__holds_no_setting(settings: Any) -> None:
    settings.DEBUG = True
    settings.DATABASE_URL = URL
    response = Client(raise_request_exception=False).get("/admin/login/", headers={"host": "evil.example"})
    assert response.status_code == 400
    assert "planted" not in response.content.decode()


def _line(message: str, *args: object, error: BaseException | None = None) -> str:
    """A line as the settings have it formatted."""
    formatter: logging.Formatter = DictConfigurator(configured.LOGGING).configure_formatter(
        dict(configured.LOGGING["formatters"]["line"])
    )
    given = None if error is None else (type(error), error, error.__traceback__)
    return formatter.format(logging.LogRecord("a.name", logging.WARNING, __file__, 1, message, args, given))


@pytest.mark.parametrize("secret", [TOKEN, TOKEN.upper(), UUID, KEY, "TD1 1/any-key-of-another-form"])
def test_line__with_a_secret__hides_it(secret: str) -> None:
    for line in (_line("Not Found: /%s", secret), _line("failed", error=ValueError(f"it was {secret}"))):
        assert secret.removeprefix("TD1 1/") not in line
        assert "[hidden]" in line


def test_line__with_what_is_no_secret__stays() -> None:
    digest = "sha256:" + "ab" * 32
    text = f"request {TOKEN} failed: instance 1/8, version 4, {digest}, TD1 {{account}}/{{key}}"
    assert _line(text).endswith(f"WARNING a.name: {text}")


def test_without_secrets__is_the_same_when_done_again() -> None:
    text = f"a {TOKEN} and TD1 1/{KEY}, request {TOKEN}, sha256:{'0' * 64}"
    assert without_secrets(without_secrets(text)) == without_secrets(text)


def test_log_of_django__has_one_way_out_and_no_queries() -> None:
    assert configured.LOGGING["loggers"]["django"] == {"level": "INFO", "handlers": []}
