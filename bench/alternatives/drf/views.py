"""One event: its profile is found or made, the event logged, the offer worked out, in one transaction.

The token and the key are compared with constants, which is less than a real service would do.
"""

from __future__ import annotations

import json
import os
import time
import uuid
from hashlib import sha256
from typing import Any

from django.db import transaction
from rest_framework.exceptions import NotAuthenticated
from rest_framework.parsers import JSONParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from drf.models import Event, Profile, ProfileKey

_TOKEN, _KEY = os.environ["TOKEN"], os.environ["KEY"]
_INSTANCE, _STREAM = "1/8", 1
_MOST = 100


class EventParser(JSONParser):
    """JSON under the customers' content type."""

    media_type = "application/vnd.treasuredata.v1+json"


class EventView(APIView):
    """Takes an event and answers with the offer of the demo's configuration."""

    parser_classes = (EventParser,)

    def post(self, request: Request) -> Response:
        """Store it and answer."""
        if request.headers.get("Wp13n-Token") != _TOKEN or request.headers.get("Authorization") != _KEY:
            raise NotAuthenticated
        fields = request.data
        with transaction.atomic():
            offers = _applied(fields, int(time.time()))
        return Response({"offers": offers}, headers={"X-P13n-Version": "1"})


def _applied(fields: dict[str, Any], now: int) -> dict[str, Any]:
    client = fields["td_client_id"]
    profile = _profile(f"{_INSTANCE}/td_client_id/{client}", now)
    document = json.loads(profile.body)
    document["k"]["td_client_id"] = [[client, now]]
    items = [item for item in document["s"].get("preferences/list", []) if item[0] != fields.get("some_key")]
    if fields.get("some_key") is not None:
        items.append([fields["some_key"], now])
    document["s"]["preferences/list"] = items[-_MOST:]
    profile.body, profile.updated = json.dumps(document), now
    profile.save(update_fields=["body", "updated"])
    body = json.dumps(fields)
    Event.objects.create(
        stream=_STREAM,
        uuid=uuid.uuid4(),
        time=now,
        received=now,
        public=False,
        profile=profile.pk,
        digest=sha256(body.encode()).digest(),
        body=body,
    )
    if not items:
        return {}
    return {"preferences_known": {"attributes": {"td_client_id": client, "preferences": items[-1][0]}}}


def _profile(key: str, now: int) -> Profile:
    found = Profile.objects.select_for_update(of=("self",)).filter(profilekey__key=key).first()
    if found is not None:
        return found
    made = Profile.objects.create(instance=_INSTANCE, created=now, updated=now, body='{"k": {}, "s": {}}')
    link, is_new = ProfileKey.objects.get_or_create(key=key, defaults={"profile": made})
    if is_new:
        return made
    made.delete()
    return Profile.objects.select_for_update().get(pk=link.profile_id)
