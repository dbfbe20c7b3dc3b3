"""`/profiles`: people's data, by one of their key values, which never stands in an address."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.http import JsonResponse
from rest_framework.request import Request
from rest_framework.response import Response

from p13nadmin.api.schema import documented
from p13nadmin.api.views import ApiView
from personalization.api.serializers import ErasureOutput, ExportOutput, PersonInput, ProfileOutput
from personalization.services import erase_person, export_person, find_profile, opened_records
from routing.models import Instance
from routing.selectors import find_instance

_TAGS = ["People"]
_EXAMPLE = {"account": 1, "instance": 8, "key": "td_client_id", "value": "202"}


class PersonView(ApiView):
    """A view about one person of one instance."""

    def person(self) -> tuple[Instance, dict[str, Any]]:
        """The instance, and `key` and `value`."""
        wanted = self.body(PersonInput)
        account, number = wanted.pop("account", None), wanted.pop("instance", None)
        return find_instance(caller=self.caller, account=account, instance=number), wanted


class FindProfileView(PersonView):
    """A profile as expressions see it."""

    permissions = {"POST": "personalization.view_profile"}

    @documented(
        summary="Find a profile",
        text="The profile that a key value leads to, with its attributes as the live configuration has them now, "
        "sensitive ones among them. 404 when there is none.",
        request=PersonInput,
        example=_EXAMPLE,
        answers={200: ProfileOutput},
        tags=_TAGS,
    )
    def post(self, request: Request) -> JsonResponse:
        instance, person = self.person()
        with opened_records(settings.EVENT_STORE) as records:
            found = find_profile(records=records, instance=instance, now=int(time.time()), **person)
        return JsonResponse(found)  # escapes what UTF-8 has no form for: half of a surrogate pair


class ExportProfileView(PersonView):
    """All that is kept of a person."""

    permissions = {"POST": "personalization.export_profile"}

    @documented(
        summary="Export a person",
        text="All that is kept of a person, for them to have: profile, events, merges, activations that wait, "
        "what was recorded of them. Reads the whole event log. 404 when nothing is kept.",
        request=PersonInput,
        example=_EXAMPLE,
        answers={200: ExportOutput},
        tags=_TAGS,
    )
    def post(self, request: Request) -> JsonResponse:
        instance, person = self.person()
        with opened_records(settings.EVENT_STORE) as records:
            found = export_person(
                records=records, instance=instance, now=int(time.time()), actor=self.caller.actor, **person
            )
        return JsonResponse(found)


class EraseProfileView(PersonView):
    """The end of a person's data."""

    permissions = {"POST": "personalization.erase_profile"}

    @documented(
        summary="Erase a person",
        text="Removes all that is kept of a person, for good, and says how much that was; a second time nothing. Reads "
        "the whole event log. An event that comes later makes a new profile.",
        request=PersonInput,
        example=_EXAMPLE,
        answers={200: ErasureOutput},
        tags=_TAGS,
    )
    def post(self, request: Request) -> Response:
        instance, person = self.person()
        with opened_records(settings.EVENT_STORE) as records:
            removed = erase_person(records=records, instance=instance, actor=self.caller.actor, **person)
        return Response({"account": instance.account_id, "instance": instance.number, "removed": asdict(removed)})
