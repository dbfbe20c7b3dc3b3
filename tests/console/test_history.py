"""Who did what to what, when, from where and why."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from provisioning.services import push_version, roll_back, save_draft, upload_configuration
from routing.history import Kind, record
from routing.models import HistoryEntry, Instance
from routing.role_services import give_role, take_role
from tests.console.pages import SHOP, StaffWith, Visitor
from tests.http import Api
from tests.world import ACTOR, a_key, an_account, an_instance
from tokens.services import issue_token, revoke


def _last() -> HistoryEntry:
    return HistoryEntry.objects.latest("pk")


def _whats() -> list[str]:
    return list(HistoryEntry.objects.order_by("pk").values_list("what", flat=True))


def test_console__a_change__says_who_from_which_address(staff: Visitor, instance: Instance) -> None:
    staff.post("routing_destination_add", instance="1/8", tables="shop/orders")
    entry = _last()
    assert (entry.kind, entry.actor, entry.via, entry.address) == ("routing", "staff anna", "console", "127.0.0.1")
    assert (entry.account, entry.instance, entry.what) == (1, "1/8", "registered shop/orders")


def test_api__a_change__says_which_key_from_which_address(instance: Instance) -> None:
    response = Api(a_key(name="ci")).post("/tokens", {"name": "web"})
    assert response.status_code == 201
    entry = _last()
    assert (entry.kind, entry.actor, entry.via, entry.address) == ("token", "key 1/ci", "API", "127.0.0.1")
    assert entry.what == "issued token “web”"
    assert response.json()["token"] not in f"{entry.what} {entry.why} {entry.detail}"


def test_service__without_a_request__is_a_command(instance: Instance) -> None:
    assert (_last().via, _last().address) == ("command", "")


def test_push_and_rollback__say_from_which_version_to_which_and_why(instance: Instance) -> None:
    issue_token(instance=instance, name="web", actor=ACTOR)
    upload_configuration(instance=instance, text=SHOP, actor=ACTOR, push=True)
    upload_configuration(instance=instance, text=SHOP.replace("> 0", "> 1"), actor=ACTOR)
    push_version(instance=instance, actor=ACTOR, note="spring sale")
    entry = _last()
    assert (entry.kind, entry.what, entry.why) == ("push", "pushed version 2 instead of version 1", "spring sale")
    assert entry.detail == {"push": 2, "from": 1, "to": 2}
    roll_back(instance=instance, actor=ACTOR)
    assert _last().what == "rolled back to version 1 instead of version 2"


def test_drafts_tokens_and_roles__are_written_down(instance: Instance) -> None:
    save_draft(instance=instance, text=SHOP, revision=None, actor=ACTOR)
    save_draft(instance=instance, text=SHOP, revision=None, actor=ACTOR)
    revoke(row=issue_token(instance=instance, name="web", actor=ACTOR).row, actor=ACTOR)
    user = User.objects.create(username="carl")
    give_role(user=user, role="editor", account=an_account(), actor=ACTOR)
    take_role(user=user, account=an_account(), actor=ACTOR)
    assert _whats()[-5:] == [
        "saved the draft (revision 1)",
        "issued token “web”",
        "revoked token “web”",
        "made carl editor of account 1",
        "took the role of carl in account 1 away",
    ]


def test_refused_change__leaves_no_trace(instance: Instance) -> None:
    before = _whats()
    with transaction.atomic():
        issue_token(instance=instance, name="web", actor=ACTOR)
        transaction.set_rollback(True)
    assert _whats() == before


def test_secret__in_whatever_is_said__is_hidden(instance: Instance) -> None:
    secret = "7d1f2c0b9a8e4f6d8c5b4a3928170605"
    said = f"because of {secret}"
    record(kind=Kind.PUSH, actor=said, of=instance, what=said, why=said, detail={"note": said})
    assert secret not in str(HistoryEntry.objects.values().latest("pk"))


def test_entry__changed_or_removed__refused(instance: Instance) -> None:
    entry = _last()
    with pytest.raises(TypeError):
        entry.save()
    with pytest.raises(TypeError):
        entry.delete()
    with pytest.raises(DatabaseError), transaction.atomic():
        HistoryEntry.objects.update(actor="nobody")
    assert "nobody" not in HistoryEntry.objects.values_list("actor", flat=True)
    with pytest.raises(DatabaseError), transaction.atomic():
        HistoryEntry.objects.all().delete()
    assert HistoryEntry.objects.filter(pk=entry.pk).exists()


@pytest.mark.django_db(transaction=True)
def test_flush__empties_history_too_and_leaves_its_guard(instance: Instance) -> None:
    call_command("flush", interactive=False, verbosity=0)
    assert not HistoryEntry.objects.exists()
    an_instance(2, 9)
    with pytest.raises(DatabaseError):
        HistoryEntry.objects.all().delete()
    assert HistoryEntry.objects.exists()


def test_page__counts_entries(staff: Visitor, instance: Instance) -> None:
    text = staff.get("routing_historyentry_changelist").text
    assert f"{HistoryEntry.objects.count()} history entries" in text


def test_page__searched_and_filtered__finds_across_customers(staff: Visitor, instance: Instance) -> None:
    other = an_instance(2, 9)
    issue_token(instance=other, name="app", actor="staff carl")
    assert "issued token “app”" in staff.get("routing_historyentry_changelist", q="carl").text
    assert "issued token “app”" in staff.get("routing_historyentry_changelist", q="2/9").text
    assert "issued token “app”" not in staff.get("routing_historyentry_changelist", q="1/8").text
    found = staff.get("routing_historyentry_changelist", kind__exact="token", days="7", via="command").text
    assert "issued token “app”" in found
    assert "added instance" not in found


def test_page__of_one_push__shows_what_changed(staff: Visitor, instance: Instance) -> None:
    issue_token(instance=instance, name="web", actor=ACTOR)
    for text in (SHOP, SHOP.replace("> 0", "> 1")):
        upload_configuration(instance=instance, text=text, actor=ACTOR, push=True)
    text = staff.get("routing_historyentry_change", _last().pk).text
    assert "pushed version 2 instead of version 1" in text
    assert "preferences_known" in text


def test_week__of_a_colleague__is_grouped_by_customer(
    staff: Visitor, staff_with: StaffWith, instance: Instance
) -> None:
    issue_token(instance=an_instance(2, 9), name="app", actor=ACTOR)
    page = staff.get("history_week")
    assert page.status == 200
    assert page.text.index("1 Customer 1") < page.text.index("2 Customer 2") < page.text.index("issued token “app”")
    assert staff_with("routing.view_account").get("history_week").status == 403


def test_list__of_100_000_entries__is_quick(staff: Visitor, instance: Instance) -> None:
    HistoryEntry.objects.bulk_create(
        (
            HistoryEntry(kind="draft", actor=f"staff {number % 50}", via="console", account=number % 500, what="saved")
            for number in range(100_000)
        ),
        batch_size=5_000,
    )
    staff.get("routing_historyentry_changelist")
    began = timezone.now()
    assert staff.get("routing_historyentry_changelist").status == 200
    assert timezone.now() - began < timedelta(seconds=2)
    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM routing_historyentry")
        assert cursor.fetchone()[0] > 100_000


def test_logins_and_groups__added_changed_and_deleted__are_written_down_without_a_password(staff: Visitor) -> None:
    password = {"password1": "another horse 9", "password2": "another horse 9"}
    staff.post("auth_user_add", username="carl", usable_password="true", **password)
    carl = User.objects.get(username="carl")
    path = f"/admin/auth/user/{carl.pk}"
    standing = {"username": "carl", "is_staff": "on", "is_superuser": "on", "is_active": "on"}
    moments = {"last_login_0": "", "last_login_1": "", "date_joined_0": "2026-01-01", "date_joined_1": "00:00:00"}
    staff.post(f"{path}/change/", **standing, **moments)
    staff.post(f"{path}/password/", usable_password="true", **password)
    staff.post(f"{path}/change/", username="carl", **moments)
    staff.post(f"{path}/delete/", post="yes")
    staff.post("auth_group_add", name="helpers")
    whats = _whats()[-6:]
    assert whats[0] == "added the login carl"
    assert whats[1].startswith("changed the login carl (a superuser): ")
    assert {"staff status", "superuser status"} <= set(whats[1].partition(": ")[2].split(", "))
    assert whats[2] == "changed the login carl (a superuser): password"
    assert whats[3].startswith("changed the login carl (switched off): ")
    assert whats[4:] == ["deleted the login carl (switched off)", "added the group “helpers”"]
    assert (_last().kind, _last().actor, _last().via) == ("role", "staff anna", "console")
    assert "horse" not in "".join(whats)
