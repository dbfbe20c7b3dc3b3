"""Access tokens and API keys in the console.

A secret is shown in the answer to the POST that made it, and nowhere else.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.safestring import SafeString
from django.views.decorators.debug import sensitive_post_parameters
from unfold.contrib.filters.admin import ChoicesRadioFilter
from unfold.views import ChangeList

from p13nadmin.api.errors import NotAllowed
from p13nadmin.api.reach import Reach
from p13nadmin.console.columns import acceptance_badge
from p13nadmin.console.forms import status_of, submit
from p13nadmin.console.lists import actor_of
from routing.access import reach_of
from routing.instance_lists import OfInstanceAdmin, account_of, asked_instance
from routing.models import Instance
from tokens.first_call import first_destination, snippets_of
from tokens.forms import KeyForm, KeyRulesForm, RotationForm, RulesForm, TokenForm
from tokens.hand_overs import Delivery, deliver
from tokens.key_powers import scopes_of, why_not_act
from tokens.models import INGEST_SCOPES, AccessToken, ApiKey
from tokens.retirement import retirement_of
from tokens.rules import is_origin, normalise_origin
from tokens.secret_lists import SecretAdmin, StateFilter, rotation_of, shown_links
from tokens.selectors import accept_all, is_usable, stops_with
from tokens.services import Issued, change_key_rules, change_rules, issue_key, issue_token, rotate_key, rotate_token
from tokens.use_chart import chart
from tokens.uses import callers_of, days_of

_INSTANCES_SHOWN = 5


class TokenChangeList(ChangeList):  # type: ignore[misc]
    """A page of tokens that knows which of them the endpoint takes."""

    result_list: Any

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        tokens: list[Any] = list(self.result_list)
        for token, accepted in zip(tokens, accept_all(tokens, at=timezone.now()), strict=True):
            token.acceptance = accepted
        self.result_list = tokens


@admin.register(AccessToken)
class AccessTokenAdmin(SecretAdmin, OfInstanceAdmin):
    """The tokens of all instances."""

    route = "token"
    rules_form = RulesForm
    list_display = ("name", "instance_label", "type", "accepted", "last_used", "expires", "shown_hint", "created")
    list_filter = (StateFilter, ("type", ChoicesRadioFilter))
    list_select_related = ("instance__live_summary",)
    page_select_related = ("instance__account", "instance__live_summary", "successor", "predecessor")
    search_fields = ("name", "hint")
    search_help_text = "Name, last four characters, or 1/8"
    empty_title = "No access token yet"
    empty_text = "A token lets a customer's server or site call the endpoint. Generate one, or register the customer's."

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[TokenChangeList]:
        return TokenChangeList

    @admin.display(description="Accepted")
    def accepted(self, token: Any) -> SafeString:
        return acceptance_badge(token.acceptance)

    @method_decorator(sensitive_post_parameters("token"))
    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        start = {"instance": asked_instance(request), "name": request.GET.get("name", "")[:256]}
        within = reach_of(request.user).accounts("tokens.add_accesstoken")
        form = TokenForm(request.POST or None, initial=start, within=within)
        made = submit(form, lambda values: _issued_token(values, actor_of(request)))
        if made is not None:
            return self.show_delivery(request, made)
        return self.page(
            request,
            "console/form.html",
            title="New access token",
            introduction="It is shown once, here or to the customer. It works when the live configuration lists it.",
            form=form,
            submit="Create token",
            status=status_of(form),
        )

    def show_once(self, request: HttpRequest, issued: Issued[AccessToken]) -> HttpResponse:
        """The new token, whole, with a line to try it with and whether it works yet."""
        token = self.get_queryset(request).select_related("instance__live_summary").get(pk=issued.row.pk)
        return self.page(
            request,
            "console/token_shown.html",
            title=f"Token “{token.name}”",
            original=token,
            issued=issued,
            **snippets_of(token, issued.header),
            acceptance=accept_all([token], at=timezone.now())[0],
            has_destination=first_destination(token) is not None,
        )

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        token = self.row_for(request, object_id, change=False)
        return self.page(
            request,
            "console/token.html",
            title=f"Token “{token.name}”",
            original=token,
            acceptance=accept_all([token], at=timezone.now())[0],
            rotation=rotation_of(token, getattr(token, "predecessor", None)),
            **snippets_of(token, f"{token.instance.label}/YOUR_TOKEN"),
            links=shown_links(token),
            retirement=retirement_of(token, at=timezone.now()),
            callers=callers_of(token),
            use=chart(days_of(token)),
            may_change=self.has_change_permission(request, token),
        )

    def start_of_rules(self, request: HttpRequest, row: AccessToken) -> tuple[dict[str, Any], str]:
        """With the origin that a link asks for, `?origin=`: it is not saved before the reader does so."""
        start, _ = super().start_of_rules(request, row)
        asked = request.GET.get("origin", "")
        if row.type != AccessToken.Type.PUBLIC or not is_origin(asked):
            return start, ""
        origin = normalise_origin(asked)
        if origin in row.allowed_origins:
            return start, f"{origin} is on the list already."
        start["allowed_origins"] = "\n".join([*row.allowed_origins, origin])
        return start, f"{origin} is added to the allowed origins below, and holds as soon as you save."

    def save_rules(self, row: AccessToken, values: dict[str, Any]) -> bool:
        change_rules(token=row, **values)
        return True

    def rotate_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        token = self.row_for(request, pk, change=True)
        form = RotationForm(request.POST or None)
        made = submit(form, lambda _: _rotated_token(token, form, actor_of(request)))
        if made is not None:
            return self.show_delivery(request, made)
        return self.page(
            request,
            "console/form.html",
            title=f"Rotate “{token.name}”",
            original=token,
            introduction="A successor is generated and shown once. It is accepted wherever this one is listed, "
            "without a push; this one goes on for the overlap.",
            form=form,
            submit="Generate the successor",
            status=status_of(form),
        )

    def consequences(self, row: AccessToken) -> list[str]:
        summary = getattr(row.instance, "live_summary", None)
        listed = summary is not None and (row.name in summary.token_names or row.digest in summary.token_digests)
        found = super().consequences(row)
        if summary is not None and listed and len(summary.token_names) + len(summary.token_digests) == 1:
            found.insert(
                0, f"It is the only token that live version {summary.version} lists: nobody could send events."
            )
        return found


@admin.register(ApiKey)
class ApiKeyAdmin(SecretAdmin, OfInstanceAdmin):
    """The keys of all accounts; a search for `1/8` gives those of its account, on the pages of that instance."""

    account_path = "account_id"
    list_before_template = "console/key_list_head.html"

    route = "key"
    rules_form = KeyRulesForm
    list_display = ("name", "account", "scope", "role", "state", "last_used", "expires", "shown_hint", "created")
    list_filter = (StateFilter, ("scope", ChoicesRadioFilter), ("role", ChoicesRadioFilter))
    list_select_related = ("account",)
    page_select_related = ("account", "successor", "predecessor")
    search_fields = ("name", "hint", "=account__number", "account__name")
    search_help_text = "Name, account, last four characters, or an instance such as 1/8"
    empty_title = "No API key yet"
    empty_text = "Every call needs an API key of the account, beside the token. Generate one with the scope “ingest”."

    def rows_by_label(self, label: str) -> Q | None:
        account = account_of(label)
        return Q(account=int(account)) if account else None

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody rotates or revokes a key that may do more than they may themselves."""
        return super().has_change_permission(request, obj) and (obj is None or _may_act(request, obj))

    @method_decorator(sensitive_post_parameters("key"))
    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        start = {"account": request.GET.get("account", "") or account_of(asked_instance(request))}
        reach = reach_of(request.user)
        scopes = [(scope, scope.label) for scope in scopes_of(reach)]
        form = KeyForm(request.POST or None, initial=start, scopes=scopes, within=reach.accounts("tokens.add_apikey"))
        made = submit(form, lambda values: _issued_key(values, reach, actor_of(request)))
        if made is not None:
            return self.show_delivery(request, made)
        return self.page(
            request,
            "console/form.html",
            title="New API key",
            introduction="It is shown once, here or to the customer.",
            form=form,
            submit="Create key",
            status=status_of(form),
        )

    def show_once(self, request: HttpRequest, issued: Issued[ApiKey]) -> HttpResponse:
        """The new key, whole."""
        return self.page(
            request,
            "console/key_shown.html",
            title=f"API key “{issued.row.name}”",
            original=issued.row,
            issued=issued,
            instances=Instance.objects.filter(account=issued.row.account).defer("notes")[:_INSTANCES_SHOWN],
        )

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        key = self.row_for(request, object_id, change=False)
        return self.page(
            request,
            "console/key.html",
            title=f"API key “{key.name}”",
            original=key,
            state=self.state(key),
            in_use=is_usable(key, at=timezone.now()),
            rotation=rotation_of(key, getattr(key, "predecessor", None)),
            links=shown_links(key),
            retirement=retirement_of(key, at=timezone.now()),
            callers=callers_of(key),
            use=chart(days_of(key)) if key.scope in INGEST_SCOPES else None,
            may_change=self.has_change_permission(request, key),
        )

    def consequences(self, row: ApiKey) -> list[str]:
        found = super().consequences(row)
        if stops := stops_with(row, at=timezone.now()):
            found.insert(0, _last_key(row, stops))
        return found

    def save_rules(self, row: ApiKey, values: dict[str, Any]) -> bool:
        change_key_rules(key=row, require_addresses=not settings.DEBUG, **values)
        return True

    def rotate_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        key = self.row_for(request, pk, change=True)
        form = RotationForm(request.POST or None)
        made = submit(form, lambda _: _rotated_key(key, form, actor_of(request)))
        if made is not None:
            return self.show_delivery(request, made)
        return self.page(
            request,
            "console/form.html",
            title=f"Rotate “{key.name}”",
            original=key,
            introduction="A successor with the same scope and role is generated and shown once; this one goes on "
            "for the overlap.",
            form=form,
            submit="Generate the successor",
            status=status_of(form),
        )


