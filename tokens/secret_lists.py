"""What the lists of access tokens and of API keys have in common: states, columns, asking before a revocation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import RadioFilter

from p13nadmin.console.columns import Tone, badge, when
from p13nadmin.console.forms import ConsoleForm, status_of, submit
from p13nadmin.console.lists import actor_of
from routing.scoped_lists import ScopedAdmin
from tokens.forms import RevocationForm
from tokens.hand_overs import Delivery, hand_overs_of, withdraw
from tokens.models import AccessToken, ApiKey, HandOver
from tokens.services import Issued, revoke
from tokens.uses import callers_of

_LINKS_SHOWN = 5
_TONES: dict[str, Tone] = {"waiting": "warn", "opened": "good", "withdrawn": "plain", "expired": "bad"}


class StateFilter(RadioFilter):  # type: ignore[misc]
    """In use, expired or revoked."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("active", "In use"), ("expired", "Expired"), ("revoked", "Revoked")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
        expired = Q(expires_at__lte=timezone.now())
        return {
            "active": queryset.filter(Q(expires_at=None) | ~expired, revoked_at=None),
            "expired": queryset.filter(expired, revoked_at=None),
            "revoked": queryset.filter(revoked_at__isnull=False),
        }.get(self.value(), queryset)


def state_of(secret: AccessToken | ApiKey, *, at: datetime) -> tuple[str, Tone]:
    """`in use`, `expired` or `revoked`, and how it looks."""
    if secret.revoked_at is not None:
        return "revoked", "bad"
    if secret.expires_at is not None and secret.expires_at <= at:
        return "expired", "bad"
    return "in use", "good"


class SecretAdmin(ScopedAdmin):
    """A list of tokens or keys; `revoke/` of one asks first, `rotate/` issues a successor, `rules/` limits its use."""

    route = ""
    rules_form: type[ConsoleForm] = ConsoleForm

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        own = [
            path("<int:pk>/revoke/", view(self.revoke_view), name=f"{self.route}_revoke"),
            path("<int:pk>/rotate/", view(self.rotate_view), name=f"{self.route}_rotate"),
            path("<int:pk>/rules/", view(self.rules_view), name=f"{self.route}_rules"),
            path("<int:pk>/links/<int:link>/withdraw/", view(self.withdraw_view), name=f"{self.route}_withdraw"),
        ]
        return own + super().get_urls()

    @admin.display(description="Secret", ordering="hint")
    def shown_hint(self, secret: AccessToken | ApiKey) -> str:
        origin = "the customer's" if secret.imported else "generated"
        return f"{secret.hint or 'digest only'} ({origin})"

    @admin.display(description="Last used", ordering="last_used_at")
    def last_used(self, secret: AccessToken | ApiKey) -> SafeString:
        return when(secret.last_used_at, missing="never")

    @admin.display(description="Expires", ordering="expires_at")
    def expires(self, secret: AccessToken | ApiKey) -> SafeString:
        return when(secret.expires_at, missing="never")

    @admin.display(description="Added", ordering="created_at")
    def created(self, secret: AccessToken | ApiKey) -> SafeString:
        return when(secret.created_at)

    @admin.display(description="State")
    def state(self, secret: AccessToken | ApiKey) -> SafeString:
        return badge(*state_of(secret, at=timezone.now()))

    def row_for(self, request: HttpRequest, pk: object, *, change: bool) -> Any:
        """The row of that id for somebody who may see (or `change`) it. Raises 404 or 403."""
        allowed = self.has_change_permission(request) if change else self.has_view_permission(request)
        if not allowed:
            raise PermissionDenied
        row = self.get_object(request, str(pk))
        if row is None:
            raise Http404("There is no such row.")
        if change and not self.has_change_permission(request, row):
            raise PermissionDenied
        return row

    def revoke_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Says what stops working, and revokes when confirmed."""
        row = self.row_for(request, pk, change=True)
        form = RevocationForm(request.POST if request.method == "POST" else None)
        done = submit(form, lambda _: _revoked(row, actor_of(request)))
        if done:
            messages.success(request, f"“{row.name}” is revoked; it stops working within a second.")
            return redirect(f"admin:tokens_{self.opts.model_name}_change", row.pk)
        return self.page(
            request,
            "console/revoke.html",
            title=f"Revoke “{row.name}”",
            original=row,
            form=form,
            consequences=self.consequences(row),
            status=status_of(form),
        )

    def show_once(self, request: HttpRequest, issued: Issued[Any]) -> HttpResponse:
        """The new secret, whole."""
        raise Http404

    def show_delivery(self, request: HttpRequest, made: Delivery[Any]) -> HttpResponse:
        """The new secret, or the link that shows it to the customer; this is the one page that has either."""
        if made.row is None:
            return self.show_once(request, made.issued)
        return self.page(
            request,
            "console/handover_made.html",
            title=f"Link for “{made.issued.row.name}”",
            original=made.issued.row,
            issued=made.issued,
            hand_over=made.row,
            url=f"{request.build_absolute_uri(reverse('hand-over'))}#{made.link}",
            route=self.route,
        )

    def withdraw_view(self, request: HttpRequest, pk: int, link: int) -> HttpResponse:
        """Asks, and then destroys what a link would show."""
        row = self.row_for(request, pk, change=True)
        hand_over = get_object_or_404(hand_overs_of(row), pk=link)
        form = RevocationForm(request.POST if request.method == "POST" else None)
        if submit(form, lambda _: withdraw(hand_over=hand_over, actor=actor_of(request))):
            messages.success(request, "The link is withdrawn; what it would have shown is destroyed.")
            return redirect(f"admin:tokens_{self.opts.model_name}_change", row.pk)
        return self.page(
            request,
            "console/handover_withdraw.html",
            title=f"Withdraw the link for “{row.name}”",
            original=row,
            form=form,
            status=status_of(form),
        )

    def consequences(self, row: Any) -> list[str]:
        """What stops working when `row` is revoked, a sentence each."""
        used = f"last used {when_text(row.last_used_at)}" if row.last_used_at else "not seen in use so far"
        found = [f"Callers that send it get an error within a second; it was {used}.", "This cannot be undone."]
        if callers := callers_of(row):
            found.insert(0, f"Lately it was used by {', '.join(each.origin or each.address for each in callers)}.")
        return found

    def rotate_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Asks for the overlap, and shows the successor once."""
        raise Http404

    def rules_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """From where, until when and how often it may be used."""
        row = self.row_for(request, pk, change=True)
        start, introduction = self.start_of_rules(request, row)
        form = self.rules_form(request.POST or None, initial=start)
        if submit(form, lambda values: self.save_rules(row, values | {"actor": actor_of(request)})):
            messages.success(request, "The rules are saved; they hold within a second.")
            return redirect(f"admin:tokens_{self.opts.model_name}_change", row.pk)
        return self.page(
            request,
            "console/form.html",
            title=f"Rules of “{row.name}”",
            original=row,
            introduction=introduction,
            form=form,
            submit="Save rules",
            cancel="../change/",
            status=status_of(form),
        )

    def start_of_rules(self, request: HttpRequest, row: Any) -> tuple[dict[str, Any], str]:
        """What the form holds at first, and what is to be said of it."""
        return _rules_of(row, self.rules_form), ""

    def save_rules(self, row: Any, values: dict[str, Any]) -> bool:
        """Keep the new rules by the service that may refuse them."""
        raise Http404


