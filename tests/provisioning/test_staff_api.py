"""What staff may do by their session: Django's permissions, one for each kind of action."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from routing.models import Instance
from tests.http import Api, assert_error
from tests.provisioning.configurations import numbered

VIEW = "view_configurationversion"
ADD = "add_configurationversion"
PUSH = "add_push"


def staff(*codenames: str) -> Api:
    user = User.objects.create_user("anna", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    client = Client(raise_request_exception=False, enforce_csrf_checks=True)
    client.force_login(user)
    client.cookies["csrftoken"] = "a" * 32
    return Api(client=client)


def send(api: Api, method: str, path: str, body: str = "") -> Any:
    content_type = "application/yaml" if path.startswith("/provision?") else "application/json"
    return api.send(method, path, body, content_type=content_type, headers={"X-CSRFToken": "a" * 32})


ACTIONS = [
    ("GET", "/provision", "", {VIEW}),
    ("GET", "/provision/1/8", "", {VIEW}),
    ("GET", "/provision/1/8/versions/1", "", {VIEW}),
    ("GET", "/provision/1/8/diff?from=1&to=2", "", {VIEW}),
    ("POST", "/provision?dry_run=true", numbered(3), {ADD}),
    ("POST", "/provision?push=false", numbered(3), {ADD}),
    ("POST", "/provision?push=true", numbered(3), {ADD, PUSH}),
    ("POST", "/provision?push=true&dry_run=true", numbered(3), {ADD, PUSH}),
    ("POST", "/provision/1/8/push", '{"version": 1}', {PUSH}),
    ("POST", "/provision/1/8/rollback", "{}", {PUSH}),
    ("POST", "/provision/1/8/pause", '{"offer": "offer 2"}', {PUSH}),
    ("POST", "/provision/1/8/approvals", '{"version": 1}', {PUSH}),
]


@pytest.mark.parametrize(("method", "path", "body", "needed"), ACTIONS)
@pytest.mark.parametrize(
    "granted",
    [set(), {VIEW}, {ADD}, {PUSH}, {ADD, PUSH}, {VIEW, ADD, PUSH}],
    ids=lambda granted: "+".join(sorted(granted)) or "none",
)
def test_staff__action_and_permissions__every_cell(
    api: Api, instance: Instance, method: str, path: str, body: str, needed: set[str], granted: set[str]
) -> None:
    for number in (1, 2):
        api.send("POST", "/provision?push=true", numbered(number), content_type="text/yaml")

    response = send(staff(*granted), method, path, body)

    if needed <= granted:
        assert response.status_code in (200, 201)
    else:
        assert_error(response, 403)


def test_staff__no_csrf_token__403(instance: Instance) -> None:
    api = staff(VIEW, ADD, PUSH)

    assert_error(api.send("POST", "/provision", numbered(1), content_type="text/yaml"), 403, says="CSRF")


def test_staff__change__signed_with_their_name(instance: Instance) -> None:
    response = send(staff(ADD, PUSH), "POST", "/provision?push=true", numbered(1))

    assert (response.json()["created_by"], response.json()["push"]["created_by"]) == ("staff anna", "staff anna")
