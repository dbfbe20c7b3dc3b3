"""What every view of the API is made on: who calls, what the request says, lists in pages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, TypeVar, cast

from django.db.models import Model, QuerySet
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from p13nadmin.api.caller import Caller
from p13nadmin.api.errors import LengthRequired, NotAllowed
from p13nadmin.api.pagination import Pages

Row = TypeVar("Row", bound=Model)
DEFAULT_BODY_LIMIT = 1024 * 1024


class ApiView(APIView):
    """A view whose parsers stop at `body_limit` bytes and whose `permissions` name what staff need, by method."""

    http_method_names = ["get", "head", "post"]
    body_limit: ClassVar[int] = DEFAULT_BODY_LIMIT
    permissions: ClassVar[Mapping[str, str]] = {}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._needs: set[str] = set()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        needed = self.permissions.get("GET" if request.method == "HEAD" else str(request.method))
        self._needs |= {needed} if needed else set()
        # Such a body would count as empty, and an empty body means something to some routes.
        if "HTTP_TRANSFER_ENCODING" in request.META and not request.META.get("CONTENT_LENGTH"):
            raise LengthRequired("say how long the body is: send Content-Length instead of a chunked body")

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Every answer is for this caller alone, and some hold a new secret: nobody on the way keeps it."""
        final = super().finalize_response(request, response, *args, **kwargs)
        final.headers.setdefault("Cache-Control", "no-store")
        return final

    @property
    def caller(self) -> Caller:
        """Who asks, bound to the accounts in which they have the permissions that were required so far."""
        return cast(Caller, self.request.user).needing(frozenset(self._needs))

    def require(self, permission: str, account: int | None = None) -> None:
        """Raise NotAllowed unless the caller has the permission (`app.codename`), in that account if it is known.

        What is found afterwards is in accounts where they have it.
        """
        if not self.caller.may(permission, account):
            raise NotAllowed("you do not have the permission to do this")
        self._needs.add(permission)

    def body(self, form: type[serializers.Serializer[Any]]) -> dict[str, Any]:
        """The request's body as `form` reads it. Raises ValidationError with every problem."""
        return _read(form, self.request.data)

    def query(self, form: type[serializers.Serializer[Any]]) -> dict[str, Any]:
        """The query string as `form` reads it; a parameter given twice is an error."""
        given = self.request.query_params
        twice = {name: ["given more than once"] for name, values in given.lists() if len(values) > 1}
        if twice:
            raise serializers.ValidationError(twice)
        return _read(form, dict(given.items()))

    def page(self, rows: QuerySet[Row], shown: Callable[[list[Row]], Any], request: Request) -> Response:
        """One page of the rows, as `shown` writes them."""
        pages = Pages()
        found = pages.paginate_queryset(rows, request, view=self)
        return pages.get_paginated_response(shown(found or []))


def _read(form: type[serializers.Serializer[Any]], data: Any) -> dict[str, Any]:
    serializer = form(data=data)
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)