@dataclass(frozen=True, slots=True)
class ShownLink:
    """A link that was made for a secret, and what became of it."""

    hand_over: HandOver
    state: str
    tone: Tone


def shown_links(row: AccessToken | ApiKey) -> list[ShownLink]:
    """The newest links of a secret."""
    now = timezone.now()
    states = ((each, each.state_at(now)) for each in hand_overs_of(row)[:_LINKS_SHOWN])
    return [ShownLink(each, state, _TONES[state]) for each, state in states]


@dataclass(frozen=True, slots=True)
class RotationRow:
    """One of the secrets of a rotation."""

    role: str
    row: AccessToken | ApiKey
    state: SafeString
    url: str


def rotation_of(row: AccessToken | ApiKey, predecessor: AccessToken | ApiKey | None) -> list[RotationRow]:
    """A secret between what it succeeds and what succeeds it; empty when it was never rotated."""
    chain = [("Before", predecessor), ("This one", row), ("Successor", row.successor)]
    rows = [(role, each) for role, each in chain if each is not None]
    return [_rotation_row(role, each) for role, each in rows] if len(rows) > 1 else []


def _rotation_row(role: str, row: AccessToken | ApiKey) -> RotationRow:
    url = reverse(f"admin:tokens_{row._meta.model_name}_change", args=(row.pk,))
    return RotationRow(role, row, badge(*state_of(row, at=timezone.now())), url)


def _rules_of(row: Any, form: type[ConsoleForm]) -> dict[str, Any]:
    values = {name: getattr(row, name) for name in form.base_fields}
    return {name: "\n".join(value) if isinstance(value, list) else value for name, value in values.items()}


def when_text(at: datetime) -> str:
    """A time in the console's zone, as plain text."""
    return f"{timezone.localtime(at):%d %b %Y %H:%M %Z}"


def _revoked(row: AccessToken | ApiKey, actor: str) -> bool:
    revoke(row=row, actor=actor)
    return True
