"""Two versions side by side, or the draft beside what is live: in words and as text."""

from __future__ import annotations

from collections.abc import Sequence

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse

from p13nadmin.console.lists import ConsoleAdmin
from provisioning.language.diff import diff_documents
from provisioning.models import ConfigurationVersion, Draft, Push
from provisioning.selectors import newest_push
from routing.access import instance_for
from routing.models import Instance

_CHOICES = 200


def compare_page(frame: ConsoleAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    """`?from=4&to=5`; either may be `draft`. Without them: what is live and the draft, or the newest two versions."""
    instance = instance_for(request.user, pk, "provisioning.view_configurationversion")
    numbers = ConfigurationVersion.objects.filter(instance=instance).order_by("-number")
    choices = [str(number) for number in numbers.values_list("number", flat=True)[:_CHOICES]]
    may_see = any(map(request.user.has_perm, ("provisioning.view_draft", "provisioning.change_draft")))
    draft = Draft.objects.filter(instance=instance).first() if may_see else None
    usual = _sides(choices, newest_push(instance), draft)
    start, end = request.GET.get("from") or usual[0], request.GET.get("to") or usual[1]
    if "draft" in request.GET.values() and not may_see:
        raise PermissionDenied
    old, new = _text(instance, start, draft), _text(instance, end, draft)
    return frame.page(
        request,
        "console/compare.html",
        title="Compare",
        original=instance,
        tab="versions",
        start=start,
        end=end,
        choices=["draft", *choices] if draft else choices,
        is_alone=draft is None and "draft" in (start, end),
        difference=diff_documents(old, new, old_name=_name(start), new_name=_name(end)),
    )


def _sides(choices: Sequence[str], push: Push | None, draft: Draft | None) -> tuple[str, str]:
    """What is live and a draft that differs from it; otherwise the newest two versions."""
    if push is not None and draft is not None and draft.text != push.version.text:
        return str(push.version.number), "draft"
    newest, before = [*choices[:2], "draft", "draft"][:2]
    return (before, newest) if before != "draft" else (newest, "draft")


def _name(choice: str) -> str:
    return "draft" if choice == "draft" else f"version {choice}"


def _text(instance: Instance, choice: str, draft: Draft | None) -> str:
    if choice == "draft":
        return draft.text if draft else ""
    if not (choice.isascii() and choice.isdecimal() and len(choice) < 10):
        raise Http404("There is no such version.")
    version = ConfigurationVersion.objects.filter(instance=instance, number=int(choice)).first()
    if version is None:
        raise Http404("There is no such version.")
    return version.text
