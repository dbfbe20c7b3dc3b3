"""The base of every list of what belongs to accounts: who may see some accounts alone sees the rows of these."""

from __future__ import annotations

from functools import reduce
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest

from p13nadmin.console.lists import ConsoleAdmin
from routing.access import enter, visible


class ScopedAdmin(ConsoleAdmin):
    """A list by accounts. `account_path` leads from a row to its account's number; `rows` are those of all accounts."""

    account_path: ClassVar[str] = "account_id"
    page_select_related: ClassVar[tuple[str, ...]] = ()  # what the page of one row reads with it

    def rows(self, request: HttpRequest) -> QuerySet[Any]:
        """The rows of every account."""
        return super().get_queryset(request)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """The rows of the accounts in which the user may see such rows."""
        seen = (f"{self.opts.app_label}.{action}_{self.opts.model_name}" for action in ("view", "change"))
        return visible(request.user, self.rows(request), *seen, path=self.account_path)

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """The row of that id, if the user may see it; permissions are asked of its account from then on."""
        rows = self.get_queryset(request)
        rows = rows.select_related(*self.page_select_related) if self.page_select_related else rows
        try:
            row = rows.get(**{from_field or "pk": object_id})
        except (rows.model.DoesNotExist, ValidationError, ValueError):
            row = None
        if row is not None:
            account = reduce(getattr, self.account_path.split("__"), row)
            if account is not None:
                enter(request.user, account)
        return row
