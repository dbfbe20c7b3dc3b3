"""Permission by page: a page that is added later is in the matrix by itself, closed to all until it is named."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, User
from django.core.management.color import no_style
from django.db import connection
from django.urls import URLPattern, URLResolver, get_resolver

from provisioning.services import save_draft, upload_configuration
from routing.models import Instance, StaffRole
from routing.role_services import give_role
from routing.roles import ROLES
from routing.services import edit_instance
from tests.console.pages import SHOP, StaffWith, Visitor
from tests.world import ACTOR, a_key
from tokens.models import ApiKey
from tokens.services import issue_token

# What every member of staff may open: nothing of a customer is there.
OPEN = {
    *("index", "login", "logout", "search", "password_change", "password_change_done", "jsi18n", "autocomplete"),
    *("language", "language_words", "check", "check_problems", ""),
    # Pages of signing in, which are there before somebody is anybody; the one-time password is the reader's own.
    *("sign-in", "sign-in-code", "sign-in-provider", "sign-in-callback", "one-time-password", "own-password"),
    *("sign-in-connect", "password-reset", "password-reset-sent", "password-reset-set"),
}
# What each permission opens, alone.
PAGES = {
    "auth.view_group": {"auth_group_changelist", "auth_group_history", "auth_group_change"},
    "auth.add_group": set(),
    "auth.change_group": {"auth_group_changelist", "auth_group_history", "auth_group_change"},
    "auth.delete_group": set(),
    "auth.view_user": {"auth_user_changelist", "auth_user_history", "auth_user_change"},
    "auth.add_user": set(),
    "auth.change_user": {"auth_user_changelist", "auth_user_history", "auth_user_change"},
    "auth.delete_user": set(),
    "personalization.view_profile": {"instance_recordings", "instance_profiles"},
    "personalization.export_profile": set(),
    "personalization.erase_profile": set(),
    "provisioning.add_push": {
        *("instance_push", "instance_push_version", "instance_rollback", "instance_approval", "instance_replay"),
        "instance_answers",
    },
    "provisioning.change_approvalrequest": {"instance_replay"},
    "provisioning.view_push": {
        *("provisioning_push_changelist", "provisioning_push_history", "provisioning_push_change"),
    },
    "provisioning.view_configurationversion": {
        *("instance_compare", "instance_try", "instance_offers", "version_download"),
        *("instance_why", "instance_events", "instance_rejections", "rejections_of_nobody"),
        *("provisioning_configurationversion_changelist", "provisioning_configurationversion_history"),
        "provisioning_configurationversion_change",
    },
    "provisioning.add_configurationversion": set(),
    "provisioning.delete_configurationversion": set(),
    "provisioning.view_draft": {"instance_draft", "instance_draft_state", "instance_draft_words"},
    "provisioning.change_draft": {
        *("instance_draft", "instance_draft_state", "instance_draft_words", "instance_approval"),
    },
    "routing.view_account": {"routing_account_changelist", "routing_account_history", "routing_account_change"},
    "routing.add_account": {"routing_account_add"},
    "routing.delete_account": set(),
    "routing.view_instance": {
        *("routing_instance_changelist", "routing_instance_history", "routing_instance_change", "instance_live_on"),
        "instance_traffic",
    },
    "routing.add_instance": {"routing_instance_add"},
    "routing.delete_instance": set(),
    "routing.view_destination": {
        *("routing_destination_changelist", "routing_destination_history", "routing_destination_change"),
    },
    "routing.add_destination": {"routing_destination_add"},
    "routing.delete_destination": set(),
    "routing.view_historyentry": {
        *("routing_historyentry_changelist", "routing_historyentry_history", "routing_historyentry_change"),
        "history_week",
    },
    "routing.view_staffrole": {"routing_staffrole_changelist"},
    "routing.change_staffrole": {"routing_staffrole_changelist", "routing_staffrole_add"},
    "tokens.provision_apikey": set(),
    "tokens.operator_apikey": set(),
    "tokens.view_accesstoken": {
        *("tokens_accesstoken_changelist", "tokens_accesstoken_history", "tokens_accesstoken_change"),
        "instance_call",
    },
    "tokens.add_accesstoken": {"tokens_accesstoken_add"},
    "tokens.delete_accesstoken": set(),
    "tokens.view_apikey": {"tokens_apikey_changelist", "tokens_apikey_history", "tokens_apikey_change"},
    "tokens.add_apikey": {"tokens_apikey_add"},
    "tokens.delete_apikey": set(),
}
_ARGUMENT = re.compile(r"<(?:\w+:)?(\w+)>|\(\?P<(\w+)>[^)]*\)")


def _patterns(resolver: URLResolver, before: str = "") -> Iterator[tuple[str, URLPattern]]:
    for each in resolver.url_patterns:
        path = before + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from _patterns(each, path)
        else:
            yield path, each


def _console_pages() -> list[tuple[str, str]]:
    """The path and the name of every page of the console; each argument is 1."""
    found = ((path, pattern.name or "") for path, pattern in _patterns(get_resolver()) if path.startswith("admin/"))
    return [("/" + _ARGUMENT.sub("1", path).replace("^", "").replace("$", ""), name) for path, name in found]


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """Each refused page would be logged with where it was refused, which takes longer than refusing it."""
    logging.disable(logging.WARNING)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture(autouse=True)
def numbered_from_1(db: None) -> None:
    """The pages' arguments are 1; elsewhere numbers begin higher."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("DELETE FROM sqlite_sequence")
        for statement in connection.ops.sequence_reset_sql(
            no_style(), [each for each in apps.get_models() if each._meta.managed]
        ):
            cursor.execute(statement)


