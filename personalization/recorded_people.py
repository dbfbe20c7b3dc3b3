"""What is recorded of a person goes with them."""

from __future__ import annotations

from collections.abc import Iterable

from django.conf import settings

from personalization.identity import Pair
from personalization.models import Recording
from personalization.recording import digest_of, digesting_key
from routing.models import Instance


def forget_recordings(instance: Instance, pairs: Iterable[Pair]) -> None:
    """Remove the recordings by any of these key values, with all that was recorded."""
    key = digesting_key(settings.SECRET_KEY)
    digests = [digest_of(key, instance.label, name, value) for name, value in pairs]
    Recording.objects.filter(instance=instance, digest__in=digests).delete()
