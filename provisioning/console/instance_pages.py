"""The list of instances with the pages of one: overview and details here, the others beside this module."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils import timezone

from p13nadmin.console.forms import status_of, submit
from p13nadmin.console.lists import actor_of
from p13nadmin.console.pages import needs_of, registered_general_pages, registered_pages
from provisioning.approvals import with_request_under_way
from provisioning.console.checking import check_page, draft_problems, text_problems
from provisioning.console.compare_page import compare_page
from provisioning.console.draft_page import draft_page, draft_state
from provisioning.console.language_page import language_page
from provisioning.console.may_move import way_to_move
from provisioning.console.move_pages import push_page, push_version_page, rollback_page
from provisioning.console.process_page import is_everywhere, live_on_text
from provisioning.console.setup import next_step, steps_of, with_setup
from provisioning.console.unknown_tokens import unknown_tokens_page
from provisioning.console.vocabulary import instance_words, language_words
from provisioning.models import ConfigurationVersion, Draft, Push
from provisioning.schedules import newest_schedule
from provisioning.selectors import newest_push, processes_with
from routing.access import enter_instance, instance_of_page, reach_of
from routing.admin import InstanceAdmin as InstanceList
from routing.admin import region_choices
from routing.forms import InstanceDetailsForm
from routing.models import Instance
from routing.services import edit_instance
from tokens.models import AccessToken
from tokens.selectors import accept_all, tokens_of

_SHOWN = 10
Page = Callable[..., HttpResponse]


@admin.register(Instance)
class InstanceAdmin(InstanceList):
    """The instances; a row leads to the instance's own page."""

    def get_urls(self) -> list[URLPattern]:
        def general(route: str, view: Page, name: str) -> URLPattern:
            return path(route, self.admin_site.admin_view(partial(view, self)), name=name)

        def page(route: str, view: Page, name: str) -> URLPattern:
            return general(f"<int:pk>/{route}", of_instance(view), name)

        return [
            page("details/", details_page, "instance_details"),
            page("draft/", draft_page, "instance_draft"),
            page("draft/state/", draft_state, "instance_draft_state"),
            page("draft/problems/", draft_problems, "instance_draft_problems"),
            page("draft/words/", instance_words, "instance_draft_words"),
            page("draft/tokens/", unknown_tokens_page, "instance_draft_tokens"),
            page("draft/push/", push_page, "instance_push"),
            page("versions/<int:number>/push/", push_version_page, "instance_push_version"),
            page("rollback/", rollback_page, "instance_rollback"),
            page("compare/", compare_page, "instance_compare"),
            general("language/", language_page, "language"),
            general("language/words/", language_words, "language_words"),
            general("check/", check_page, "check"),
            general("check/problems/", text_problems, "check_problems"),
            *(general(each.route, each.view, each.name) for each in registered_general_pages()),
            *(page(each.route, each.view, each.name) for each in registered_pages()),
            *super().get_urls(),
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        wanted = Instance.objects.filter(pk=object_id) if object_id.isdecimal() else Instance.objects.none()
        instance = enter_instance(
            request.user,
            with_request_under_way(with_setup(wanted))
            .select_related("account", "live_summary", "draft", "push_policy")
            .prefetch_related("destinations")
            .first(),
        )
        if not self.has_view_permission(request, instance):
            raise PermissionDenied
        steps = steps_of(instance, reach_of(request.user))
        return self.page(
            request,
            "console/instance.html",
            title=str(instance),
            original=instance,
            tab="overview",
            steps=steps,
            next=next_step(steps),
            needs=needs_of(instance, request.user),
            way_to_move=way_to_move(request.user, instance),
            **_state_of(instance),
        )


def of_instance(view: Page) -> Page:
    """The view of one instance; permissions are asked of its account alone."""

    def entered(frame: InstanceAdmin, request: HttpRequest, pk: int, **parts: Any) -> HttpResponse:
        instance_of_page(request.user, pk)
        return view(frame, request, pk=pk, **parts)

    return entered


def _state_of(instance: Instance) -> dict[str, Any]:
    push = newest_push(instance)
    draft: Draft | None = getattr(instance, "draft", None)
    tokens = _tokens(instance)
    is_live = bool(draft and push and draft.text == push.version.text)
    versions = _versions(instance)
    live, running = processes_with(instance, push.version.number if push else None)
    return {
        "push": push,
        "live_on": live_on_text(live, running),
        "live_everywhere": is_everywhere(live, running),
        "approval": getattr(instance, "request_under_way", None),
        "schedule": newest_schedule(instance),
        "draft": draft,
        "draft_is_live": is_live,
        "versions": versions,
        "several_texts": len(versions) > 1 or bool(draft and versions and not is_live),
        "destinations": list(instance.destinations.all()[: _SHOWN + 1]),
        "tokens": tokens,
        "try_with": next((token for token, acceptance in tokens if acceptance.accepted), None),
        "none_accepted": push is not None and not any(acceptance.accepted for _, acceptance in tokens),
    }


def _versions(instance: Instance) -> list[ConfigurationVersion]:
    pushes = Push.objects.filter(version=OuterRef("pk"))
    versions = ConfigurationVersion.objects.filter(instance=instance).defer("text").order_by("-number")
    return list(
        versions.annotate(is_live=Exists(pushes.filter(superseded_at=None)), was_live=Exists(pushes))[: _SHOWN + 1]
    )


def _tokens(instance: Instance) -> list[tuple[AccessToken, Any]]:
    tokens = list(tokens_of(instance).filter(revoked_at=None).order_by("-created_at", "-pk")[: _SHOWN + 1])
    return list(zip(tokens, accept_all(tokens, at=timezone.now()), strict=True))


def details_page(frame: InstanceAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    """Name, region, contact and notes."""
    instance = instance_of_page(request.user, pk)
    if not frame.has_change_permission(request, instance):
        raise PermissionDenied
    start = {name: getattr(instance, name) for name in ("name", "region", "contact", "notes")}
    form = InstanceDetailsForm(request.POST or None, initial=start, regions=region_choices(instance.region))
    if submit(form, partial(_edited, instance, actor_of(request))):
        messages.success(request, "The details are saved.")
        return redirect(instance)
    return frame.page(
        request,
        "console/details.html",
        title="Details",
        original=instance,
        tab="details",
        form=form,
        status=status_of(form),
    )


def _edited(instance: Instance, actor: str, values: dict[str, Any]) -> bool:
    edit_instance(instance=instance, actor=actor, **values)
    return True
