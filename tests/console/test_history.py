"""Who did what to what, when, from where and why."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from provisioning.approvals import request_approval
from provisioning.services import push_version, roll_back, save_draft, upload_configuration
from routing.changed_fields import changed_fields
from routing.history import Kind, record, told_of
from routing.models import HistoryEntry, Instance
from routing.role_services import give_role, take_role
from routing.services import edit_instance
from tests.console.pages import SHOP, StaffWith, Visitor
from tests.http import Api
from tests.world import ACTOR, a_key, an_account, an_instance
from tokens.models import ApiKey
from tokens.services import issue_token, revoke, rotate_token


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


# What changed


def _entry(staff: Visitor, entry: HistoryEntry | None = None) -> str:
    return staff.get("routing_historyentry_change", (entry or _last()).pk).text


def test_rules_of_a_token__changed__say_what_they_were_and_are(staff: Visitor, instance: Instance) -> None:
    origins = ["https://a.example.com", "https://b.example.com"]
    token = issue_token(instance=instance, name="web", actor=ACTOR, type="public", allowed_origins=origins).row
    assert "type: public" in _entry(staff)
    staff.post(
        "token_rules", token.pk, allowed_origins="https://b.example.com\nhttps://c.example.com",
        allowed_ips="10.0.0.0/8", expires_at="2099-01-01T00:00", rate="20",
    )  # fmt: skip
    told = _entry(staff)
    assert "allowed origins: https://c.example.com added; https://a.example.com removed" in told
    assert "allowed addresses: 10.0.0.0/8 added" in told
    assert "expires: none before, 01 Jan 2099 00:00:00 UTC now" in told
    staff.post("token_rules", token.pk, allowed_origins="https://c.example.com", rate="30")
    told = _entry(staff)
    assert "requests a second: 20 before, 30 now" in told
    assert "expires: 01 Jan 2099 00:00:00 UTC before, none now" in told
    assert "allowed origins: https://b.example.com removed" in told


def test_rules_of_a_key__changed__say_what_they_were_and_are(staff: Visitor, instance: Instance) -> None:
    key = ApiKey.objects.get()
    staff.post("key_rules", key.pk, allowed_ips="10.1.2.3", expires_at="")
    assert "allowed addresses: 10.1.2.3/32 added" in _entry(staff)


def test_rotation__says_until_when_the_old_one_goes_on(staff: Visitor, instance: Instance) -> None:
    token = issue_token(instance=instance, name="web", actor=ACTOR).row
    rotate_token(token=token, overlap=timedelta(days=7), actor=ACTOR)
    token.refresh_from_db()
    assert token.expires_at is not None
    assert f"expires: none before, {token.expires_at:%d %b %Y}" in _entry(staff)


def test_details_of_an_instance__changed__say_what_they_were_and_are(staff: Visitor, instance: Instance) -> None:
    notes = "long " * 200
    edit_instance(instance=instance, name="Shop", region="eu", contact="", notes=notes + "one", actor=ACTOR)
    edit_instance(instance=instance, name="Shop", region="local", contact="Eva", notes=notes + "two", actor=ACTOR)
    told = _entry(staff)
    assert "region: eu before, local now" in told
    assert "contact: none before, Eva now" in told
    assert "name:" not in told
    assert "one before" in told
    assert "two now" in told
    assert len(str(_last().detail)) < 1000


def test_draft__saved__says_which_parts_changed_and_no_value(staff: Visitor, instance: Instance) -> None:
    save_draft(instance=instance, text=SHOP, revision=None, actor=ACTOR)
    told = _entry(staff)
    assert "offer preferences_known: added" in told
    changed = SHOP.replace("> 0", "> 1 && EVENT.td_client_id === 'anna-0815'") + "  - name: app\n"
    save_draft(instance=instance, text=changed.replace("Shop", "Our shop"), revision=None, actor=ACTOR)
    told = _entry(staff)
    assert "offer preferences_known: set changed" in told
    assert "description: changed" in told
    assert "token app: added" in told
    assert "anna-0815" not in str(_last().detail)
    for text, says in (("a: [", "not valid YAML"), ("# x\n" * 200_000, "too long to be compared")):
        save_draft(instance=instance, text=text, revision=None, actor=ACTOR)
        assert says in _entry(staff)


def test_first_draft__is_told_next_to_what_it_was_begun_from(staff: Visitor, instance: Instance) -> None:
    upload_configuration(instance=instance, text=SHOP.replace("  - name: web\n", " []\n"), actor=ACTOR, push=True)
    save_draft(instance=instance, text=SHOP, revision=None, actor=ACTOR)
    told = _entry(staff)
    assert "next to version 1:" in told
    assert "token web: added" in told
    assert "offer preferences_known" not in told


def test_upload_and_first_push__show_what_they_brought(staff: Visitor, instance: Instance) -> None:
    issue_token(instance=instance, name="web", actor=ACTOR)
    upload_configuration(instance=instance, text=SHOP, actor=ACTOR, push=True)
    for what in ("kept version 1", "pushed version 1"):
        told = _entry(staff, HistoryEntry.objects.get(what=what))
        assert "offer preferences_known: added" in told
    upload_configuration(instance=instance, text=SHOP.replace("> 0", "> 1"), actor=ACTOR)
    assert "condition changed from PROFILE.preferences.length > 0" in _entry(staff)
    request_approval(instance=instance, version=2, actor=ACTOR)
    assert "condition changed from PROFILE.preferences.length > 0" in _entry(staff)


def test_role__given_in_the_place_of_another__says_which(staff: Visitor, instance: Instance) -> None:
    user = User.objects.create(username="carl")
    for role in ("editor", "viewer"):
        give_role(user=user, role=role, account=an_account(), actor=ACTOR)
    assert "role: editor before, viewer now" in _entry(staff)
    take_role(user=user, account=an_account(), actor=ACTOR)
    assert "role: viewer before, none now" in _entry(staff)


def test_login__changed__says_what_it_was_and_is(staff: Visitor, instance: Instance) -> None:
    carl = User.objects.create_user("carl", password="only for tests", is_staff=True)
    moments = {"last_login_0": "", "last_login_1": "", "date_joined_0": "2026-01-01", "date_joined_1": "00:00:00"}
    staff.post(f"/admin/auth/user/{carl.pk}/change/", username="carl", is_active="on", is_superuser="on", **moments)
    told = _entry(staff)
    assert "superuser: no before, yes now" in told
    assert "staff: yes before, no now" in told
    assert "password" not in str(_last().detail)


def test_login__added__says_what_it_is_and_of_nothing_that_was_before(staff: Visitor, instance: Instance) -> None:
    word = "only for tests"
    staff.post("auth_user_add", username="dora", password1=word, password2=word, usable_password="true")
    told = _entry(staff)
    assert "user name: dora" in told
    assert "before" not in told


def test_secret__in_a_field_that_was_changed__is_hidden_before_it_is_cut() -> None:
    secret = "7d1f2c0b9a8e4f6d8c5b4a3928170605"
    changes = changed_fields(
        {"notes": "x" * 390, "names": []}, {"notes": "x" * 390 + secret, "names": ["y" * 190 + secret]}
    )
    assert secret[:8] not in str(changes)


def test_many_changes__are_kept_up_to_a_bound(instance: Instance) -> None:
    before, after = ([f"{name}{number}" * 300 for number in range(500)] for name in "ab")
    record(
        kind=Kind.TOKEN, actor=ACTOR, of=instance, what="changed",
        changes=changed_fields({"names": before}, {"names": after}), sentences=["z" * 1000] * 500,
    )  # fmt: skip
    assert len(str(_last().detail)) < 70_000
    assert told_of(_last())[-1] == "and 460 more"


def test_entry__for_who_may_not_see_tokens__does_not_tell_their_rules(
    staff_with: StaffWith, instance: Instance
) -> None:
    issue_token(instance=instance, name="web", actor=ACTOR, allowed_ips=["10.1.2.3"])
    visitor = staff_with("routing.view_historyentry")
    assert "10.1.2.3" not in _entry(visitor)
    assert "10.1.2.3" not in visitor.get("history_week").text
    assert "10.1.2.3" in _entry(staff_with("routing.view_historyentry", "tokens.view_accesstoken", username="carl"))


# Handing over


def test_week__of_all_customers__roles_everywhere_and_logins_but_not_who_merely_came(
    staff: Visitor, instance: Instance
) -> None:
    carl = User.objects.create_user("carl", password="only for tests", is_staff=True)
    give_role(user=carl, role="editor", account=None, actor=ACTOR)
    staff.post("auth_group_add", name="helpers")
    record(kind=Kind.SIGN_IN, actor="staff carl", what="carl signed in with a password")
    record(kind=Kind.SIGN_IN, actor="staff anna", what="carl: took the one-time password away")
    page = staff.get("history_week")
    start, end = page.text.index("All customers"), page.text.index("1 Customer 1")
    section = page.text[start:end]
    assert "made carl editor of every account" in section
    assert "role: none before, editor now" in section
    assert "added the group “helpers”" in section
    assert "took the one-time password away" in section
    assert "signed in with" not in page.text


def test_week__for_who_may_see_some_customers_alone__has_nothing_of_all(instance: Instance) -> None:
    ben, carl = (User.objects.create_user(name, is_staff=True) for name in ("ben", "carl"))
    give_role(user=carl, role="editor", account=None, actor=ACTOR)
    give_role(user=ben, role="viewer", account=instance.account, actor=ACTOR)
    client = Client()
    client.force_login(ben)
    page = Visitor(client).get("history_week")
    assert "1 Customer 1" in page.text
    assert "All customers" not in page.text
    assert "carl" not in page.text


def test_week__with_more_than_fits__says_so(staff: Visitor, instance: Instance) -> None:
    HistoryEntry.objects.bulk_create(HistoryEntry(kind="role", actor="a", via="API", what="x") for _ in range(201))
    HistoryEntry.objects.bulk_create(
        HistoryEntry(kind="draft", actor="a", via="API", what="y", account=1) for _ in range(1001)
    )
    with CaptureQueriesContext(connection) as queries:
        page = staff.get("history_week")
    assert "More than 200 things were done for all customers" in page.text
    assert "More than 1,000 things were done;" in page.text
    assert len(queries) <= 12
