from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from django import forms
from django.utils import timezone as django_timezone

from p13nadmin.api.errors import Conflict, DomainError, Invalid, PreconditionFailed
from p13nadmin.console.columns import acceptance_badge, badge, when
from p13nadmin.console.forms import ConsoleForm, LinesField, status_of, submit
from tokens.selectors import Acceptance


class Order(ConsoleForm):
    """A form with one field under another name than the service's."""

    paths = {"amount": "number"}
    number = forms.IntegerField()
    addresses = LinesField(required=False)
    hidden = forms.CharField(required=False, widget=forms.HiddenInput)


def _refusing(error: DomainError) -> Any:
    def act(values: dict[str, Any]) -> None:
        raise error

    return act


def _problem(path: str) -> list[dict[str, str]]:
    return [{"path": path, "message": "wrong"}]


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (Invalid("all of it", errors=_problem("number")), {"number": ["wrong"]}),
        (Invalid("all of it", errors=_problem("amount")), {"number": ["wrong"]}),
        (Invalid("all of it", errors=_problem("addresses[3]")), {"addresses": ["wrong"]}),
        (Invalid("all of it", errors=_problem("addresses[3].part")), {"addresses": ["wrong"]}),
        (Invalid("all of it", errors=_problem("elsewhere")), {"__all__": ["all of it"]}),
        (Invalid("all of it", errors=_problem("hidden")), {"__all__": ["all of it"]}),
        (Invalid("all of it", errors=_problem("")), {"__all__": ["all of it"]}),
        (Conflict("taken"), {"__all__": ["taken"]}),
        (PreconditionFailed("meanwhile"), {"__all__": ["meanwhile"]}),
        (
            Invalid("all of it", errors=_problem("number") + _problem("elsewhere")),
            {"number": ["wrong"], "__all__": ["all of it"]},
        ),
    ],
)
def test_form__refused_by_a_service__shows_each_problem_at_its_field(
    error: DomainError, expected: dict[str, list[str]]
) -> None:
    form = Order({"number": "1"})
    assert submit(form, _refusing(error)) is None
    assert form.errors == expected
    assert status_of(form) == 422


def test_form__accepted__gives_what_the_service_answers() -> None:
    form = Order({"number": "1", "addresses": ""})
    assert submit(form, lambda values: values["number"] + 1) == 2
    assert status_of(form) == 200


def test_form__wrong_by_itself__never_reaches_the_service() -> None:
    form = Order({"number": "one"})
    assert submit(form, _refusing(Conflict("reached"))) is None
    assert "number" in form.errors
    assert "reached" not in str(form.errors)


def test_form__not_sent_yet__has_nothing_wrong() -> None:
    form = Order()
    assert submit(form, _refusing(Conflict("reached"))) is None
    assert status_of(form) == 200


@pytest.mark.parametrize(
    ("typed", "values"),
    [
        ("", ()),
        ("  ", ()),
        ("a", ("a",)),
        ("a\r\nb", ("a", "b")),
        (" a , b\n\n c ", ("a", "b", "c")),
        ("a,b", ("a", "b")),
    ],
)
def test_lines__however_separated__become_values(typed: str, values: tuple[str, ...]) -> None:
    assert LinesField(required=False).clean(typed) == values


def test_when__a_time__carries_its_zone() -> None:
    at = datetime(2026, 11, 23, 15, 4, 59, tzinfo=UTC)
    assert ">23 Nov 2026 15:04 UTC<" in when(at)
    assert 'datetime="2026-11-23T15:04:59+00:00"' in when(at)


def test_when__another_zone__is_converted_and_named() -> None:
    at = datetime(2026, 11, 23, 15, 4, tzinfo=timezone(timedelta(hours=-5)))
    with django_timezone.override("Europe/Berlin"):
        assert ">23 Nov 2026 21:04 CET<" in when(at)


def test_when__no_time__says_so() -> None:
    assert ">—<" in when(None)
    assert ">never<" in when(None, missing="never")


def test_badge__any_text__is_escaped() -> None:
    assert badge("<b>", "bad") == '<span class="c-badge c-badge-bad">&lt;b&gt;</span>'


@pytest.mark.parametrize(
    ("acceptance", "text", "tone"),
    [
        (Acceptance(True, ""), "accepted", "good"),
        (Acceptance(False, "revoked"), "revoked", "bad"),
        (Acceptance(False, "expired"), "expired", "bad"),
        (Acceptance(False, "not listed in live version 4"), "not listed in live version 4", "warn"),
    ],
)
def test_acceptance_badge__each_case__says_it_in_words(acceptance: Acceptance, text: str, tone: str) -> None:
    assert acceptance_badge(acceptance) == f'<span class="c-badge c-badge-{tone}">{text}</span>'
