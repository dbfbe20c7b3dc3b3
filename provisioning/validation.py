"""Checking a configuration for an instance: the language's problems, then its golden tests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from django.utils import timezone

from provisioning.golden import GoldenFailure, run_golden_tests
from provisioning.language import Check, Context, check_configuration
from provisioning.language.disguised_tokens import first_disguised
from provisioning.language.document import Document
from provisioning.language.expectations import mended_expectation
from provisioning.language.loading import load, read_lines
from provisioning.language.located import located
from provisioning.language.places import locate as place_of
from provisioning.language.problems import Problem
from provisioning.language.redaction import redact
from provisioning.selectors import context_for
from routing.models import Instance
from tokens.models import AccessToken
from tokens.selectors import IssuedDigests


def check_for(
    instance: Instance,
    text: str | bytes,
    *,
    stage: Literal["draft", "push"],
    tokens: Sequence[AccessToken] | None = None,
) -> Check:
    """All problems of the text as a configuration of `instance`, and its plan when there is no error.

    `tokens` are all of the instance, for whoever has read them already.
    """
    check = check_with_tests(text, context=context_for(instance, stage=stage, tokens=tokens))
    problem = _disguised_token(text)
    return check if problem is None else replace(check, problems=(*check.problems, problem), plan=None)


def _disguised_token(text: str | bytes) -> Problem | None:
    """An issued token that could not be kept out of a version by putting its digest in its place."""
    document, issued = load(text), IssuedDigests()
    rest = read_lines(redact(document.text, issued))  # line by line as in the text
    at = first_disguised(rest.text, issued)
    if at is None:
        return None
    position = rest.position(at)
    place = place_of(document.root, document.line_starts[position.line - 1] + position.column - 1)
    return Problem(
        place.path, place.where, position.line, position.column, "error", "disguised-token",
        "an issued token is written here in pieces or with escapes", "take it out; `tokens` lists it by its name",
    )  # fmt: skip


def compile_text(text: str) -> Check:
    """The plan of a stored text by itself: tokens and destinations of its instance are not looked at."""
    return check_configuration(text, context=Context(now=timezone.now().timestamp()))


def check_with_tests(text: str | bytes, *, context: Context) -> Check:
    """All problems of the text, failing golden tests among them; one that fails by a pause alone only warns."""
    check = check_configuration(text, context=context)
    if check.plan is None or not check.plan.tests:
        return check
    failures = run_golden_tests(check.plan, now=context.now, text=text)
    if not failures:
        return check
    document = load(text)
    problems = tuple(_failed(document, failure) for failure in failures)
    failed = any(problem.severity == "error" for problem in problems)
    return replace(check, problems=check.problems + problems, plan=None if failed else check.plan)


def _failed(document: Document, failure: GoldenFailure) -> Problem:
    if failure.paused:
        return _paused(document, failure)
    problem = located(document, failure.path, code="test-failed", message=failure.message, hint=failure.why)
    mended = mended_expectation(document, f"{failure.path}.{failure.part}", failure.got) if failure.part else None
    if mended is None:
        return problem
    return replace(problem, mended=mended.text, mended_first=mended.first, mended_count=mended.count)


def _paused(document: Document, failure: GoldenFailure) -> Problem:
    """A warning: what the test expects comes once the offers run again."""
    named = ", ".join(f'"{name}"' for name in failure.paused)
    message = f"{failure.message}; it passes once {named} {'is' if len(failure.paused) == 1 else 'are'} resumed"
    problem = located(document, failure.path, code="test-paused", message=message)
    return replace(problem, severity="warning")
