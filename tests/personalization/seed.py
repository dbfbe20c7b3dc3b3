"""Run as a program: makes or changes the customer in the database that the environment names.

`python -m tests.personalization.seed make` prints the token's and the key's header value; `push TEXT`, `revoke`;
`open ORIGIN` makes and lists a public token too, and prints its header value; `follow` reads lines, `push TEXT` or
`rollback`, and prints the number of the version that is live after each.
"""

from __future__ import annotations

import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "p13nadmin.settings")
django.setup()

from django.core.management import call_command  # noqa: E402

from provisioning.models import Push  # noqa: E402
from provisioning.services import roll_back  # noqa: E402
from tests.personalization.customer import Customer, a_customer  # noqa: E402
from tests.world import ACTOR  # noqa: E402
from tokens.models import AccessToken  # noqa: E402
from tokens.services import issue_token, revoke  # noqa: E402


def main(action: str, *words: str) -> None:
    """Do one thing."""
    if action == "make":
        call_command("migrate", verbosity=0)
        customer = a_customer()
        print(customer.token, customer.key, sep="\n")  # noqa: T201
        return
    row = AccessToken.objects.select_related("instance").get(name="server", instance__account=1)
    if action == "push":
        Customer(row.instance, "", "", row).push(*words)
    elif action == "revoke":
        revoke(row=row, actor=ACTOR)
    elif action == "open":
        token = issue_token(instance=row.instance, name="web", type="public", allowed_origins=words, actor=ACTOR)
        Customer(row.instance, "", "", row).push(tokens=("server", "web"))
        print(token.header)  # noqa: T201
    elif action == "follow":
        for line in sys.stdin:
            print(_moved(row, *line.split()), flush=True)  # noqa: T201


def _moved(row: AccessToken, action: str, *words: str) -> int:
    if action == "push":
        Customer(row.instance, "", "", row).push(*words)
    else:
        roll_back(instance=row.instance, actor=ACTOR)
    return Push.objects.get(instance=row.instance, superseded_at=None).version.number


if __name__ == "__main__":
    main(*sys.argv[1:])
