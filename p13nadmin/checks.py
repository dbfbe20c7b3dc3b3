"""Checks of the settings that Django itself does not make; `manage.py check` shows their problems.

A missing setting already stops the start (see settings.py); these find the ones that are there and wrong. No
message quotes a URL: it may hold a password.
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning

from personalization.stores.locations import UnknownStore, sqlite_file, store_at
from personalization.stores.redis_url import redis_url
from personalization.warehouse import UnknownWarehouse, warehouse_at

_LARGEST_PORT = 65535
_MOST_DAYS = 36_500


def check_event_store(**_: Any) -> list[CheckMessage]:
    """The events' store is of a known kind, and not the control database's own file."""
    try:
        store_at(settings.EVENT_STORE)
    except UnknownStore as error:
        return [Error(f"{error}.", hint="Set EVENT_STORE as .env.example shows.", id="p13nadmin.E001")]
    file = sqlite_file(settings.EVENT_STORE)
    if file is None or file.resolve() != _control_file():
        return []
    return [
        Error(
            "EVENT_STORE and DATABASE_URL name the same file.",
            hint="Give the events a file of their own.",
            id="p13nadmin.E002",
        )
    ]


def _control_file() -> Path | None:
    control = settings.DATABASES["default"]
    return Path(control["NAME"]).resolve() if control["ENGINE"].endswith("sqlite3") else None


def check_warehouse(**_: Any) -> list[CheckMessage]:
    """Where the events of a store on Redis are to stay: a database, and one is named."""
    hint = "Set EVENT_WAREHOUSE as .env.example shows."
    if settings.EVENT_WAREHOUSE:
        try:
            warehouse_at(settings.EVENT_WAREHOUSE)
        except UnknownWarehouse as error:
            return [Error(f"{error}.", hint=hint, id="p13nadmin.E007")]
    elif redis_url(settings.EVENT_STORE) is not None:
        said = "EVENT_STORE is on Redis and EVENT_WAREHOUSE is not set: events stay in Redis' memory."
        return [Warning(said, hint=hint, id="p13nadmin.W001")]
    return []


def check_addresses(**_: Any) -> list[CheckMessage]:
    """Every trusted proxy, and everybody who may read metrics, is an address or a network."""
    return [
        Error(
            f"{name}: “{entry}” is not an address or a CIDR network.",
            hint="Separate several with commas: 10.0.0.1,192.168.0.0/24",
            id="p13nadmin.E003",
        )
        for name in ("TRUSTED_PROXIES", "METRICS_ADDRESSES")
        for entry in getattr(settings, name)
        if not _is_network(entry)
    ]


def check_endpoint_urls(**_: Any) -> list[CheckMessage]:
    """Every region has a base URL, `local` among them."""
    bad = [region for region, url in settings.ENDPOINT_URLS.items() if not _is_base_url(url)]
    missing = [] if "local" in settings.ENDPOINT_URLS else ["local"]
    return [
        Error(
            f"ENDPOINT_URLS: the region “{region}” has no usable base URL.",
            hint="Set region=URL pairs: local=https://p13n.example.com,eu01=https://eu01.p13n.example.com",
            id="p13nadmin.E004",
        )
        for region in bad + missing
    ]


def check_numbers(**_: Any) -> list[CheckMessage]:
    """Numbers are within what makes sense."""
    return [
        Error(f"{name} is out of range.", hint=f"Set {expected}.", id="p13nadmin.E005")
        for name, fits, expected in _numbers()
        if not fits
    ]


def _numbers() -> Iterator[tuple[str, bool, str]]:
    yield "PORT", 1 <= settings.PORT <= _LARGEST_PORT, f"a port from 1 to {_LARGEST_PORT}"
    yield "MAX_CONNECTIONS", settings.MAX_CONNECTIONS >= 1, "at least 1 connection"
    yield "COMMIT_QUEUE_LIMIT", settings.COMMIT_QUEUE_LIMIT >= 1, "at least 1 event"
    yield "BODY_DEADLINE", 0 < settings.BODY_DEADLINE <= 3600, "more than 0 seconds, at most 3600"
    yield "SNAPSHOT_MAX_AGE", settings.SNAPSHOT_MAX_AGE >= 1, "at least 1 second"
    for name in ("EVENT_RETENTION_DAYS", "PROFILE_EXPIRY_DAYS"):
        yield name, 0 <= getattr(settings, name) <= _MOST_DAYS, f"a number of days up to {_MOST_DAYS}, or 0 for ever"


def check_hosts(**_: Any) -> list[CheckMessage]:
    """In production the hosts are named: a forged Host header would end up in links."""
    if "*" not in settings.ALLOWED_HOSTS:
        return []
    return [Error("ALLOWED_HOSTS allows every host.", hint="Name the console's own hosts.", id="p13nadmin.E006")]


def _is_network(text: str) -> bool:
    try:
        ip_network(text, strict=False)
    except ValueError:
        return False
    return True


def _is_base_url(text: str) -> bool:
    try:
        url = urlsplit(text)
    except ValueError:
        return False
    return url.scheme in ("http", "https") and bool(url.hostname) and not url.query and not url.fragment
