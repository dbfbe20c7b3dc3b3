"""The base of every list in the console: paging, empty states, and pages of our own in its frame."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin

    _ModelAdmin = ModelAdmin[Any]
else:
    from unfold.admin import ModelAdmin as _ModelAdmin


class ConsoleAdmin(_ModelAdmin):
    """A list whose rows are changed by services alone: nothing is edited or deleted behind their back.

    `empty_title` and `empty_text` say what to do while there is no row at all.
    """

    list_per_page = 50
    actions: Any = None
    list_filter_submit = True
    empty_title = "Nothing here yet"
    empty_text = ""

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def page(
        self,
        request: HttpRequest,
        template: str,
        *,
        title: str,
        status: int = 200,
        original: Any = None,
        **context: Any,
    ) -> HttpResponse:
        """A page of the console by one of our templates, `original` being the row that it is about."""
        frame = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": original,
            "title": title,
            "media": self.media,
        }
        return TemplateResponse(request, template, frame | context, status=status)


def actor_of(request: HttpRequest) -> str:
    """Who is signed in, as services write it beside each change."""
    return f"staff {request.user.get_username()}"
