"""Staff at the console: what they may do, and the pages they get."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from playwright.sync_api import Browser
from pytest_django.fixtures import Settings

from routing.models import Account, Instance
from routing.role_services import give_role
from routing.services import change_destinations
from tests.console.browsing import started_browser
from tests.console.crowd import crowded, make_busy
from tests.console.pages import Holder, StaffWith, Visitor
from tests.world import ACTOR, a_key, an_instance


def _client() -> Client:
    return Client(raise_request_exception=True)


@pytest.fixture
def staff(db: None) -> Visitor:
    """A superuser who is signed in."""
    user = User.objects.create_superuser("anna", password="only for tests")
    client = _client()
    client.force_login(user)
    return Visitor(client)


@pytest.fixture
def staff_with(db: None) -> StaffWith:
    """A staff member with these permissions, each `app.codename`, signed in."""

    def sign_in(*permissions: str, username: str = "ben") -> Visitor:
        user = User.objects.create_user(username, password="only for tests", is_staff=True)
        for permission in permissions:
            app, codename = permission.split(".")
            user.user_permissions.add(Permission.objects.get(content_type__app_label=app, codename=codename))
        client = _client()
        client.force_login(user)
        return Visitor(client)

    return sign_in


@pytest.fixture
def instance(db: None) -> Instance:
    """Instance 1/8 that monitors `shop/pageviews`, with a key for its account."""
    made = an_instance()
    change_destinations(instance=made, add=[("shop", "pageviews")], actor=ACTOR)
    a_key("ingest")
    return made


@pytest.fixture
def crowd(instance: Instance) -> Instance:
    """The same with 200 rows of everything, chains of successors among the tokens."""
    return crowded(instance)


@pytest.fixture
def busy(crowd: Instance, settings: Settings, tmp_path: Path) -> Instance:
    """The same with traffic, people's events, a request for approval and a planned push."""
    return make_busy(crowd, directory=tmp_path, settings=settings)


@pytest.fixture
def holder(db: None) -> Holder:
    """Somebody who has a role in account 1 and nothing else, signed in."""

    def sign_in(role: str) -> Visitor:
        user = User.objects.create_user(f"holder-{role}", password="only for tests")
        give_role(user=user, role=role, account=Account.objects.get(number=1), actor=ACTOR)
        client = _client()
        client.force_login(user)
        return Visitor(client)

    return sign_in


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A real Chromium, the same for all tests of a module."""
    yield from started_browser()
