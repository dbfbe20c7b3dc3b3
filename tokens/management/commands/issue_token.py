"""Issue an access token, or register one that the customer generated."""

from __future__ import annotations

from argparse import ArgumentParser
from functools import partial
from typing import Any

from django.utils import timezone

from p13nadmin.commands import ACTOR, ServiceCommand, secret_argument, time_argument
from routing.selectors import find_instance_by_label
from tokens.hand_over_command import add_hand_over_arguments, delivered, tell_secret
from tokens.models import AccessToken
from tokens.selectors import acceptance
from tokens.services import Issued, issue_token


class Command(ServiceCommand):
    help = "Issue an access token; prints the whole header value, account/instance/token, this once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Whose token, and what it may do."""
        parser.add_argument("instance", help="account/instance, for example 1/8")
        parser.add_argument("--name", required=True, help="what configurations call it")
        parser.add_argument(
            "--token", default="", help="one that the customer generated: 32 hex digits, a UUID or sha256:…; - reads it"
        )
        parser.add_argument("--type", default="private", choices=AccessToken.Type.values)
        parser.add_argument("--allowed-origin", action="append", default=[], metavar="URL", dest="allowed_origins")
        parser.add_argument("--allowed-ip", action="append", default=[], metavar="CIDR", dest="allowed_ips")
        parser.add_argument("--expires-at", type=time_argument, metavar="TIME", help="ISO 8601 with a zone")
        add_hand_over_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Issue it. Raises CommandError when the name or the token is taken."""
        made = delivered(partial(_issued, options), options)
        tell_secret(self, made, options)
        if made.row is None and not made.issued.header:
            self.say(f"“{made.issued.row.name}” is registered; only its digest is known here")
        self._explain(made.issued)

    def _explain(self, issued: Issued[AccessToken]) -> None:
        for warning in issued.warnings:
            self.say(f"warning: {warning}")
        answer = acceptance(issued.row, at=timezone.now())
        if answer.accepted:
            self.say("the endpoint accepts it")
        else:
            self.say(f"not accepted yet: {answer.why}; list it under `tokens` as {issued.row.name} and push")


def _issued(options: dict[str, Any]) -> Issued[AccessToken]:
    return issue_token(
        instance=find_instance_by_label(options["instance"]),
        name=options["name"],
        actor=ACTOR,
        type=options["type"],
        token=secret_argument(options["token"]),
        allowed_ips=options["allowed_ips"],
        allowed_origins=options["allowed_origins"],
        expires_at=options["expires_at"],
    )
