"""How versions, pushes and instances are written in answers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from rest_framework.response import Response

from provisioning.api.serializers import PushOutput, VersionRow
from provisioning.language import Problem
from provisioning.models import ConfigurationVersion, Push
from provisioning.previews import restarts_of
from provisioning.selectors import etag_of, live_pushes, with_status
from routing.models import Instance


def shown_versions(instance: Instance, versions: Sequence[ConfigurationVersion]) -> list[dict[str, Any]]:
    """Versions with their status."""
    return [
        {**_place(instance), **VersionRow(each.version).data, "status": each.status}
        for each in with_status(instance, list(versions))
    ]


def shown_version(instance: Instance, version: ConfigurationVersion) -> dict[str, Any]:
    """One version with its status."""
    return shown_versions(instance, [version])[0]


def shown_instances(instances: Sequence[Instance]) -> list[dict[str, Any]]:
    """Instances (with `newest_version`) and what is live on each, in one query whatever their number."""
    pushes = live_pushes(instances)
    return [_shown_instance(instance, pushes.get(instance.pk)) for instance in instances]


def _shown_instance(instance: Instance, push: Push | None) -> dict[str, Any]:
    live = None if push is None else {**_place(instance), **VersionRow(push.version).data, "status": "live"}
    return {
        **_place(instance),
        "name": instance.name,
        "newest_version": getattr(instance, "newest_version", None),
        "etag": etag_of(push),
        "live": live,
    }


def shown_problems(problems: Iterable[Problem]) -> list[dict[str, str | int]]:
    """Problems as every answer carries them."""
    return [problem.as_dict() for problem in problems]


def moved(
    instance: Instance, version: ConfigurationVersion, push: Push | None, problems: Iterable[Problem]
) -> dict[str, Any]:
    """A version, the push that moved it (None: none did), and what there is to say about it."""
    return {
        **shown_version(instance, version),
        "warnings": shown_problems([*problems, *(restarts_of(push) if push is not None else ())]),
        "push": None if push is None else PushOutput(push).data,
    }


def tagged(response: Response, push: Push | None) -> Response:
    """The response with the ETag of its instance, whose newest push this is."""
    response["ETag"] = f'"{etag_of(push)}"'
    return response


def _place(instance: Instance) -> dict[str, int]:
    return {"account": instance.account_id, "instance": instance.number}
