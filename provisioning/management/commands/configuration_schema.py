"""Print the JSON Schema of the configuration language."""

from __future__ import annotations

import json
from typing import Any

from p13nadmin.commands import ServiceCommand
from provisioning.language import json_schema


class Command(ServiceCommand):
    help = "Print the JSON Schema of the configuration language, for editors."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        """Print it."""
        self.stdout.write(json.dumps(json_schema(), ensure_ascii=False, indent=2))
