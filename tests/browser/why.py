"""Run as a program: prints the console's page “Why no offers?” of the instance that `seed` made."""

from __future__ import annotations

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "p13nadmin.settings")
django.setup()

from django.contrib.auth.models import User  # noqa: E402
from django.test import Client  # noqa: E402
from django.urls import reverse  # noqa: E402

from routing.models import Instance  # noqa: E402


def main() -> None:
    """Sign in and look."""
    client = Client(SERVER_NAME="localhost")
    client.force_login(User.objects.get_or_create(username="anna", is_staff=True, is_superuser=True)[0])
    response = client.get(reverse("admin:instance_why", args=[Instance.objects.get().pk]))
    assert response.status_code == 200, response.status_code
    print(response.content.decode())  # noqa: T201


if __name__ == "__main__":
    main()
