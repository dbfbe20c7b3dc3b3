"""The project as an app of its own: it brings the checks of the settings."""

from __future__ import annotations

from django.apps import AppConfig
from django.core.checks import Tags, register

from p13nadmin.checks import (
    check_addresses,
    check_endpoint_urls,
    check_event_store,
    check_hosts,
    check_numbers,
    check_warehouse,
)


class ProjectConfig(AppConfig):
    name = "p13nadmin"

    def ready(self) -> None:
        """Register the checks."""
        for check in (check_event_store, check_warehouse, check_addresses, check_endpoint_urls, check_numbers):
            register(check, "settings")
        register(check_hosts, Tags.security, deploy=True)
