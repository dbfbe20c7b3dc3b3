"""What Django tells of a crash: in debug mode on the page, to whoever asked for it. No values, only where and why."""

from __future__ import annotations

from typing import Any

from django.utils.safestring import SafeString
from django.views.debug import ExceptionReporter

from p13nadmin.api.error_body import without_secrets

_HIDDEN = "[hidden]"


class ErrorReport(ExceptionReporter):
    """Django's report without the values of variables, form fields, cookies and settings, which may be secrets."""

    def get_traceback_data(self) -> dict[str, Any]:
        """The report's context: names stay, values go."""
        data = super().get_traceback_data()
        for frame in data.get("frames", ()):
            frame["vars"] = []
        for name in ("filtered_POST_items", "request_COOKIES_items"):
            data[name] = [(each, _HIDDEN) for each, _ in data.get(name, ())]
        return data | {"settings": {}}

    def get_traceback_html(self) -> SafeString:
        """The page; what looks like a token or key is hidden wherever it stands."""
        return SafeString(without_secrets(super().get_traceback_html()))

    def get_traceback_text(self) -> SafeString:
        """The same as text."""
        return SafeString(without_secrets(super().get_traceback_text()))
