"""Explain what an event would get, and why."""

from __future__ import annotations

import json
from argparse import ArgumentParser, ArgumentTypeError
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone

from p13nadmin.api.errors import Invalid
from p13nadmin.commands import ServiceCommand, printable, time_argument
from personalization import event_body
from personalization.explained_places import placed
from personalization.explanation import Explanation
from personalization.explanation_text import explanation_text
from personalization.given_profile import CannotGive
from personalization.memory_profiles import MemoryProfiles
from personalization.refusals import Refusal
from provisioning.comparing import side
from provisioning.files import read_configuration
from provisioning.language.plan import Plan
from provisioning.validation import compile_text
from routing.models import Instance
from routing.selectors import destinations_of, find_instance_by_label


class Command(ServiceCommand):
    help = "Explain what an event would get, and why; nothing is stored."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The event, the profile that it meets, and by which configuration."""
        parser.add_argument("instance", help="account/instance, for example 1/8")
        parser.add_argument("table", type=_table, metavar="DATABASE/TABLE")
        parser.add_argument("--event", default="{}", help="JSON, @file, or - for standard input")
        parser.add_argument("--public", action="store_true", help="by the public path")
        parser.add_argument("--profile", nargs="+", default=[], metavar="NAME=VALUE", help="keys and attributes")
        parser.add_argument("--profile-json", default="{}", help="the same as a JSON object, or @file, or -")
        parser.add_argument("--configuration", default="live", help="a version, live, newest, draft, or a file")
        parser.add_argument("--at", type=time_argument, help="NOW; a time with its zone")
        parser.add_argument("--json", action="store_true", help="as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the explanation. Raises CommandError for an event that the endpoint would refuse."""
        instance = find_instance_by_label(options["instance"])
        chosen = side(instance, options["configuration"])
        plan = _plan(chosen.text)
        try:
            explanation = placed(_explained(instance, plan, options), chosen.text)
        except Refusal as refusal:
            raise CommandError(f"the event would be refused: {printable(refusal.message)}") from None
        if options["json"]:
            self.stdout.write(json.dumps(explanation.as_dict(), indent=2))
        else:
            self.stdout.write(explanation_text(explanation))
        self.say(printable(f"by {chosen.name}; nothing was stored"))


def _table(text: str) -> tuple[str, str]:
    database, slash, table = text.partition("/")
    if not (database and slash and table) or "/" in table:
        raise ArgumentTypeError("DATABASE/TABLE is expected")
    return database, table


def _plan(text: str) -> Plan:
    check = compile_text(text)
    if check.plan is None:
        raise CommandError("the configuration has errors; `manage.py validate_configuration` lists them")
    return check.plan


def _explained(instance: Instance, plan: Plan, options: dict[str, Any]) -> Explanation:
    database, table = options["table"]
    event = event_body.parse(_content(options["event"]))
    now = (options["at"] or timezone.now()).timestamp()
    profiles = MemoryProfiles(plan, destinations_of(instance))
    given = _given(options)
    try:
        return profiles.explain(database, table, event, public=options["public"], now=now, given=given)[1]
    except CannotGive as error:
        raise CommandError(printable(f"--profile: {error}")) from None


def _given(options: dict[str, Any]) -> dict[str, Any]:
    return _object(_content(options["profile_json"])) | dict(map(_pair, options["profile"]))


def _content(argument: str) -> bytes:
    """What the argument says, or the file that it names."""
    if argument == "-" or argument.startswith("@"):
        return read_configuration(argument.removeprefix("@"))
    return argument.encode("utf-8", "surrogatepass")


def _object(content: bytes) -> dict[str, Any]:
    try:
        value = json.loads(content)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise Invalid("--profile-json: a JSON object is expected")
    return value


def _pair(text: str) -> tuple[str, Any]:
    """`name=value`, the value being JSON where it is, otherwise a text."""
    name, equals, value = text.partition("=")
    if not equals:
        raise Invalid("--profile: name=value is expected")
    try:
        return name, json.loads(value)
    except (ValueError, RecursionError):
        return name, value
