"""Pages of signing in; they stand before the console's own, whose pages for the password they replace."""

from __future__ import annotations

from django.contrib import admin
from django.urls import URLPattern, path

from sign_in.connect_page import connect_page
from sign_in.frame import throttled
from sign_in.one_time_page import one_time_page
from sign_in.password_page import password_page
from sign_in.provider_views import FromProvider, ToProvider
from sign_in.reset import ask_page, new_password_page, sent_page
from sign_in.user_page import user_page
from sign_in.views import code_page, sign_in_page

urlpatterns: list[URLPattern] = [
    path("login/", sign_in_page, name="sign-in"),
    path("sign-in/code/", code_page, name="sign-in-code"),
    path("sign-in/provider/", ToProvider.as_view(), name="sign-in-provider"),
    path("sign-in/callback/", FromProvider.as_view(), name="sign-in-callback"),
    path("sign-in/connect/", connect_page, name="sign-in-connect"),
    path("sign-in/forgotten/", ask_page, name="password-reset"),
    path("sign-in/forgotten/sent/", sent_page, name="password-reset-sent"),
    path("sign-in/new-password/<uidb64>/<token>/", new_password_page, name="password-reset-set"),
    path("one-time-password/", one_time_page, name="one-time-password"),
    path("password_change/", throttled(admin.site.admin_view(password_page, cacheable=True)), name="own-password"),
    path("auth/user/<int:pk>/sign-in/", admin.site.admin_view(user_page), name="user-sign-in"),
]
