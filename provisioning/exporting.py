"""An instance's provisioning as files: those that the import commands take, and what there is to read besides."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from django.utils import timezone

from provisioning.models import ConfigurationVersion, Push
from provisioning.selectors import live_version, newest_version
from routing.models import Instance
from routing.selectors import destinations_of
from tokens.models import AccessToken
from tokens.selectors import is_usable, tokens_of

File = tuple[str, str]  # name within the export, text

_DESTINATION = ("account", "instance", "database", "table")
_TOKEN = (
    "account",
    "instance",
    "name",
    "token",
    "type",
    "allowed_ips",
    "allowed_origins",
    "expires_at",
    "rate",
    "successor",
)


def instance_files(instance: Instance) -> Iterator[File]:
    """The files of an export. Tokens are digests, and texts are as they are stored."""
    yield "instance.json", json.dumps(_about(instance), indent=2) + "\n"
    yield (
        "destinations.csv",
        _csv(_DESTINATION, ((*_numbers(instance), *pair) for pair in sorted(destinations_of(instance)))),
    )
    yield "tokens.csv", _csv(_TOKEN, _tokens(instance))
    wanted = live_version(instance) or newest_version(instance)
    if wanted is not None:
        yield f"configurations/{instance.label}.yaml", wanted.text
    versions = list(ConfigurationVersion.objects.filter(instance=instance).order_by("number"))
    yield from ((f"versions/{version.number}.yaml", version.text) for version in versions)
    yield "versions.jsonl", _lines(_version(version) for version in versions)
    yield "pushes.jsonl", _lines(_push(push) for push in _pushes(instance))


def usable_tokens(instance: Instance) -> list[AccessToken]:
    """The tokens that are neither revoked nor expired: those that can be imported."""
    now = timezone.now()
    return [token for token in tokens_of(instance).order_by("name") if is_usable(token, at=now)]


def _numbers(instance: Instance) -> tuple[int, int]:
    return instance.account_id, instance.number


def _about(instance: Instance) -> dict[str, Any]:
    return {
        "account": instance.account_id,
        "account_name": instance.account.name,
        "instance": instance.number,
        "name": instance.name,
        "region": instance.region,
        "contact": instance.contact,
        "notes": instance.notes,
    }


def _tokens(instance: Instance) -> Iterator[Sequence[Any]]:
    tokens = usable_tokens(instance)
    names = {token.pk: token.name for token in tokens}
    for token in tokens:
        successor = "" if token.successor_id is None else names.get(token.successor_id, "")
        yield (*_token(instance, token), token.rate or "", successor)


def _token(instance: Instance, token: AccessToken) -> Sequence[Any]:
    ips, origins = " ".join(token.allowed_ips), " ".join(token.allowed_origins)
    expires = _time(token.expires_at) if token.expires_at else ""
    return (*_numbers(instance), token.name, f"sha256:{token.digest}", token.type, ips, origins, expires)


def _version(version: ConfigurationVersion) -> dict[str, Any]:
    return {
        "version": version.number,
        "sha256": version.sha256,
        "note": version.note,
        "created_at": _time(version.created_at),
        "created_by": version.created_by,
    }


def _pushes(instance: Instance) -> Iterable[Push]:
    return Push.objects.filter(instance=instance).select_related("version", "replaced").order_by("number")


def _push(push: Push) -> dict[str, Any]:
    return {
        "push": push.number,
        "kind": push.kind,
        "version": push.version.number,
        "replaced": push.replaced.number if push.replaced else None,
        "note": push.note,
        "created_at": _time(push.created_at),
        "created_by": push.created_by,
    }


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _csv(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()


def _lines(entries: Iterable[dict[str, Any]]) -> str:
    return "".join(json.dumps(entry, ensure_ascii=False) + "\n" for entry in entries)
