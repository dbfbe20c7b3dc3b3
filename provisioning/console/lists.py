"""Versions and pushes of all instances: lists to read, never to edit."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, Model, OuterRef, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesRadioFilter, RadioFilter

from p13nadmin.console.columns import NOTHING, badge, when
from provisioning.console.may_move import way_to_move
from provisioning.models import ConfigurationVersion, Push
from routing.instance_lists import OfInstanceAdmin


class ReadOnlyAdmin(OfInstanceAdmin):
    """Rows that services alone make."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description="When", ordering="pk")
    def created(self, row: Any) -> SafeString:
        return when(row.created_at)

    @admin.display(description="By", ordering="created_by")
    def by(self, row: Any) -> str:
        return str(row.created_by)

    def row_for(self, request: HttpRequest, pk: str) -> Any:
        """The row of that id for somebody who may see it. Raises 404 or 403."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        row = self.get_object(request, pk)
        if row is None:
            raise Http404("There is no such row.")
        return row


class StatusFilter(RadioFilter):  # type: ignore[misc]
    """What a version is to its instance."""

    title = "status"
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("live", "Live"), ("superseded", "Superseded"), ("never", "Never live")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
        wanted = {
            "live": {"is_live": True},
            "superseded": {"is_live": False, "was_live": True},
            "never": {"was_live": False},
        }.get(self.value(), {})
        return queryset.filter(**wanted)


@admin.register(ConfigurationVersion)
class ConfigurationVersionAdmin(ReadOnlyAdmin):
    """Every uploaded configuration."""

    list_display = ("version", "instance_label", "status", "about", "note", "created", "by")
    list_filter = (StatusFilter,)
    search_fields = ("description", "note", "=number")
    search_help_text = "Description, note, or 1/8"
    ordering = ("-pk",)
    empty_title = "No version yet"
    empty_text = "Write an instance's draft and push it, or upload a configuration over the API."

    def rows(self, request: HttpRequest) -> QuerySet[ConfigurationVersion]:
        pushes = Push.objects.filter(version=OuterRef("pk"))
        return ConfigurationVersion.objects.defer("text").annotate(
            is_live=Exists(pushes.filter(superseded_at=None)), was_live=Exists(pushes)
        )

    def get_urls(self) -> list[URLPattern]:
        download = path("<int:pk>/download/", self.admin_site.admin_view(self.download_view), name="version_download")
        return [download, *super().get_urls()]

    @admin.display(description="Version", ordering="number")
    def version(self, version: ConfigurationVersion) -> str:
        return str(version)

    @admin.display(description="Status")
    def status(self, version: Any) -> SafeString:
        return version_badge(version)

    @admin.display(description="Description")
    def about(self, version: ConfigurationVersion) -> str:
        return version.description or NOTHING

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        version = self.row_for(request, object_id)
        older = ConfigurationVersion.objects.filter(instance=version.instance, number__lt=version.number)
        return self.page(
            request,
            "console/version.html",
            title=str(version),
            original=version,
            instance=version.instance,
            badge=version_badge(version),
            before=older.order_by("-number").values_list("number", flat=True).first(),
            pushes=Push.objects.filter(version=version).order_by("-number")[:20],
            way_to_move=way_to_move(request.user, version.instance),
        )

    def download_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The text as a file, byte for byte as it is kept."""
        version = self.row_for(request, str(pk))
        instance = version.instance
        name = f"p13n-{instance.account_id}-{instance.number}-v{version.number}.yaml"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return HttpResponse(version.text, content_type="application/yaml; charset=utf-8", headers=headers)


def version_badge(version: Any) -> SafeString:
    """`live`, `superseded` or `never live`, of a version with `is_live` and `was_live`."""
    if version.is_live:
        return badge("live", "good")
    return badge("superseded") if version.was_live else badge("never live", "warn")


@admin.register(Push)
class PushAdmin(ReadOnlyAdmin):
    """Every move of what is live."""

    list_display = ("push", "instance_label", "kind", "to", "replaced_version", "note", "created", "by", "until")
    list_filter = (("kind", ChoicesRadioFilter),)
    list_select_related = ("instance", "version", "replaced")
    search_fields = ("note", "created_by", "=number")
    search_help_text = "Note, person, or 1/8"
    ordering = ("-pk",)
    empty_title = "No push yet"
    empty_text = "A push makes a configuration live. Open an instance, write its draft, and push it."

    def rows(self, request: HttpRequest) -> QuerySet[Push]:
        return Push.objects.defer("version__text", "replaced__text")

    @admin.display(description="Push", ordering="number")
    def push(self, push: Push) -> str:
        return str(push)

    @admin.display(description="To", ordering="version__number")
    def to(self, push: Push) -> SafeString:
        return _version_link(push.version)

    @admin.display(description="From", ordering="replaced__number")
    def replaced_version(self, push: Push) -> SafeString | str:
        return _version_link(push.replaced) if push.replaced else NOTHING

    @admin.display(description="Live until", ordering="superseded_at")
    def until(self, push: Push) -> SafeString:
        return when(push.superseded_at) if push.superseded_at else badge("live", "good")

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        push = self.row_for(request, object_id)
        return self.page(request, "console/push.html", title=str(push), original=push, instance=push.instance)


def _version_link(version: ConfigurationVersion) -> SafeString:
    return format_html(
        '<a class="c-link" href="{}">version {}</a>',
        reverse("admin:provisioning_configurationversion_change", args=(version.pk,)),
        version.number,
    )