@pytest.fixture
def customer(instance: Instance) -> Instance:
    """An instance of which everything is called PLANTED, with one row (numbered 1) of each kind."""
    edit_instance(instance=instance, name="PLANTED", region="local", contact="PLANTED", notes="PLANTED")
    issue_token(instance=instance, name="web", actor="PLANTED")
    for count in (1, 2):
        upload_configuration(
            instance=instance, text=SHOP + f"# PLANTED {count}\n", actor=ACTOR, note="PLANTED", push=True
        )
    save_draft(instance=instance, text=SHOP + "# PLANTED\n", revision=None, actor=ACTOR)
    Group.objects.create(name="PLANTED")
    return instance


def _opened(visitor: Visitor, method: str = "get") -> set[str]:
    """The names of the pages that answer with more than a refusal."""
    found = set()
    for path, name in _console_pages():
        if name in ("logout", "app_list"):
            continue
        if getattr(visitor.client, method)(path).status_code not in (302, 301, 403, 404, 405):
            found.add(name)
    return found - OPEN


def test_pages__are_all_found() -> None:
    names = {name for _, name in _console_pages()}
    assert len(names) > 60
    assert set().union(*PAGES.values(), OPEN) <= names


@pytest.mark.parametrize("method", ["get", "post"])
def test_no_permission__every_page__shows_nothing_of_a_customer(
    customer: Instance, staff_with: StaffWith, method: str
) -> None:
    visitor = staff_with()
    for path, name in _console_pages():
        if name != "logout":
            response = getattr(visitor.client, method)(path)
            assert name in OPEN or response.status_code in (302, 403, 404), path
            assert b"PLANTED" not in response.content, path
    assert b"PLANTED" not in visitor.client.get("/admin/search/?s=PLANTED").content


@pytest.mark.parametrize(("permission", "pages"), PAGES.items())
def test_one_permission__every_page__only_those_that_it_names(
    customer: Instance, staff_with: StaffWith, permission: str, pages: set[str]
) -> None:
    assert _opened(staff_with(permission)) == pages


