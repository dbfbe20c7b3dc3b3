"""What a customer pastes to send a first event with a token: to its region, to a table that its instance monitors."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from routing.models import Destination
from tokens.models import AccessToken
from tokens.snippets import Target, curl_line, page_script


def first_destination(token: AccessToken) -> Destination | None:
    """A table of the token's instance, one that the live configuration uses if there is one."""
    summary = getattr(token.instance, "live_summary", None)
    used = summary.tables if summary else []
    found = list(Destination.objects.filter(instance=token.instance)[:100])
    return next((each for each in found if [each.database, each.table] in used), next(iter(found), None))


def snippets_of(token: AccessToken, header: str) -> dict[str, Any]:
    """What to paste, by the name that the pages know it by; empty without the whole `header`."""
    target, public = _target_of(token), token.type == AccessToken.Type.PUBLIC
    origin = next(iter(token.allowed_origins), "")
    return {
        "curl": curl_line(target, token_header=header, public=public, origin=origin) if header else "",
        "page_script": page_script(target, token_header=header) if header and public else "",
    }


def _target_of(token: AccessToken) -> Target:
    destination = first_destination(token)
    where = {"database": destination.database, "table": destination.table} if destination else {}
    base_url = settings.ENDPOINT_URLS.get(token.instance.region, "https://ENDPOINT")
    return Target(base_url=base_url, account=token.instance.account_id, **where)
