"""Phase 2."""

from __future__ import annotations

from django.urls import URLPattern, path

import p13nadmin.api.converters  # noqa: F401 - registers `number`
from provisioning.api.planning_views import (
    ApprovalsView,
    CancelView,
    DecisionView,
    PauseView,
    PolicyView,
    ReplayView,
    ResumeView,
    SchedulesView,
)
from provisioning.api.upload_views import ProvisionView
from provisioning.api.version_views import DiffView, LanguageSchemaView, LiveView, PushView, RollbackView, VersionView

_INSTANCE = "provision/<number:account>/<number:instance>"

urlpatterns: list[URLPattern] = [
    path("provision", ProvisionView.as_view(), name="provision"),
    path("provision/schema", LanguageSchemaView.as_view(), name="language-schema"),
    path(_INSTANCE, LiveView.as_view(), name="live"),
    path(f"{_INSTANCE}/versions/<number:version>", VersionView.as_view(), name="version"),
    path(f"{_INSTANCE}/diff", DiffView.as_view(), name="diff"),
    path(f"{_INSTANCE}/push", PushView.as_view(), name="push"),
    path(f"{_INSTANCE}/rollback", RollbackView.as_view(), name="rollback"),
    path(f"{_INSTANCE}/pause", PauseView.as_view(), name="pause"),
    path(f"{_INSTANCE}/resume", ResumeView.as_view(), name="resume"),
    path(f"{_INSTANCE}/replay", ReplayView.as_view(), name="replay"),
    path(f"{_INSTANCE}/policy", PolicyView.as_view(), name="policy"),
    path(f"{_INSTANCE}/approvals", ApprovalsView.as_view(), name="approvals"),
    path(f"{_INSTANCE}/approvals/decide", DecisionView.as_view(), name="decide-approval"),
    path(f"{_INSTANCE}/schedules", SchedulesView.as_view(), name="schedules"),
    path(f"{_INSTANCE}/schedules/cancel", CancelView.as_view(), name="cancel-schedule"),
]
