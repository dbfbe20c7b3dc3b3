from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client, RequestFactory
from django.views.defaults import bad_request, server_error

from routing.models import Instance
from tests.console.pages import StaffWith, Visitor

WAY_BACK = "To the console's first page"


@pytest.mark.parametrize("debug", [True, False])
@pytest.mark.parametrize(
    "path",
    ["/admin/nothing/here/", "/admin/routing/instance/99/change/", "/admin/routing/instance/99/draft/"],
)
def test_missing_page__opened__is_said_in_words(staff: Visitor, settings: Any, path: str, debug: bool) -> None:
    settings.DEBUG = debug
    page = staff.get(path)
    assert page.status == 404
    assert "There is no such page" in page.text
    assert WAY_BACK in page.text.replace("&#x27;", "'")
    assert "/admin/" in page.links


def test_refused_page__opened__says_whom_to_ask(staff_with: StaffWith, instance: Instance) -> None:
    page = staff_with().get("instance_draft", instance.pk)
    assert page.status == 403
    assert "Ask whoever looks after staff accounts" in page.text


def test_form_of_another_session__sent__says_that_nothing_was_lost(instance: Instance) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(User.objects.create_superuser("anna"))
    response = client.post(f"/admin/routing/instance/{instance.pk}/draft/", {"text": "mine: 1", "revision": 0})
    assert response.status_code == 403
    assert "Nothing was changed. Go back, copy what you typed" in response.content.decode()


@pytest.mark.parametrize(
    ("view", "status", "says"),
    [(server_error, 500, "Something went wrong here"), (bad_request, 400, "cannot be understood")],
)
def test_other_errors__have_a_page_that_stands_alone(view: Any, status: int, says: str) -> None:
    request = RequestFactory().get("/admin/")
    response = view(request) if view is server_error else view(request, ValueError("secret"))
    assert response.status_code == status
    text = response.content.decode()
    assert says in text
    assert "secret" not in text
    assert '<link rel="stylesheet" href="/static/console/error.css">' in text
