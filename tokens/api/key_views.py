"""`/keys`: the API keys of an account."""

from __future__ import annotations

from django.conf import settings
from rest_framework.request import Request
from rest_framework.response import Response

from p13nadmin.api.caller import Caller
from p13nadmin.api.errors import NotAllowed
from p13nadmin.api.schema import documented, page_of
from p13nadmin.api.serializers import AccountPaging
from p13nadmin.api.views import ApiView
from routing.selectors import find_account
from tokens.api.answers import issued_key, used
from tokens.api.serializers import IssuedKeyOutput, KeyInput, KeyOutput, RotationInput, UseOutput
from tokens.hand_overs import deliver
from tokens.key_powers import why_not_act
from tokens.models import ApiKey
from tokens.selectors import find_key, keys_of
from tokens.services import issue_key, revoke, rotate_key

_TAGS = ["Tokens and keys"]


def refuse_wider(caller: Caller, *, scope: str, role: str, account: int) -> None:
    """Raise NotAllowed unless the caller may act on keys of that scope and role in that account."""
    _, why = why_not_act(caller.reach, scope=scope, role=role, account=account)
    if why:
        raise NotAllowed(why)


def refuse_wider_key(caller: Caller, key: ApiKey) -> None:
    """The same for a key that there is."""
    refuse_wider(caller, scope=key.scope, role=key.role, account=key.account_id)


class KeysView(ApiView):
    """The keys of an account."""

    permissions = {"GET": "tokens.view_apikey", "POST": "tokens.add_apikey"}

    @documented(
        summary="List keys",
        text="The API keys of an account, in pages.",
        query=AccountPaging,
        answers={200: page_of(KeyOutput)},
        tags=_TAGS,
    )
    def get(self, request: Request) -> Response:
        account = find_account(caller=self.caller, number=self.query(AccountPaging).get("account"))
        return self.page(keys_of(account), lambda rows: KeyOutput(rows, many=True).data, request)

    @documented(
        summary="Generate or register a key",
        text="Generates 40 hex digits and shows them this once; or registers `key`, an existing one, of which only the "
        "digest is kept. Only operators issue the scope `operator`, which needs an expiry and allowed addresses. With "
        "a `role` a key may do at most what that role may; without one it may not export or erase people. Nobody makes "
        "a key that may do more than they may.",
        request=KeyInput,
        example={"account": 1, "name": "shop-backend", "scope": "ingest"},
        answers={201: IssuedKeyOutput},
        also=(409,),
        tags=_TAGS,
    )
    def post(self, request: Request) -> Response:
        wanted = self.body(KeyInput)
        account = find_account(caller=self.caller, number=wanted.pop("account", None))
        refuse_wider(self.caller, scope=wanted["scope"], role=wanted.get("role", ""), account=account.number)
        actor, lifetime = self.caller.actor, wanted.pop("hand_over", None)
        wanted |= {"account": account, "actor": actor, "require_addresses": not settings.DEBUG}
        made = deliver(lambda: issue_key(**wanted), lifetime=lifetime, actor=actor)
        return Response(issued_key(made, request), status=201)


class KeyUseView(ApiView):
    """How a key was used lately."""

    permissions = {"GET": "tokens.view_apikey"}

    @documented(
        summary="Use of a key",
        text="Events by day, and who sent them: the addresses of servers, or the origins of pages where a public token "
        "came with it. Of a key that sets up, the addresses alone. Both are kept for 30 days.",
        answers={200: UseOutput},
        tags=_TAGS,
    )
    def get(self, request: Request, number: int) -> Response:
        return Response(used(find_key(caller=self.caller, number=number)))


class RevokeKeyView(ApiView):
    """The end of a key."""

    permissions = {"POST": "tokens.change_apikey"}

    @documented(
        summary="Revoke a key",
        text="It is refused from now on (by the endpoint within a second). Revoking again changes nothing.",
        answers={200: KeyOutput},
        tags=_TAGS,
    )
    def post(self, request: Request, number: int) -> Response:
        key = find_key(caller=self.caller, number=number)
        refuse_wider_key(self.caller, key)
        revoke(row=key, actor=self.caller.actor)
        return Response(KeyOutput(key).data)


class RotateKeyView(ApiView):
    """A key's successor."""

    permissions = {"POST": "tokens.change_apikey"}

    @documented(
        summary="Rotate a key",
        text="Generates a successor of the same scope and role, shown this once; the predecessor expires after "
        "`overlap`.",
        request=RotationInput,
        example={"overlap": "7d"},
        answers={201: IssuedKeyOutput},
        also=(409,),
        tags=_TAGS,
    )
    def post(self, request: Request, number: int) -> Response:
        key = find_key(caller=self.caller, number=number)
        refuse_wider_key(self.caller, key)
        actor, wanted = self.caller.actor, self.body(RotationInput)
        lifetime = wanted.pop("hand_over", None)
        made = deliver(lambda: rotate_key(key=key, actor=actor, **wanted), lifetime=lifetime, actor=actor)
        return Response(issued_key(made, request), status=201)
