from __future__ import annotations

import logging
import re

import pytest
from django.contrib.sessions.models import Session
from django.views.debug import SafeExceptionReporterFilter

from provisioning.models import ConfigurationVersion, Push
from provisioning.services import save_draft, upload_configuration
from routing.models import Instance
from routing.services import edit_instance
from tests.console.pages import SHOP, Visitor
from tests.world import an_account
from tokens.models import AccessToken, ApiKey
from tokens.services import issue_key, issue_token

PLANTED = "0a1b2c3d4e5f60718293a4b5c6d7e8f9"
PLANTED_KEY = "planted-key-0123456789abcdef"
HOSTILE = "<img src=x onerror=alert(1)>\"'{{7*7}}"


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.DEBUG)
    return caplog


def _everywhere(staff: Visitor, instance: Instance) -> dict[str, str]:
    routes = [
        ("index", ()),
        ("routing_account_changelist", ()),
        ("routing_account_change", (1,)),
        ("routing_instance_changelist", ()),
        ("routing_instance_change", (instance.pk,)),
        ("instance_details", (instance.pk,)),
        ("instance_draft", (instance.pk,)),
        ("instance_push", (instance.pk,)),
        ("instance_rollback", (instance.pk,)),
        ("instance_compare", (instance.pk,)),
        ("tokens_accesstoken_changelist", ()),
        ("tokens_apikey_changelist", ()),
        ("provisioning_configurationversion_changelist", ()),
        ("provisioning_push_changelist", ()),
        *(("tokens_accesstoken_change", (token.pk,)) for token in AccessToken.objects.all()),
        *(("token_revoke", (token.pk,)) for token in AccessToken.objects.all()),
        *(("token_rotate", (token.pk,)) for token in AccessToken.objects.all()),
        *(("tokens_apikey_change", (key.pk,)) for key in ApiKey.objects.all()),
        *(("provisioning_configurationversion_change", (each.pk,)) for each in ConfigurationVersion.objects.all()),
        *(("provisioning_push_change", (each.pk,)) for each in Push.objects.all()),
    ]
    return {f"{route} {arguments}": staff.get(route, *arguments).source for route, arguments in routes}


def test_secrets__registered_and_listed__are_on_no_page_in_no_log_and_no_session(
    staff: Visitor, instance: Instance, logged: pytest.LogCaptureFixture
) -> None:
    staff.post("tokens_accesstoken_add", instance="1/8", name="web", type="private", token=PLANTED)
    staff.post("tokens_apikey_add", account="1", name="own", scope="ingest", key=PLANTED_KEY)
    text = SHOP.replace("- name: web", f"- {PLANTED}  # {PLANTED.upper()}")
    staff.post("instance_draft", instance.pk, text=text, revision="0", action="save")
    fields = staff.get("instance_push", instance.pk).fields
    staff.post("instance_push", instance.pk, note=f"lets {PLANTED} in", if_match=fields["if_match"], revision="1")
    assert Push.objects.count() == 1
    pages = _everywhere(staff, instance)
    kept = logged.text + "".join(str(session.get_decoded()) for session in Session.objects.all())
    for secret in (PLANTED, PLANTED_KEY):
        assert [page for page, source in pages.items() if secret in source.lower()] == []
        assert secret not in kept


@pytest.mark.parametrize(("route", "field"), [("tokens_accesstoken_add", "token"), ("tokens_apikey_add", "key")])
def test_secrets__refused__are_in_no_log(
    staff: Visitor, instance: Instance, logged: pytest.LogCaptureFixture, route: str, field: str
) -> None:
    page = staff.post(route, instance="1/8", account="1", name="", type="private", scope="ingest", **{field: PLANTED})
    assert page.status == 422
    assert PLANTED not in logged.text


def test_secrets__when_a_page_fails__are_hidden_in_the_report(staff: Visitor, instance: Instance) -> None:
    response = staff.client.post("/admin/tokens/accesstoken/add/", {"token": PLANTED, "name": "kept"})
    reported = SafeExceptionReporterFilter().get_post_parameters(response.wsgi_request)
    assert PLANTED not in str(reported)
    assert reported["name"] == "kept"


def test_pages__hostile_names_and_texts__are_escaped(staff: Visitor, instance: Instance) -> None:
    edit_instance(instance=instance, name=HOSTILE, region="local", contact=HOSTILE, notes=HOSTILE)
    token = issue_token(instance=instance, name=HOSTILE, actor=HOSTILE)
    issue_key(account=an_account(), name=HOSTILE, scope="ingest", actor=HOSTILE)
    text = SHOP.replace("description: Shop", "description: '" + HOSTILE.replace("'", "''") + "'")
    text = text.replace("- name: web", f"- sha256:{token.row.digest}")
    for each in (text, text.replace("> 0", "> 1")):
        upload_configuration(instance=instance, text=each, actor=HOSTILE, note=HOSTILE, push=True)
    save_draft(instance=instance, text=f"{text}\n# {HOSTILE}\n{HOSTILE}: 1\n", revision=None, actor=HOSTILE)
    pages = _everywhere(staff, instance)
    assert [page for page, source in pages.items() if "<img src=x" in source] == []
    assert [page for page, source in pages.items() if re.search(r"onerror=alert\(1\)&gt;\"'49", source)] == []
    assert "&lt;img src=x" in pages["index ()"]
