"""Whether who planned a push may still make it when its time has come."""

from __future__ import annotations

from django.contrib.auth.models import User

from routing.access import reach_of

_STAFF = "staff "
_PUSHING = "provisioning.add_push"


def why_not_any_more(actor: str, account: int) -> str:
    """Why a member of staff may not push there any more, or nothing. Of keys and commands nothing is asked."""
    if not actor.startswith(_STAFF):
        return ""
    user = User.objects.filter(username=actor.removeprefix(_STAFF), is_active=True, is_staff=True).first()
    if user is None:
        return f"{actor}, who planned it, may not sign in any more; look at what changes, and plan it again"
    if not reach_of(user).may(_PUSHING, account):
        return f"{actor}, who planned it, may not push here any more; look at what changes, and plan it again"
    return ""
