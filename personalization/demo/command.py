"""What the commands `demo` and `serve --demo` share."""

from __future__ import annotations

from django.conf import settings
from django.core.management.base import CommandError

from p13nadmin.commands import ServiceCommand
from personalization.demo.customer import create_demo_customer
from personalization.demo.words import demo_text


class DemoCommand(ServiceCommand):
    """A command that can create the demo customer and say how to use it."""

    def create_demo(self, *, reset_password: bool = False) -> None:
        """Create it and print it. Raises CommandError outside debug mode."""
        if not settings.DEBUG:
            raise CommandError(
                "the demo is for debug mode: its token is public knowledge. Set DEBUG=true to try it out"
            )
        demo = create_demo_customer(data_dir=settings.DATA_DIR, reset_password=reset_password)
        here = f"http://127.0.0.1:{settings.PORT}"
        endpoint_url = settings.ENDPOINT_URLS.get("local", here)
        self.stdout.write(demo_text(demo, console_url=f"{here}/admin/", endpoint_url=endpoint_url))
        for notice in demo.notices:
            self.say(notice)
