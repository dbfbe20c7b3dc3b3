"""One-time links: what became of them, and the end of one that is not opened yet."""

from __future__ import annotations

from rest_framework.request import Request
from rest_framework.response import Response

from p13nadmin.api.schema import documented, page_of
from p13nadmin.api.serializers import Paging
from p13nadmin.api.views import ApiView
from tokens.api.key_views import refuse_wider_key
from tokens.api.serializers import HandOverOutput
from tokens.hand_overs import find_hand_over, hand_overs_of, withdraw
from tokens.models import AccessToken, ApiKey
from tokens.selectors import find_key, find_token

_TAGS = ["Tokens and keys"]
_PAGE = page_of(HandOverOutput)


class _LinksView(ApiView):
    def _listed(self, row: AccessToken | ApiKey, request: Request) -> Response:
        self.query(Paging)
        return self.page(hand_overs_of(row), lambda rows: HandOverOutput(rows, many=True).data, request)


class TokenLinksView(_LinksView):
    """The links that were made for a token."""

    permissions = {"GET": "tokens.view_accesstoken"}

    @documented(
        summary="List a token's links",
        text="The one-time links that were made for a token, newest first, and what became of each.",
        query=Paging,
        answers={200: _PAGE},
        tags=_TAGS,
    )
    def get(self, request: Request, number: int) -> Response:
        return self._listed(find_token(caller=self.caller, number=number), request)


class KeyLinksView(_LinksView):
    """The links that were made for a key."""

    permissions = {"GET": "tokens.view_apikey"}

    @documented(
        summary="List a key's links",
        text="The one-time links that were made for a key, newest first, and what became of each.",
        query=Paging,
        answers={200: _PAGE},
        tags=_TAGS,
    )
    def get(self, request: Request, number: int) -> Response:
        return self._listed(find_key(caller=self.caller, number=number), request)


class WithdrawLinkView(ApiView):
    """The end of a link."""

    @documented(
        summary="Withdraw a link",
        text="Destroys what a link would show that was not opened yet. Nobody knows the secret then: rotate or revoke "
        "it.",
        answers={200: HandOverOutput},
        also=(409,),
        tags=_TAGS,
    )
    def post(self, request: Request, number: int) -> Response:
        found = find_hand_over(caller=self.caller, number=number)
        if found.key is None:
            self.require("tokens.change_accesstoken", found.account)
        else:
            self.require("tokens.change_apikey", found.account)
            refuse_wider_key(self.caller, found.key)
        return Response(HandOverOutput(withdraw(hand_over=found, actor=self.caller.actor)).data)
