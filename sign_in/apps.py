from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in
from django.core.checks import register

from sign_in.checks import check_numbers, check_provider
from sign_in.stamps import begin


class SignInConfig(AppConfig):
    name = "sign_in"
    verbose_name = "Signing in"

    def ready(self) -> None:
        """Note when each session begins, and register the checks."""
        user_logged_in.connect(begin, dispatch_uid="sign_in.begin")
        for check in (check_numbers, check_provider):
            register(check, "settings")
