"""Run as a program: makes a shop in the database that the environment names, with a page on the origin given.

Prints header values: the private token's, the server key's, the public token's, the browser key's.
"""

from __future__ import annotations

import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "p13nadmin.settings")
django.setup()

from django.core.management import call_command  # noqa: E402

from provisioning.services import upload_configuration  # noqa: E402
from routing.services import change_destinations  # noqa: E402
from tests.world import ACTOR, an_instance  # noqa: E402
from tokens.services import issue_key, issue_token  # noqa: E402

CONFIGURATION = """
keys:
  - {name: td_client_id, public: true}
  - {name: visitor, public: true}
  - {name: email, sensitive: true}
events: [{name: pageview, database: your_database, table: pageviews}]
attributes:
  - {name: preferences, type: list, event: pageview, if: EVENT.some_key != null, value: "${EVENT.some_key}"}
  - {name: views, type: counter, event: pageview}
  - {name: income, type: single, event: pageview, value: "${EVENT.income}", sensitive: true}
offers:
  - name: preferences_known
    set:
      - event: pageview
        if: PROFILE.preferences.length > 0
        data: {td_client_id: "${PROFILE.td_client_id}", preferences: "${PROFILE.preferences.slice(-1)[0].value}"}
  - {name: visits, set: {event: pageview, data: {count: "${PROFILE.views}"}}}
  - {name: bracket, set: {event: pageview, if: PROFILE.income != null, data: {income: "${PROFILE.income}"}}}
tokens: [{name: server}, {name: page}]
"""


def main(origin: str) -> None:
    """Make everything."""
    call_command("migrate", verbosity=0)
    instance = an_instance()
    change_destinations(instance=instance, actor=ACTOR, add=[("your_database", "pageviews")])
    server = issue_token(instance=instance, name="server", actor=ACTOR)
    page = issue_token(instance=instance, name="page", type="public", allowed_origins=[origin], actor=ACTOR)
    keys = [issue_key(account=instance.account, name=scope, scope=scope, actor=ACTOR) for scope in SCOPES]
    upload_configuration(instance=instance, text=CONFIGURATION, actor=ACTOR, push=True)
    print(server.header, keys[0].header, page.header, keys[1].header, sep="\n")  # noqa: T201


SCOPES = ("ingest", "ingest_public")

if __name__ == "__main__":
    main(*sys.argv[1:])
