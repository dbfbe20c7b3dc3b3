"""`/tokens`: the access tokens of an instance."""

from __future__ import annotations

from rest_framework.request import Request
from rest_framework.response import Response

from p13nadmin.api.schema import documented, page_of
from p13nadmin.api.serializers import InstancePaging
from p13nadmin.api.views import ApiView
from routing.selectors import find_instance
from tokens.api.answers import issued_token, shown_tokens, used
from tokens.api.serializers import IssuedTokenOutput, RotationInput, TokenInput, TokenOutput, UseOutput
from tokens.hand_overs import deliver
from tokens.selectors import find_token, tokens_of
from tokens.services import issue_token, revoke, rotate_token

_TAGS = ["Tokens and keys"]


class TokensView(ApiView):
    """The tokens of an instance."""

    permissions = {"GET": "tokens.view_accesstoken", "POST": "tokens.add_accesstoken"}

    @documented(
        summary="List tokens",
        text="The access tokens of an instance, in pages, each with whether the endpoint takes it now.",
        query=InstancePaging,
        answers={200: page_of(TokenOutput)},
        tags=_TAGS,
    )
    def get(self, request: Request) -> Response:
        query = self.query(InstancePaging)
        instance = find_instance(caller=self.caller, account=query.get("account"), instance=query.get("instance"))
        return self.page(tokens_of(instance), shown_tokens, request)

    @documented(
        summary="Generate or register a token",
        text="Generates a version 4 UUID without dashes and shows it this once; or registers `token`, one that the "
        "customer generated, of which only the digest is kept. With `hand_over` a link shows it to the "
        "customer instead.",
        request=TokenInput,
        example={"account": 1, "instance": 8, "name": "web-eu", "type": "private"},
        answers={201: IssuedTokenOutput},
        also=(409,),
        tags=_TAGS,
    )
    def post(self, request: Request) -> Response:
        wanted = self.body(TokenInput)
        instance = find_instance(
            caller=self.caller, account=wanted.pop("account", None), instance=wanted.pop("instance", None)
        )
        actor, lifetime = self.caller.actor, wanted.pop("hand_over", None)
        made = deliver(lambda: issue_token(instance=instance, actor=actor, **wanted), lifetime=lifetime, actor=actor)
        return Response(issued_token(made, request), status=201)


class RevokeTokenView(ApiView):
    """The end of a token."""

    permissions = {"POST": "tokens.change_accesstoken"}

    @documented(
        summary="Revoke a token",
        text="The endpoint stops taking it within a second, for good. Revoking again changes nothing.",
        answers={200: TokenOutput},
        tags=_TAGS,
    )
    def post(self, request: Request, number: int) -> Response:
        token = find_token(caller=self.caller, number=number)
        revoke(row=token, actor=self.caller.actor)
        return Response(shown_tokens([token])[0])


class RotateTokenView(ApiView):
    """A token's successor."""

    permissions = {"POST": "tokens.change_accesstoken"}

    @documented(
        summary="Rotate a token",
        text="Generates a successor, shown this once and accepted wherever its predecessor is listed; the predecessor "
        "expires after `overlap`.",
        request=RotationInput,
        example={"overlap": "7d"},
        answers={201: IssuedTokenOutput},
        also=(409,),
        tags=_TAGS,
    )
    def post(self, request: Request, number: int) -> Response:
        token = find_token(caller=self.caller, number=number)
        actor, wanted = self.caller.actor, self.body(RotationInput)
        lifetime = wanted.pop("hand_over", None)
        made = deliver(lambda: rotate_token(token=token, actor=actor, **wanted), lifetime=lifetime, actor=actor)
        return Response(issued_token(made, request), status=201)


class TokenUseView(ApiView):
    """How a token was used lately."""

    permissions = {"GET": "tokens.view_accesstoken"}

    @documented(
        summary="Use of a token",
        text="Requests by day, and who sent them: the origins of pages for a public token, the addresses of servers "
        "for a private one. The endpoint writes both within some seconds, and both are kept for 30 days.",
        answers={200: UseOutput},
        tags=_TAGS,
    )
    def get(self, request: Request, number: int) -> Response:
        return Response(used(find_token(caller=self.caller, number=number)))
