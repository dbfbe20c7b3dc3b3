"""Checking a configuration for an instance: the language's problems, then its golden tests."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from django.utils import timezone

from provisioning.golden import run_golden_tests
from provisioning.language import Check, Context, check_configuration
from provisioning.language.located import locate
from provisioning.selectors import context_for
from routing.models import Instance


def check_for(instance: Instance, text: str | bytes, *, stage: Literal["draft", "push"]) -> Check:
    """All problems of the text as a configuration of `instance`, and its plan when there is no error."""
    return check_with_tests(text, context=context_for(instance, stage=stage))


def compile_text(text: str) -> Check:
    """The plan of a stored text by itself: tokens and destinations of its instance are not looked at."""
    return check_configuration(text, context=Context(now=timezone.now().timestamp()))


def check_with_tests(text: str | bytes, *, context: Context) -> Check:
    """All problems of the text, failing golden tests among them."""
    check = check_configuration(text, context=context)
    if check.plan is None or not check.plan.tests:
        return check
    failures = run_golden_tests(check.plan, now=context.now, text=text)
    if not failures:
        return check
    problems = tuple(
        locate(text, failure.path, code="test-failed", message=failure.message, hint=failure.why)
        for failure in failures
    )
    return replace(check, problems=check.problems + problems, plan=None)
