"""Tokens and keys."""

from __future__ import annotations

from django.urls import URLPattern, path

import p13nadmin.api.converters  # noqa: F401 - registers `number`
from tokens.api.hand_over_views import KeyLinksView, TokenLinksView, WithdrawLinkView
from tokens.api.key_views import KeysView, KeyUseView, RevokeKeyView, RotateKeyView
from tokens.api.token_views import RevokeTokenView, RotateTokenView, TokensView, TokenUseView

urlpatterns: list[URLPattern] = [
    path("tokens", TokensView.as_view(), name="tokens"),
    path("tokens/<number:number>/revoke", RevokeTokenView.as_view(), name="revoke-token"),
    path("tokens/<number:number>/rotate", RotateTokenView.as_view(), name="rotate-token"),
    path("tokens/<number:number>/use", TokenUseView.as_view(), name="token-use"),
    path("tokens/<number:number>/links", TokenLinksView.as_view(), name="token-links"),
    path("keys", KeysView.as_view(), name="keys"),
    path("keys/<number:number>/revoke", RevokeKeyView.as_view(), name="revoke-key"),
    path("keys/<number:number>/rotate", RotateKeyView.as_view(), name="rotate-key"),
    path("keys/<number:number>/use", KeyUseView.as_view(), name="key-use"),
    path("keys/<number:number>/links", KeyLinksView.as_view(), name="key-links"),
    path("hand-overs/<number:number>/withdraw", WithdrawLinkView.as_view(), name="withdraw-link"),
]
