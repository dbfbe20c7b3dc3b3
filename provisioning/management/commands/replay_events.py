"""Replay the newest events through what is live and through another configuration."""

from __future__ import annotations

import json
from argparse import ArgumentParser, ArgumentTypeError
from typing import Any

from django.core.management.base import CommandError

from p13nadmin.commands import ServiceCommand, number_argument, printable
from provisioning.api.serializers import ReplayOutput
from provisioning.comparing import side
from provisioning.moving import InvalidConfiguration
from provisioning.planned_lines import replay_lines
from provisioning.replay import MOST_EVENTS, replay
from routing.selectors import find_instance_by_label


class Command(ServiceCommand):
    help = "Tell which offers the newest events would have got by another configuration; nothing is stored."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Whose events, through what."""
        parser.add_argument("instance", help="account/instance, for example 1/8")
        parser.add_argument("configuration", nargs="?", default="newest", help="a version, newest, draft, or a file")
        parser.add_argument("--events", type=_events, default=MOST_EVENTS, help=f"at most {MOST_EVENTS}")
        parser.add_argument("--json", action="store_true", help="as JSON, with examples")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print what differs. Raises CommandError when nothing is live or the configuration has errors."""
        instance = find_instance_by_label(options["instance"])
        chosen = side(instance, options["configuration"])
        try:
            replayed = replay(instance=instance, text=chosen.text, events=options["events"])
        except InvalidConfiguration:
            raise CommandError("the configuration has errors; `manage.py validate_configuration` lists them") from None
        if options["json"]:
            self.stdout.write(json.dumps(ReplayOutput(replayed).data, indent=2))
        else:
            for line in replay_lines(replayed):
                self.stdout.write(printable(line))
        self.say(printable(f"by what is live and by {chosen.name}; nothing was stored"))


def _events(text: str) -> int:
    number = number_argument(text)
    if number > MOST_EVENTS:
        raise ArgumentTypeError(f"at most {MOST_EVENTS} events are replayed")
    return number