@pytest.mark.parametrize("permission", ["auth.change_user", "auth.add_user", "auth.change_group"])
def test_logins_and_groups__changed_by_others_than_superusers__403(
    customer: Instance, staff: Visitor, staff_with: StaffWith, permission: str
) -> None:
    """Whoever may change logins could take over a superuser's, or become one."""
    visitor = staff_with(permission, "auth.view_user", "auth.view_group")
    own, other = User.objects.get(username="ben"), User.objects.get(username="anna")
    group = Group.objects.get()
    for path in (
        f"/admin/auth/user/{own.pk}/change/",
        f"/admin/auth/user/{other.pk}/password/",
        f"/admin/auth/user/{other.pk}/delete/",
        "/admin/auth/user/add/",
        f"/admin/auth/group/{group.pk}/change/",
    ):
        answer = visitor.client.post(path, {"username": "ben", "is_superuser": "on", "name": "x", "post": "yes"})
        assert answer.status_code == 403, path
    own.refresh_from_db()
    assert not own.is_superuser
    assert User.objects.count() == 2


def test_logins__changed_by_a_superuser__are_changed(staff: Visitor, staff_with: StaffWith) -> None:
    staff_with("routing.view_account")
    ben = User.objects.get(username="ben")
    form = staff.get("auth_user_change", ben.pk).fields
    assert staff.get("auth_user_change", ben.pk).status == 200
    assert "is_superuser" in form


KEYS = ("tokens.add_apikey", "tokens.change_apikey", "tokens.view_apikey")


def test_operator_key__issued_by_others_than_superusers__refused(instance: Instance, staff_with: StaffWith) -> None:
    visitor = staff_with(*KEYS)
    before = ApiKey.objects.count()
    page = visitor.post("tokens_apikey_add", account="1", name="all", scope="operator", expires_at="2099-01-01T00:00")
    assert page.status == 422
    assert ApiKey.objects.count() == before
    assert "Operator" not in visitor.get("tokens_apikey_add").text


def test_operator_key__issued_by_a_superuser__shown(instance: Instance, staff: Visitor) -> None:
    form = {"name": "all", "scope": "operator", "expires_at": "2099-01-01T00:00", "allowed_ips": "192.0.2.1"}
    page = staff.post("tokens_apikey_add", account="1", **form)
    assert page.status == 200
    assert ApiKey.objects.get(name="all").scope == "operator"


@pytest.mark.parametrize("action", ["rotate", "revoke", "rules"])
def test_operator_key__rotated_or_revoked_by_others_than_superusers__403(
    instance: Instance, staff_with: StaffWith, action: str
) -> None:
    a_key("operator", name="all")
    key = ApiKey.objects.get(name="all")
    visitor = staff_with(*KEYS)
    assert visitor.get(f"key_{action}", key.pk).status == 403
    assert visitor.post(f"key_{action}", key.pk, days="0").status == 403
    assert f"key_{action}" not in visitor.get("tokens_apikey_change", key.pk).source
    key.refresh_from_db()
    assert key.revoked_at is None
    assert key.successor_id is None


@pytest.mark.parametrize("action", ["rotate", "revoke"])
def test_other_key__rotated_or_revoked_with_the_permission__done(
    instance: Instance, staff_with: StaffWith, action: str
) -> None:
    key = ApiKey.objects.get(scope="ingest")
    assert staff_with(*KEYS).post(f"key_{action}", key.pk, days="0").status == 200
    key.refresh_from_db()
    assert key.revoked_at is not None or key.successor_id is not None


def test_role__that_may_do_more_than_the_giver__is_not_put_down_to_one_that_may_do_less(
    staff_with: StaffWith, instance: Instance
) -> None:
    ben = staff_with("routing.view_staffrole", "routing.change_staffrole", *ROLES["viewer"])
    anna = User.objects.create_user("anna", is_staff=True)
    role = give_role(user=anna, role="administrator", account=None, actor=ACTOR)
    assert "may do more than you" in ben.post("routing_staffrole_add", user="anna", role="viewer").text
    assert "may do more than you" in ben.post(f"/admin/routing/staffrole/{role.pk}/change/", role="viewer").text
    assert list(StaffRole.objects.values_list("role", flat=True)) == ["administrator"]
    assert ben.post("routing_staffrole_add", user="anna", role="viewer", account=str(instance.account_id)).status == 200
