"""Makes the demo customer in the database of the environment; prints its token header and its key header."""

from __future__ import annotations

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "p13nadmin.settings")
django.setup()

from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402

from personalization.demo.customer import create_demo_customer  # noqa: E402

call_command("migrate", verbosity=0)
customer = create_demo_customer(data_dir=settings.DATA_DIR)
print(customer.token_header)
print(customer.key_header)
