"""What can be written in a configuration, as JSON for the editor's completion and help."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse

from p13nadmin.console.lists import ConsoleAdmin
from provisioning.columns import columns_seen_lately
from provisioning.console.expression_words import methods, names
from provisioning.language.json_schema import json_schema
from routing.access import instance_for
from routing.models import Destination, Instance
from tokens.models import AccessToken

_OFFERED = 500
_LANGUAGE = {
    "schema": json_schema(),
    "methods": [word.as_dict() for word in methods()],
    "names": [word.as_dict() for word in names()],
}


def language_words(frame: ConsoleAdmin, request: HttpRequest) -> HttpResponse:
    """The words of the language alone: they say nothing about any customer."""
    return JsonResponse(_LANGUAGE | {"tables": [], "tokens": [], "columns": []})


def instance_words(frame: ConsoleAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    """The words of the language and those of one instance: its tables, the names of its tokens, columns seen lately."""
    instance = instance_for(request.user, pk, "provisioning.view_draft", "provisioning.change_draft")
    return JsonResponse(_LANGUAGE | _words_of(instance))


def _words_of(instance: Instance) -> dict[str, Any]:
    tables = list(Destination.objects.filter(instance=instance).values_list("database", "table")[:_OFFERED])
    tokens = AccessToken.objects.filter(instance=instance, revoked_at=None).order_by("name")
    return {
        "tables": tables,
        "tokens": list(tokens.values_list("name", flat=True)[:_OFFERED]),
        "columns": columns_seen_lately(instance, tables),
    }
