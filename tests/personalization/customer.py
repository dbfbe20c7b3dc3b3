"""A customer in the control database, made by the services: instance 1/8 with a live configuration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from provisioning.services import upload_configuration
from routing.models import Account, Instance
from routing.services import change_destinations
from tests.world import ACTOR, an_instance
from tokens.models import AccessToken
from tokens.services import issue_key, issue_token

BODY = """
keys: [{name: td_client_id, public: true}]
events: [{name: pageview, database: your_database, table: pageviews}]
attributes: [{name: views, type: counter, event: pageview}]
offers: [{name: hello, set: {event: pageview, data: {text: TEXT, views: "${PROFILE.views}"}}}]
tokens: TOKENS
"""
PAIR = ("your_database", "pageviews")


@dataclass
class Customer:
    """Header values are whole."""

    instance: Instance
    key: str
    token: str
    token_row: AccessToken

    @property
    def account(self) -> Account:
        return self.instance.account

    def push(self, text: str = "one", tokens: tuple[str, ...] = ("server",)) -> int:
        """Make live what says `text` and lists these tokens (names, or `sha256:…`); returns the version's number."""
        entries = ", ".join(token if ":" in token else f"{{name: {token}}}" for token in tokens)
        source = BODY.replace("TEXT", text).replace("TOKENS", f"[{entries}]")
        upload = upload_configuration(instance=self.instance, text=source, actor=ACTOR, push=True)
        return upload.version.number


def a_customer(**token_rules: Any) -> Customer:
    """With destination, ingest key, token `server`, and version 1 live."""
    instance = an_instance()
    change_destinations(instance=instance, actor=ACTOR, add=[PAIR])
    key = issue_key(account=instance.account, name="ingest", scope="ingest", actor=ACTOR)
    token = issue_token(instance=instance, name="server", actor=ACTOR, **token_rules)
    customer = Customer(instance, key.header, token.header, token.row)
    customer.push()
    return customer
