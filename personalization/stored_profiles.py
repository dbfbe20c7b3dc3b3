"""What a trial takes of the event store: a real person's profile, real events. Never written back."""

from __future__ import annotations

from copy import deepcopy

from django.conf import settings

from p13nadmin.api.errors import NotFound
from personalization import identity
from personalization.long_search import NewestEvents, newest_events
from personalization.profile import Profile
from personalization.services import opened_records
from personalization.stores.records import EventQuery
from routing.models import Instance


def stored_profile(*, instance: Instance, key: str, value: str | int) -> Profile:
    """The profile that a key value leads to. Raises NotFound, and Unavailable when the store is away."""
    with opened_records(settings.EVENT_STORE) as records:
        found = records.find(instance.label, (key, identity.text_of(value)))
    if found is None:
        raise NotFound(f"no profile of instance {instance.label} has this value of “{key}”")
    return Profile(0, instance.label, found.created, keys=deepcopy(dict(found.keys)), state=deepcopy(dict(found.state)))


def recent_events(*, instance: Instance, most: int, share: float = 1.0) -> NewestEvents:
    """The instance's newest events, looked for as `search_on` does. Raises Unavailable when the store is away."""
    with opened_records(settings.EVENT_STORE) as records:
        return newest_events(records, EventQuery(instance.label, most=most), share=share)
