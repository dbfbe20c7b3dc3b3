"""Staff accounts in the console's look; what becomes of them is in the history."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group, User
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from p13nadmin.console.lists import actor_of
from routing.changed_fields import Kept, Value, changed_fields
from routing.history import Kind, record
from routing.models import StaffRole
from routing.role_services import set_roles

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin

    _OfUsers = DjangoUserAdmin[User]
    _Look = ModelAdmin[User]
    _Base = ModelAdmin[Any]
else:
    from unfold.admin import ModelAdmin as _Look

    _OfUsers = DjangoUserAdmin
    _Base = object

_CHANGES = "_changes_for_history"
_TOLD = {
    **{"username": "user name", "email": "e-mail", "name": "name"},
    **{"is_active": "active", "is_staff": "staff", "is_superuser": "superuser"},
    **{"groups": "groups", "user_permissions": "permissions", "permissions": "permissions"},
}

admin.site.unregister(User)
admin.site.unregister(Group)


class SuperusersChange(_Base):
    """Others may look, when permitted: whoever changes logins or groups could give themselves every permission."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return _is_superuser(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _is_superuser(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _is_superuser(request)

    def construct_change_message(self, request: HttpRequest, form: Any, formsets: Any, add: bool = False) -> Any:
        """Django's message; what the fields were and are is kept for the history."""
        vars(request)[_CHANGES] = _changes(form, is_new=add)
        return super().construct_change_message(request, form, formsets, add)

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Add it to the history too; so below."""
        _note(request, f"added {_named(obj)}", vars(request).get(_CHANGES, ()))
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        if fields := ", ".join(_changed(message)):
            _note(request, f"changed {_named(obj)}: {fields}", vars(request).get(_CHANGES, ()))
        return super().log_change(request, obj, message)

    def log_deletions(self, request: HttpRequest, queryset: QuerySet[Any]) -> Any:
        for each in queryset:
            _note(request, f"deleted {_named(each)}")
        return super().log_deletions(request, queryset)

    def formfield_for_manytomany(self, db_field: Any, request: Any = None, **kwargs: Any) -> Any:
        """Permissions and groups as boxes to tick: the usual pair of lists is out of reach of a screen reader."""
        return super().formfield_for_manytomany(
            db_field, request, **kwargs | {"widget": UnfoldAdminCheckboxSelectMultipleWidget()}
        )


def _is_superuser(request: HttpRequest) -> bool:
    return bool(request.user.is_active and request.user.is_superuser)


def _note(request: HttpRequest, what: str, changes: Sequence[Kept] = ()) -> None:
    record(kind=Kind.ROLE, actor=actor_of(request), what=what, changes=changes)


def _changes(form: Any, *, is_new: bool) -> list[Kept]:
    """What of who may do what was and is; no password, nothing of when somebody came."""
    told = [(name, label) for name, label in _TOLD.items() if name in form.cleaned_data]
    before = {} if is_new else {label: _plain(form.initial.get(name)) for name, label in told}
    return changed_fields(before, {label: _plain(form.cleaned_data[name]) for name, label in told})


def _plain(value: Any) -> Value:
    return value if value is None or isinstance(value, str | bool) else sorted(map(str, value))


def _named(row: User | Group) -> str:
    if isinstance(row, Group):
        return f"the group “{row.name}”"
    standing = (("a superuser", row.is_superuser), ("switched off", not row.is_active))
    told = " and ".join(words for words, holds in standing if holds)
    return f"the login {row.get_username()}" + (f" ({told})" if told else "")


def _changed(message: Sequence[dict[str, Any]] | str) -> Iterator[str]:
    """The labels of the fields that Django's message names."""
    if not isinstance(message, str):
        yield from (str(field).lower() for part in message for field in part.get("changed", {}).get("fields", ()))


@admin.register(User)
class UserAdmin(SuperusersChange, _OfUsers, _Look):
    """Who may sign in, and what they may do."""

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    change_form_outer_before_template = "sign_in/user_link.html"

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """What goes with them. Roles, which no page deletes otherwise, go too: `delete_model` takes them away."""
        listed, counts, needed, protected = super().get_deleted_objects(objs, request)
        return listed, counts, needed - {str(StaffRole._meta.verbose_name)}, protected

    def delete_model(self, request: HttpRequest, obj: User) -> None:
        """Take their roles away, each into the history, and then delete the login. What they did stays there."""
        set_roles(user=obj, roles={}, actor=actor_of(request))
        super().delete_model(request, obj)

    @transaction.atomic
    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """The same for each."""
        for user in queryset:
            set_roles(user=user, roles={}, actor=actor_of(request))
        super().delete_queryset(request, queryset)


@admin.register(Group)
class GroupAdmin(SuperusersChange, DjangoGroupAdmin, _Look):
    """Permissions given to several people at once."""
