"""`/routing`, `/accounts` and `/instances`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from p13nadmin.api.errors import NotAllowed
from p13nadmin.api.schema import documented, page_of
from p13nadmin.api.serializers import AccountPaging, InstancePaging, Paging
from p13nadmin.api.views import ApiView
from routing.api.serializers import (
    AccountInput,
    AccountOutput,
    DestinationList,
    InstanceInput,
    InstanceOutput,
    RoutingInput,
    RoutingOutput,
)
from routing.models import Destination
from routing.selectors import accounts_for, find_account, find_instance, instances_of
from routing.services import Pair, change_destinations, create_account, create_instance


def _pairs(wanted: Mapping[str, Any]) -> list[Pair]:
    return [(each["database"], each["table"]) for each in wanted.get("destinations", ())]


def _shown(pairs: Iterable[Pair]) -> list[dict[str, str]]:
    return [{"database": database, "table": table} for database, table in pairs]


class RoutingView(ApiView):
    """Which database tables an instance monitors."""

    permissions = {"GET": "routing.view_destination", "POST": "routing.view_destination"}

    @documented(
        summary="List destinations",
        text="The database tables that an instance monitors, in pages.",
        query=InstancePaging,
        answers={200: DestinationList},
        tags=["Phase 1: routing"],
    )
    def get(self, request: Request) -> Response:
        query = self.query(InstancePaging)
        instance = find_instance(caller=self.caller, account=query.get("account"), instance=query.get("instance"))
        rows = Destination.objects.filter(instance=instance)
        page = self.page(rows, lambda found: _shown((each.database, each.table) for each in found), request)
        page.data["destinations"] = page.data.pop("results")
        return Response({"account": instance.account_id, "instance": instance.number, **page.data})

    @documented(
        summary="Add and remove destinations",
        text="All or nothing: with one bad entry nothing changes, and every bad entry is named by its index. Adding "
        "what is there and removing what is not are `unchanged`. Removing what the live configuration uses is refused "
        "(409) unless `force` is true.",
        request=RoutingInput,
        example={"add": {"destinations": [{"database": "reactor", "table": "page_views"}]}},
        answers={200: RoutingOutput},
        also=(409,),
        tags=["Phase 1: routing"],
    )
    def post(self, request: Request) -> Response:
        wanted = self.body(RoutingInput)
        add, remove = _pairs(wanted.get("add", {})), _pairs(wanted.get("remove", {}))
        if add:
            self.require("routing.add_destination")
        if remove:
            self.require("routing.delete_destination")
        instance = find_instance(caller=self.caller, account=wanted.get("account"), instance=wanted.get("instance"))
        change = change_destinations(
            instance=instance, actor=self.caller.actor, add=add, remove=remove, force=wanted["force"]
        )
        lists = {name: _shown(getattr(change, name)) for name in ("added", "removed", "unchanged", "destinations")}
        return Response({"account": instance.account_id, "instance": instance.number, **lists})


class AccountsView(ApiView):
    """The customers."""

    permissions = {"GET": "routing.view_account", "POST": "routing.add_account"}

    @documented(
        summary="List accounts",
        text="The accounts that the caller may touch, in pages.",
        query=Paging,
        answers={200: page_of(AccountOutput)},
        tags=["Accounts and instances"],
    )
    def get(self, request: Request) -> Response:
        self.query(Paging)
        return self.page(accounts_for(self.caller), lambda rows: AccountOutput(rows, many=True).data, request)

    @documented(
        summary="Create an account",
        text="For operators. Creating what exists with the same name is 200, with another name 409.",
        request=AccountInput,
        example={"account": 1, "name": "Example Shop"},
        answers={201: AccountOutput, 200: AccountOutput},
        also=(409,),
        tags=["Accounts and instances"],
    )
    def post(self, request: Request) -> Response:
        _operators_only(self)
        wanted = self.body(AccountInput)
        account, created = create_account(number=wanted["account"], name=wanted["name"], actor=self.caller.actor)
        return Response(AccountOutput(account).data, status=201 if created else 200)


class InstancesView(ApiView):
    """The personalization engines of an account."""

    permissions = {"GET": "routing.view_instance", "POST": "routing.add_instance"}

    @documented(
        summary="List instances",
        text="The instances of an account, in pages.",
        query=AccountPaging,
        answers={200: page_of(InstanceOutput)},
        tags=["Accounts and instances"],
    )
    def get(self, request: Request) -> Response:
        account = find_account(caller=self.caller, number=self.query(AccountPaging).get("account"))
        return self.page(instances_of(account), lambda rows: InstanceOutput(rows, many=True).data, request)

    @documented(
        summary="Create an instance",
        text="For operators. Creating what exists with the same name is 200, with another name 409.",
        request=InstanceInput,
        example={"account": 1, "instance": 8, "name": "Web shop", "region": "local"},
        answers={201: InstanceOutput, 200: InstanceOutput},
        also=(409,),
        tags=["Accounts and instances"],
    )
    def post(self, request: Request) -> Response:
        wanted = self.body(InstanceInput)
        account = find_account(caller=self.caller, number=wanted.pop("account", None))
        number = wanted.pop("instance")
        instance, created = create_instance(account=account, number=number, actor=self.caller.actor, **wanted)
        return Response(InstanceOutput(instance).data, status=201 if created else 200)


def _operators_only(view: ApiView) -> None:
    if view.caller.accounts is not None:
        raise NotAllowed("only an operator may do this: use a key with the scope `operator`")
