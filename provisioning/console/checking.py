"""Problems of a text as it is being written: asked for by the editor's script, and a page that needs no instance."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils import timezone
from rest_framework.throttling import SimpleRateThrottle

from p13nadmin.console.lists import ConsoleAdmin
from provisioning.console.draft_form import CheckForm, Shown, refusal_of
from provisioning.console.editor import editor_script
from provisioning.console.problem_list import ProblemList, ShownProblem, problem_list
from provisioning.console.texts import unix_lines
from provisioning.language import Check, Context
from provisioning.validation import check_for, check_with_tests
from routing.access import instance_for
from routing.models import Instance


class CheckThrottle(SimpleRateThrottle):
    """Checks by one member of staff: a large text takes a second of computing."""

    scope = "console_checks"

    def get_cache_key(self, request: Any, view: Any) -> str:
        return self.cache_format % {"scope": self.scope, "ident": request.user.pk}


def draft_problems(frame: ConsoleAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    """POST a text: its problems as a draft of the instance, as JSON; nothing is stored."""
    instance = instance_for(request.user, pk, "provisioning.change_draft", "provisioning.view_draft")
    may_change = request.user.has_perm("provisioning.change_draft")
    return _problems(request, instance, may_change=may_change)


def text_problems(frame: ConsoleAdmin, request: HttpRequest) -> HttpResponse:
    """POST a text: its problems by themselves, as JSON; nothing is stored."""
    return _problems(request, None, may_change=True)


def check_page(frame: ConsoleAdmin, request: HttpRequest) -> HttpResponse:
    """A page that checks a pasted text without an instance; open to everybody who may sign in."""
    form = CheckForm(request.POST or None)
    refused = form.is_bound and not form.is_valid()
    text = unix_lines(request.POST.get("text", "")).replace("\x00", "")
    return frame.page(
        request,
        "console/check.html",
        title="Check a configuration",
        status=422 if refused else 200,
        refused=refusal_of(form) if refused else "",
        shown=Shown(text, unsaved=bool(text)),
        problems=_listed(request, None, text) if text else None,
        may_change=True,
        editor_script=editor_script(),
    )


def _problems(request: HttpRequest, instance: Instance | None, *, may_change: bool) -> HttpResponse:
    if request.method != "POST":
        return HttpResponse(status=405, headers={"Allow": "POST"})
    throttle = CheckThrottle()
    if not throttle.allow_request(request, None):  # type: ignore[arg-type]
        return HttpResponse(status=429, headers={"Retry-After": str(int(throttle.wait() or 0) + 1)})
    listed = _listed(request, instance, request.body.decode("utf-8", "replace"))
    context = {"problems": listed, "target": "text", "may_change": may_change, "original": instance}
    html = render_to_string("console/problems.html", context, request)
    return JsonResponse({"problems": [_as_json(shown) for shown in (*listed.first, *listed.rest)], "html": html})


def _listed(request: HttpRequest, instance: Instance | None, text: str) -> ProblemList:
    return problem_list(instance, _checked(instance, text), text, user=request.user)


def _checked(instance: Instance | None, text: str) -> Check:
    if instance is not None:
        return check_for(instance, text, stage="draft")
    return check_with_tests(text, context=Context(now=timezone.now().timestamp()))


def _as_json(shown: ShownProblem) -> dict[str, object]:
    problem = shown.problem
    return {
        "line": problem.line,
        "column": problem.column,
        "severity": problem.severity,
        "message": problem.message,
        "hint": shown.hint,
        "mended": shown.mended,
        "mendAt": shown.mend_at,
        "mendCount": problem.mended_count,
    }
