"""The console's page on which something that is advised is done."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from personalization.call_advice import Page
from routing.models import Instance


def link_to(user: Any, instance: Instance, page: Page, of: str, *, origin: str = "") -> tuple[str, str]:
    """The words of a link and where it leads; both empty where there is no page, or not for this user.

    `origin` is to be added to a token's rules there.
    """
    words, permission, url = _page_of(instance, page, of)
    if origin and page == "token-rules":
        words, url = "Add it to its rules", f"{url}?{urlencode({'origin': origin}, safe='/:')}"
    return (words, url) if url and user.has_perm(permission) else ("", "")


def _page_of(instance: Instance, page: Page, of: str) -> tuple[str, str, str]:
    """The words of the link, the permission that its page needs, and its address; empty when there is none."""
    if page in ("token", "token-rules", "keys", "key-rules"):
        return _secret_page(instance, page, of)
    if page == "draft":
        query = {"token": of} if of else {}
        words = "Add it to the draft" if of else "Open the draft"
        return words, "provisioning.change_draft", url_of("instance_draft", instance.pk, **query)
    if page == "push":
        return "Push a version", "provisioning.add_push", url_of("instance_push", instance.pk)
    if page == "destinations":
        url = url_of("routing_destination_add", instance=instance.label, table=of)
        return "Register the table", "routing.add_destination", url
    if page == "try":
        query = {"table": of} if of else {}
        return "Try the event", "provisioning.view_configurationversion", url_of("instance_try", instance.pk, **query)
    return "", "", ""


def _secret_page(instance: Instance, page: Page, of: str) -> tuple[str, str, str]:
    if page == "token" and not of:
        url = url_of("tokens_accesstoken_changelist", q=instance.label)
        return "The tokens of this instance", "tokens.view_accesstoken", url
    if page == "token":
        return "Open the token", "tokens.view_accesstoken", url_of("tokens_accesstoken_change", of)
    if page == "token-rules":
        return "Change its rules", "tokens.change_accesstoken", url_of("token_rules", of)
    if page == "key-rules":
        return "Change its rules", "tokens.change_apikey", url_of("key_rules", of)
    url = url_of("tokens_apikey_changelist", q=str(instance.account_id))
    return "The keys of this account", "tokens.view_apikey", url


def url_of(route: str, *arguments: object, **query: str) -> str:
    """The address of a page of the console."""
    url = reverse(f"admin:{route}", args=arguments)
    return f"{url}?{urlencode(query, safe='/')}" if query else url
