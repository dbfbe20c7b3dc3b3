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
from tokens.api.answers import issued_key
from tokens.api.serializers import IssuedKeyOutput, KeyInput, KeyOutput, RotationInput
from tokens.hand_overs import deliver
from tokens.key_scopes import scopes_of
from tokens.selectors import find_key, keys_of
from tokens.services import issue_key, revoke, rotate_key

_TAGS = ["Tokens and keys"]


def refuse_wider_scope(caller: Caller, scope: str, account: int) -> None:
    """Raise NotAllowed unless the caller may act on keys of that scope in that account."""
    if scope not in scopes_of(caller.reach, account):
        raise NotAllowed(f"a key may do no more than who makes it: you may not make one with the scope `{scope}`")


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
        "digest is kept. Only operators issue the scope `operator`, which needs an expiry and allowed addresses.",
        request=KeyInput,
        example={"account": 1, "name": "shop-backend", "scope": "ingest"},
        answers={201: IssuedKeyOutput},
        also=(409,),
        tags=_TAGS,
    )
    def post(self, request: Request) -> Response:
        wanted = self.body(KeyInput)
        account = find_account(caller=self.caller, number=wanted.pop("account", None))
        refuse_wider_scope(self.caller, wanted["scope"], account.number)
        actor, lifetime = self.caller.actor, wanted.pop("hand_over", None)
        wanted |= {"account": account, "actor": actor, "require_addresses": not settings.DEBUG}
        made = deliver(lambda: issue_key(**wanted), lifetime=lifetime, actor=actor)
        return Response(issued_key(made, request), status=201)


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
        refuse_wider_scope(self.caller, key.scope, key.account_id)
        revoke(row=key, actor=self.caller.actor)
        return Response(KeyOutput(key).data)


class RotateKeyView(ApiView):
    """A key's successor."""

    permissions = {"POST": "tokens.change_apikey"}

    @documented(
        summary="Rotate a key",
        text="Generates a successor of the same scope, shown this once; the predecessor expires after `overlap`.",
        request=RotationInput,
        example={"overlap": "7d"},
        answers={201: IssuedKeyOutput},
        also=(409,),
        tags=_TAGS,
    )
    def post(self, request: Request, number: int) -> Response:
        key = find_key(caller=self.caller, number=number)
        refuse_wider_scope(self.caller, key.scope, key.account_id)
        actor, wanted = self.caller.actor, self.body(RotationInput)
        lifetime = wanted.pop("hand_over", None)
        made = deliver(lambda: rotate_key(key=key, actor=actor, **wanted), lifetime=lifetime, actor=actor)
        return Response(issued_key(made, request), status=201)
