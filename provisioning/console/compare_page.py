"""Two versions side by side, or the draft beside what is live: in words and as text."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse

from p13nadmin.console.lists import ConsoleAdmin
from provisioning.language.diff import diff_documents
from provisioning.models import ConfigurationVersion, Draft
from provisioning.selectors import newest_push
from routing.models import Instance

_CHOICES = 200


def compare_page(frame: ConsoleAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    """`?from=4&to=5`; either may be `draft`. Without them: what is live, and the draft."""
    instance = Instance.objects.filter(pk=pk).select_related("account", "live_summary").first()
    if instance is None:
        raise Http404("There is no such instance.")
    if not request.user.has_perm("provisioning.view_configurationversion"):
        raise PermissionDenied
    numbers = ConfigurationVersion.objects.filter(instance=instance).order_by("-number")
    choices = [str(number) for number in numbers.values_list("number", flat=True)[:_CHOICES]]
    push = newest_push(instance)
    start = request.GET.get("from") or (str(push.version.number) if push else (choices or ["draft"])[-1])
    end = request.GET.get("to") or "draft"
    old, new = _text(instance, start), _text(instance, end)
    return frame.page(
        request,
        "console/compare.html",
        title="Compare",
        original=instance,
        tab="versions",
        start=start,
        end=end,
        choices=["draft", *choices],
        difference=diff_documents(old, new, old_name=_name(start), new_name=_name(end)),
    )


def _name(choice: str) -> str:
    return "draft" if choice == "draft" else f"version {choice}"


def _text(instance: Instance, choice: str) -> str:
    if choice == "draft":
        draft = Draft.objects.filter(instance=instance).first()
        return draft.text if draft else ""
    if not (choice.isascii() and choice.isdecimal() and len(choice) < 10):
        raise Http404("There is no such version.")
    version = ConfigurationVersion.objects.filter(instance=instance, number=int(choice)).first()
    if version is None:
        raise Http404("There is no such version.")
    return version.text