def _issued_token(values: dict[str, Any], actor: str) -> Delivery[AccessToken]:
    lifetime = values.pop("hand_over")
    return deliver(lambda: issue_token(**values, actor=actor), lifetime=lifetime, actor=actor)


def _rotated_token(token: AccessToken, form: RotationForm, actor: str) -> Delivery[AccessToken]:
    return deliver(
        lambda: rotate_token(token=token, overlap=form.overlap(), hold_while_used=form.holds(), actor=actor),
        lifetime=form.cleaned_data["hand_over"],
        actor=actor,
    )


def _last_key(key: ApiKey, stops: str) -> str:
    """What revoking the account's last key for events means, with the instances that it is about."""
    rows = Instance.objects.filter(account=key.account_id)
    names = [str(each) for each in rows.only("account_id", "number", "name")[: _INSTANCES_SHOWN + 1]]
    listed = ", ".join(names[:_INSTANCES_SHOWN]) + (" and more" if len(names) > _INSTANCES_SHOWN else "")
    if stops == "private":
        return f"It is the last key of account {key.account_id} for events that do not come from browsers: " + (
            f"these instances get events on /public only: {listed}." if names else "it has no instance yet."
        )
    return f"It is the last ingest key of account {key.account_id}: " + (
        f"these instances stop getting events: {listed}." if names else "it has no instance yet."
    )


def _may_act(request: HttpRequest, key: ApiKey) -> bool:
    _, why = why_not_act(reach_of(request.user), scope=key.scope, role=key.role, account=key.account_id)
    return not why


def _issued_key(values: dict[str, Any], reach: Reach, actor: str) -> Delivery[ApiKey]:
    field, why = why_not_act(reach, scope=values["scope"], role=values["role"], account=values["account"].number)
    if why:
        raise NotAllowed(why, errors=[{"path": field, "message": why}])
    lifetime = values.pop("hand_over")
    return deliver(
        lambda: issue_key(**values, actor=actor, require_addresses=not settings.DEBUG), lifetime=lifetime, actor=actor
    )


def _rotated_key(key: ApiKey, form: RotationForm, actor: str) -> Delivery[ApiKey]:
    return deliver(
        lambda: rotate_key(key=key, overlap=form.overlap(), hold_while_used=form.holds(), actor=actor),
        lifetime=form.cleaned_data["hand_over"],
        actor=actor,
    )
