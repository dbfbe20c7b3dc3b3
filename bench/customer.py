"""Makes the demo customer in the database of the environment; prints its token header and its key header.

With the name of a file it pushes the configuration in it instead of the demo's; with a number it adds so many
more instances that have the demo's configuration live.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "p13nadmin.settings")
django.setup()

from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402

from personalization.demo.customer import ACCOUNT, CONFIGURATION, INSTANCE, create_demo_customer  # noqa: E402
from provisioning.services import upload_configuration  # noqa: E402
from routing.models import Account, Instance  # noqa: E402
from routing.services import change_destinations, create_instance  # noqa: E402


def _push(instance: Instance, text: bytes) -> None:
    upload_configuration(instance=instance, text=text, actor="bench", push=True)


def _add_instances(count: int) -> None:
    """Each with a text of its own, as customers have."""
    account = Account.objects.get(number=ACCOUNT)
    text = CONFIGURATION.read_text()
    text = text[: text.index("tokens:")]
    for number in range(1000, 1000 + count):
        instance, _ = create_instance(account=account, number=number, name=f"Instance {number}")
        change_destinations(instance=instance, actor="bench", add=[(f"database_{number}", "pageviews")])
        own = text.replace("your_database", f"database_{number}").replace("preferences_known", f"known_{number}")
        _push(instance, own.encode())


call_command("migrate", verbosity=0)
customer = create_demo_customer(data_dir=settings.DATA_DIR)
if len(sys.argv) > 1 and sys.argv[1].isdecimal():
    _add_instances(int(sys.argv[1]))
elif len(sys.argv) > 1:
    _push(Instance.objects.get(account__number=ACCOUNT, number=INSTANCE), Path(sys.argv[1]).read_bytes())
print(customer.token_header)
print(customer.key_header)
