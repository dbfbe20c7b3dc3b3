"""Two customers with one row of each kind, and members of staff by their roles."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import Group, User
from django.test import Client

from personalization.recordings import start_recording
from personalization.stores.locations import store_at
from provisioning.services import save_draft, upload_configuration
from routing.models import Account, Destination, HistoryEntry, Instance, StaffRole
from routing.role_services import give_role
from routing.services import change_destinations, create_account, create_instance
from tests.personalization.rig import live
from tests.personalization.stores.arrivals import arrival
from tests.provisioning.configurations import numbered
from tests.world import ACTOR
from tokens.hand_overs import deliver
from tokens.services import issue_key, issue_token

World = dict[int, dict[str, Any]]
VISITOR = "PLANTED"
EVENT = (1).to_bytes(16).hex()
RANKS = ("", "viewer", "editor", "publisher", "administrator", "superuser")


@dataclass(frozen=True)
class Staff:
    """Somebody's roles: in account 1, in account 2, and in every account; `superuser` as the last for one."""

    first: str = ""
    second: str = ""
    everywhere: str = ""

    def __str__(self) -> str:
        return f"{self.first or 'none'} of 1, {self.second or 'none'} of 2, {self.everywhere or 'none'} of all"

    def rank(self, account: int | None) -> int:
        """How much they may do in that account: the place of their role in RANKS; None: in whichever they may most."""
        here = {1: (self.first,), 2: (self.second,), None: (self.first, self.second)}[account]
        return max(RANKS.index(role) for role in (*here, self.everywhere))

    @property
    def rank_everywhere(self) -> int:
        """How much they may do in every account."""
        return RANKS.index(self.everywhere)

    def signed_in(self) -> Client:
        """Their browser."""
        user = User.objects.create_user("somebody", password="only for tests", is_staff=True)
        if self.everywhere == "superuser":
            User.objects.filter(pk=user.pk).update(is_superuser=True)
        elif self.everywhere:
            give_role(user=user, role=self.everywhere, account=None, actor=ACTOR)
        for number, role in ((1, self.first), (2, self.second)):
            if role:
                give_role(user=user, role=role, account=Account.objects.get(number=number), actor=ACTOR)
        client = Client(raise_request_exception=True)
        client.force_login(user)
        return client


STAFF = (
    Staff(),
    *(Staff(first=role) for role in RANKS[1:5]),
    *(Staff(everywhere=role) for role in RANKS[1:]),
    Staff(first="viewer", second="administrator"),
    Staff(first="editor", everywhere="viewer"),
    Staff(first="administrator", second="viewer"),
    Staff(first="publisher", second="editor"),
)


def plant_events(url: str, *accounts: int) -> None:
    """An event of the same visitor in the instance of each account (of both), in the event store at `url`."""
    store = store_at(url)
    wanted = [replace(live(), account=number) for number in accounts or (1, 2)]
    store.commit([arrival(1, instance=each, td_client_id=VISITOR) for each in wanted])
    store.close()


def customer(number: int, word: str) -> dict[str, Any]:
    """An account with an instance 8 and one row of each kind, `word` in all that it shows; the rows by their kind."""
    account = create_account(number=number, name=word)[0]
    instance = create_instance(account=account, number=8, name=word, contact=word, notes=word)[0]
    change_destinations(instance=instance, actor=word, add=[("your_database", "pageviews"), ("shop", word.lower())])
    token = issue_token(instance=instance, name="web", actor=word).row
    link = deliver(
        lambda: issue_token(instance=instance, name=word, actor=word), lifetime=timedelta(hours=1), actor=word
    ).row
    key = issue_key(account=account, name=word, scope="ingest", actor=word).row
    key_link = deliver(
        lambda: issue_key(account=account, name=f"{word} 2", scope="ingest", actor=word),
        lifetime=timedelta(hours=1),
        actor=word,
    ).row
    for text in (numbered(1), numbered(2)):
        made = upload_configuration(instance=instance, text=text, actor=word, note=word, push=True)
    save_draft(instance=instance, text=numbered(3) + f"# {word}\n", revision=None, actor=word)
    assert link is not None
    assert key_link is not None
    user = User.objects.create_user(f"colleague-{number}", is_staff=True)
    return {
        "account": account,
        "instance": instance,
        "destination": Destination.objects.filter(instance=instance).latest("pk"),
        "token": token,
        "handed": link.token,
        "link": link,
        "key": key,
        "handed_key": key_link.key,
        "key_link": key_link,
        "version": made.version,
        "push": made.push,
        "role": give_role(user=user, role=StaffRole.Role.VIEWER, account=account, actor=word),
        "user": user,
        "recording": start_recording(instance=instance, key="td_client_id", value="anna", note=word, actor=word),
        "entry": HistoryEntry.objects.filter(account=number).latest("pk"),
        "group": Group.objects.create(name=word),
    }


def changed_rows() -> list[Any]:
    """What a refused request must not change."""
    rows = Instance.objects.order_by("pk").values_list(
        *("pk", "name", "notes", "versions__number", "pushes__number", "draft__revision", "destinations__table"),
        *(
            "tokens__name",
            "tokens__revoked_at",
            "tokens__rate",
            "tokens__successor",
            "tokens__hand_overs__withdrawn_at",
        ),
        *("approval_requests", "scheduled_pushes", "push_policy__approval_required", "account__name"),
        *("account__keys__name", "account__keys__revoked_at", "account__keys__successor", "account__roles__role"),
    )
    return [*rows, *User.objects.order_by("pk").values_list("username", "is_superuser", "is_active", "password")]
