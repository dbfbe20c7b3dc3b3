"""What is recorded of a person is theirs: it is exported with them, and goes with them."""

from __future__ import annotations

from collections.abc import Iterable

from django.conf import settings
from django.db.models import QuerySet

from personalization.identity import Pair
from personalization.models import Recording
from personalization.recording import digest_of, digesting_key
from routing.models import Instance


def recordings_by(instance: Instance, pairs: Iterable[Pair]) -> QuerySet[Recording]:
    """The recordings by any of these key values, as long as they are kept, oldest first."""
    key = digesting_key(settings.SECRET_KEY)
    digests = [digest_of(key, instance.label, name, value) for name, value in pairs]
    return Recording.objects.filter(instance=instance, digest__in=digests).order_by("pk")


def forget_recordings(instance: Instance, pairs: Iterable[Pair]) -> None:
    """Remove the recordings by any of these key values, with all that was recorded."""
    recordings_by(instance, pairs).delete()
