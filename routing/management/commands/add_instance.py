"""Create an account and an instance where they are missing."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.db import transaction

from p13nadmin.commands import ServiceCommand
from routing.models import Account, Instance
from routing.names import read_label
from routing.services import create_account, create_instance


class Command(ServiceCommand):
    help = "Create the account and the instance where they are missing; prints account/instance."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The label, and what is only used for what has to be created."""
        parser.add_argument("instance", help="account/instance, for example 1/8")
        parser.add_argument("--name", help="of the instance; one that exists must have this name")
        parser.add_argument("--account-name", help="of the account; one that exists must have this name")
        parser.add_argument("--region", default="local", help="which of ENDPOINT_URLS serves it (default: local)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Create what is missing. Raises CommandError when what exists has another name."""
        numbers = read_label(options["instance"])
        if numbers is None:
            raise CommandError("write account/instance, for example 1/8")
        if options["region"] not in settings.ENDPOINT_URLS:
            raise CommandError(f"the region is one of {', '.join(sorted(settings.ENDPOINT_URLS))} (see ENDPOINT_URLS)")
        with transaction.atomic():
            account = self._account(numbers[0], options["account_name"])
            instance = self._instance(account, numbers[1], options["name"], options["region"])
        self.stdout.write(instance.label)

    def _account(self, number: int, name: str | None) -> Account:
        existing = Account.objects.filter(number=number).first()
        name = name or (existing.name if existing else f"Account {number}")
        account, created = create_account(number=number, name=name)
        self._tell(f"account {number} “{name}”", created)
        return account

    def _instance(self, account: Account, number: int, name: str | None, region: str) -> Instance:
        existing = Instance.objects.filter(account=account, number=number).first()
        name = name or (existing.name if existing else f"Instance {number}")
        instance, created = create_instance(account=account, number=number, name=name, region=region)
        self._tell(f"instance {instance.label} “{name}”", created)
        return instance

    def _tell(self, what: str, created: bool) -> None:
        self.say(f"{what} {'created' if created else 'is there already'}")
