from django.apps import AppConfig

from personalization.golden import run_golden_tests
from provisioning.golden import register_runner


class PersonalizationConfig(AppConfig):
    name = "personalization"
    verbose_name = "Endpoint"

    def ready(self) -> None:
        """Golden tests of configurations run on the real engine."""
        register_runner(lambda plan, now, text: run_golden_tests(plan, now=now, text=text))
