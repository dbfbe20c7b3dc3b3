"""Staff accounts in the console's look."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group, User
from django.http import HttpRequest
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin

    _OfUsers = DjangoUserAdmin[User]
    _Look = ModelAdmin[User]
    _Base = ModelAdmin[Any]
else:
    from unfold.admin import ModelAdmin as _Look

    _OfUsers = DjangoUserAdmin
    _Base = object

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

    def formfield_for_manytomany(self, db_field: Any, request: Any = None, **kwargs: Any) -> Any:
        """Permissions and groups as boxes to tick: the usual pair of lists is out of reach of a screen reader."""
        return super().formfield_for_manytomany(
            db_field, request, **kwargs | {"widget": UnfoldAdminCheckboxSelectMultipleWidget()}
        )


def _is_superuser(request: HttpRequest) -> bool:
    return bool(request.user.is_active and request.user.is_superuser)


@admin.register(User)
class UserAdmin(SuperusersChange, _OfUsers, _Look):
    """Who may sign in, and what they may do."""

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm


@admin.register(Group)
class GroupAdmin(SuperusersChange, DjangoGroupAdmin, _Look):
    """Permissions given to several people at once."""
