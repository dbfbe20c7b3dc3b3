"""A second person approves: asked for over REST, decided by staff, enforced for everybody who pushes."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.core.management import CommandError, call_command
from django.db import IntegrityError
from django.test import Client

from provisioning.approvals import request_draft_approval, set_push_policy
from provisioning.models import ApprovalRequest, Push
from provisioning.services import push_draft, save_draft, upload_configuration
from routing.models import Instance
from tests.http import Api, assert_error
from tests.provisioning.configurations import numbered
from tests.world import ACTOR, a_caller
from tokens.services import issue_key

PLACE = "/provision/1/8"
ANNA, BEN = "staff anna", "staff ben"
DECIDE = "change_approvalrequest"


def staff(name: str, *codenames: str) -> Api:
    user = User.objects.create_user(name, is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    client = Client(raise_request_exception=False)
    client.force_login(user)
    return Api(client=client)


@pytest.fixture
def guarded(instance: Instance, api: Api) -> Api:
    """The caller, with version 1 live and 2 uploaded on an instance that wants a second person."""
    for number in (1, 2):
        upload_configuration(instance=instance, text=numbered(number), actor="key 1/ci", push=number == 1)
    set_push_policy(instance=instance, approval_required=True, actor=ACTOR)
    return api


def ask(api: Api, version: int = 2, **options: Any) -> Any:
    return api.post(f"{PLACE}/approvals", {"version": version, "note": "please"}, **options)


def decide(api: Api, version: int = 2, *, approve: bool = True) -> Any:
    return api.post(f"{PLACE}/approvals/decide", {"version": version, "approve": approve, "reason": "looked at it"})


def push(api: Api, version: int = 2, **body: str) -> Any:
    return api.post(f"{PLACE}/push", {"version": version, **body})


def states(api: Api) -> list[str]:
    return [row["state"] for row in api.get(f"{PLACE}/approvals").json()["results"]]


def live() -> int:
    return Push.objects.get(superseded_at=None).version.number


@pytest.mark.usefixtures("guarded")
@pytest.mark.parametrize("way", ["push", "upload", "pause", "draft", "command", "import"])
def test_push__nobody_approved__is_refused_in_every_way(instance: Instance, api: Api, way: str, tmp_path: Any) -> None:
    before = Push.objects.count(), live()
    if way == "push":
        assert_error(push(api), 409, says="a second person has to approve")
    elif way == "upload":
        answer = api.send("POST", "/provision?push=true", numbered(3), content_type="text/yaml")
        assert_error(answer, 409, says="a second person has to approve")
        assert api.get(f"{PLACE}/versions/3").status_code == 404
    elif way == "pause":
        assert_error(api.post(f"{PLACE}/pause", {"offer": "offer 1"}), 409, says="a second person has to approve")
    elif way == "draft":
        save_draft(instance=instance, text=numbered(4), revision=None, actor=ANNA)
        with pytest.raises(Exception, match="a second person has to approve"):
            push_draft(instance=instance, actor=ANNA)
    elif way == "command":
        with pytest.raises(CommandError, match="a second person has to approve"):
            call_command("push_configuration", "1/8", "2")
    else:
        file = tmp_path / "shop.yaml"
        file.write_text(numbered(5))
        with pytest.raises(CommandError):
            call_command("import_configurations", str(file), "--instance", "1/8", "--push")
    assert (Push.objects.count(), live()) == before


def test_push__approved__goes_live_once_and_is_recorded(guarded: Api) -> None:
    asked = ask(guarded)
    assert (asked.status_code, asked.json()["state"], asked.json()["note"]) == (201, "open", "please")
    assert_error(push(guarded), 409)
    decided = decide(staff("ben", DECIDE))
    assert (decided.json()["state"], decided.json()["decided_by"]) == ("approved", BEN)
    pushed = push(guarded).json()["push"]
    assert (pushed["approved_by"], pushed["broke_glass"]) == (BEN, "")
    assert states(guarded) == ["used"]
    assert guarded.post(f"{PLACE}/rollback").status_code == 200
    assert_error(push(guarded), 409)


def test_rollback__needs_nobody(guarded: Api) -> None:
    push(guarded, break_glass="the site is down")
    rolled_back = guarded.post(f"{PLACE}/rollback").json()["push"]
    assert (rolled_back["version"], rolled_back["approved_by"], rolled_back["broke_glass"]) == (1, "", "")


@pytest.mark.usefixtures("guarded")
def test_break_glass__by_command__is_recorded() -> None:
    call_command("push_configuration", "1/8", "2", "--break-glass", "the site is down")
    assert (live(), Push.objects.get(superseded_at=None).broke_glass) == (2, "the site is down")


@pytest.mark.parametrize("reason", ["", "   "])
def test_break_glass__without_a_reason__is_refused(guarded: Api, reason: str) -> None:
    assert_error(push(guarded, break_glass=reason), 409)


@pytest.mark.usefixtures("guarded")
def test_break_glass__with_a_reason__is_recorded(guarded: Api) -> None:
    assert push(guarded, break_glass="the site is down").json()["push"]["broke_glass"] == "the site is down"
    text = numbered(3)
    answer = guarded.send("POST", "/provision?push=true&break_glass=again", text, content_type="text/yaml")
    assert answer.json()["push"]["broke_glass"] == "again"
    assert list(Push.objects.order_by("number").values_list("broke_glass", flat=True)) == [
        "", "the site is down", "again"
    ]  # fmt: skip


def test_break_glass__where_nobody_is_asked__is_not_recorded(instance: Instance, api: Api) -> None:
    upload_configuration(instance=instance, text=numbered(1), actor=ACTOR)
    assert push(api, 1, break_glass="why not").json()["push"]["broke_glass"] == ""


def test_approve__by_whoever_asked__is_refused(guarded: Api) -> None:
    anna = staff("anna", DECIDE, "add_push")
    assert ask(anna).json()["created_by"] == ANNA
    assert_error(decide(anna), 403, says="another person")
    assert decide(anna, approve=False).json()["state"] == "rejected"


def test_approve__by_who_wrote_the_version__is_refused(guarded: Api, instance: Instance) -> None:
    upload_configuration(instance=instance, text=numbered(3), actor=BEN)
    ask(guarded, 3)
    assert_error(decide(staff("ben", DECIDE), 3), 403, says="you wrote it")
    assert decide(staff("carl", DECIDE), 3).status_code == 200


def test_approve__by_who_saved_the_draft__is_refused(guarded: Api, instance: Instance) -> None:
    save_draft(instance=instance, text=numbered(3), revision=None, actor=BEN)
    request_draft_approval(instance=instance, actor=ANNA)
    assert_error(decide(staff("ben", DECIDE), 3), 403, says="you wrote it")


def test_approve__by_who_had_a_hand_in_the_draft__is_refused(guarded: Api, instance: Instance) -> None:
    """Until it is what is live: not the last of them alone, and not only since somebody asked."""
    save_draft(instance=instance, text=numbered(3), revision=None, actor=BEN)
    request_draft_approval(instance=instance, actor=ANNA)
    save_draft(instance=instance, text=f"{numbered(3)}# x\n", revision=None, actor=ANNA)
    request_draft_approval(instance=instance, actor=ANNA)
    ben = staff("ben", DECIDE)
    assert_error(decide(ben, 4), 403, says="you wrote it")
    ask(guarded, 3)
    assert_error(decide(ben, 3), 403, says="you wrote it")
    ask(guarded, 4)
    assert_error(decide(ben, 4), 403, says="you wrote it")
    decide(staff("carl", DECIDE), 4)
    push(guarded, 4)
    save_draft(instance=instance, text=numbered(5), revision=None, actor=ANNA)
    request_draft_approval(instance=instance, actor=ANNA)
    assert decide(ben, 5).json()["state"] == "approved"


def test_save__without_a_change__is_nobodys_work(guarded: Api, instance: Instance) -> None:
    save_draft(instance=instance, text=numbered(3), revision=None, actor=BEN)
    draft = save_draft(instance=instance, text=numbered(3), revision=1, actor=ANNA)
    assert (draft.revision, draft.updated_by) == (1, BEN)
    request_draft_approval(instance=instance, actor="staff dora")
    assert_error(decide(staff("ben", DECIDE), 3), 403, says="you wrote it")
    assert decide(staff("anna", DECIDE), 3).status_code == 200


@pytest.mark.parametrize("way", ["upload", "ask", "by a key that it made", "under a long name"])
def test_approve__by_who_issued_the_key_that_did_it__is_refused(instance: Instance, guarded: Api, way: str) -> None:
    name = "own" * (85 if way == "under a long name" else 1)
    issued = issue_key(account=instance.account, name=name, scope="provision", actor=BEN)
    key = Api(issued.header)
    if way == "by a key that it made":
        made = key.post("/keys", {"account": 1, "name": "made", "scope": "provision"}).json()
        key = Api(f"TD1 1/{made['key']}")
    if way == "ask":
        assert ask(key).status_code == 201
    else:
        assert key.send("POST", "/provision", numbered(3), content_type="text/yaml").status_code == 201
        ask(staff("dora", "add_push"), 3)
    version = 2 if way == "ask" else 3
    assert_error(decide(staff("ben", DECIDE), version), 403, says="issued the key")
    assert decide(staff("carl", DECIDE), version).status_code == 200


@pytest.mark.parametrize("scope", ["provision", "operator"])
def test_approve__by_an_api_key__is_refused(guarded: Api, scope: str) -> None:
    ask(staff("anna", "add_push"))
    key = a_caller(scope)
    assert_error(decide(key), 403, says="a person approves")
    assert decide(key, approve=False).json()["state"] == "rejected"


def test_approve__without_the_permission__is_refused(guarded: Api) -> None:
    ask(guarded)
    assert_error(decide(staff("ben", "add_push")), 403)


def test_approve__another_version_than_the_one_asked_for__is_refused(guarded: Api) -> None:
    ask(guarded)
    ben = staff("ben", DECIDE)
    assert_error(decide(ben, 1), 409, says="nobody is waiting")
    decide(ben)
    assert_error(decide(ben), 409, says="approved by staff ben already")


def test_ask__again__voids_what_was_asked_before(guarded: Api, instance: Instance) -> None:
    ask(guarded)
    decide(staff("ben", DECIDE))
    upload_configuration(instance=instance, text=numbered(3), actor=ACTOR)
    ask(guarded, 3)
    assert states(guarded) == ["open", "void"]
    assert_error(push(guarded), 409)


def test_draft__edited_after_the_approval__voids_it(guarded: Api, instance: Instance) -> None:
    save_draft(instance=instance, text=numbered(3), revision=None, actor=ANNA)
    asked = request_draft_approval(instance=instance, actor=ANNA)
    decide(staff("ben", DECIDE), 3)
    save_draft(instance=instance, text=numbered(3), revision=None, actor=ANNA)
    assert states(guarded) == ["approved"]
    save_draft(instance=instance, text=numbered(4), revision=None, actor=ANNA)
    asked.refresh_from_db()
    assert (asked.state, asked.reason) == ("void", "the draft was edited by staff anna")
    assert_error(push(guarded, 3), 409)


def test_approval__something_else_went_live_meanwhile__is_void(guarded: Api, instance: Instance) -> None:
    ask(guarded)
    decide(staff("ben", DECIDE))
    upload_configuration(instance=instance, text=numbered(3), actor=ACTOR, push=True, break_glass="urgent")
    assert states(guarded) == ["void"]
    assert_error(push(guarded), 409)


@pytest.mark.parametrize(
    ("version", "status", "says"), [(1, 409, "is live already"), (9, 404, "no version 9"), (0, 422, "version")]
)
def test_ask__for_what_cannot_be_pushed__is_refused(guarded: Api, version: int, status: int, says: str) -> None:
    answer = ask(guarded, version)
    assert answer.status_code == status
    assert says in answer.content.decode()


def test_ask__someone_pushed_meanwhile__is_refused(guarded: Api) -> None:
    assert_error(ask(guarded, headers={"If-Match": '"7"'}), 412)
    assert ask(guarded, headers={"If-Match": '"1"'}).status_code == 201


def test_policy__turned_off_by_an_operator__pushes_as_before(guarded: Api) -> None:
    assert guarded.get(f"{PLACE}/policy").json() == {"account": 1, "instance": 8, "approval_required": True}
    assert_error(guarded.post(f"{PLACE}/policy", {"approval_required": False}), 403, says="only an operator")
    assert (
        a_caller("operator").post(f"{PLACE}/policy", {"approval_required": False}).json()["approval_required"] is False
    )
    assert push(guarded).status_code == 200


@pytest.mark.usefixtures("guarded")
def test_database__refuses_an_approval_by_whoever_asked(instance: Instance) -> None:
    version = instance.versions.get(number=2)
    with pytest.raises(IntegrityError):
        ApprovalRequest.objects.create(
            instance=instance, version=version, state="approved", created_by=ANNA, decided_by=ANNA
        )


def test_pause__asked_for_and_approved__goes_live_by_the_same_request(guarded: Api) -> None:
    wanted = {"offer": "offer 1"}
    assert_error(guarded.post(f"{PLACE}/pause", wanted), 409, says="ask for it")
    asked = guarded.post(f"{PLACE}/approvals", {**wanted, "enabled": False, "note": "sold out"})
    assert (asked.status_code, asked.json()["version"], asked.json()["note"]) == (201, 3, "sold out")
    assert live() == 1
    assert decide(staff("ben", DECIDE, "view_approvalrequest"), 3).status_code == 200
    paused = guarded.post(f"{PLACE}/pause", wanted).json()
    assert (paused["version"], paused["push"]["kind"], paused["push"]["approved_by"]) == (3, "pause", BEN)
    assert_error(guarded.post(f"{PLACE}/approvals", {**wanted, "enabled": False}), 409, says="is paused already")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "name a version, or one offer or activation"),
        ({"version": 2, "offer": "offer 1"}, "name a version, or one offer or activation"),
        ({"offer": "offer 1"}, "false to pause it, true to resume it"),
        ({"version": 2, "enabled": False}, "false to pause it, true to resume it"),
    ],
)
def test_approval__asked_for_unclearly__says_what_to_name(guarded: Api, body: dict[str, Any], message: str) -> None:
    assert_error(guarded.post(f"{PLACE}/approvals", body), 422, says=message)
    assert states(guarded) == []
