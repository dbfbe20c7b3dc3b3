"""One-time links from the command line: how long one lives, where it leads, and how it is told."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse

from p13nadmin.commands import ACTOR, ServiceCommand, duration_argument
from tokens.hand_overs import Delivery, deliver
from tokens.services import Issued, Row


def add_hand_over_arguments(parser: ArgumentParser) -> None:
    """A link instead of the secret itself."""
    parser.add_argument(
        "--hand-over",
        type=duration_argument,
        metavar="DURATION",
        help="10m to 7d: print a link that shows it once, instead of it",
    )
    parser.add_argument(
        "--console", type=_console, metavar="URL", help="where the link leads; by default, the first of ALLOWED_HOSTS"
    )


def delivered(issue: Callable[[], Issued[Row]], options: dict[str, Any]) -> Delivery[Row]:
    """The new secret, or the link to it when the options ask for one. Raises what `deliver` raises."""
    return deliver(issue, lifetime=options["hand_over"], actor=ACTOR)


def tell_secret(command: ServiceCommand, made: Delivery[Any], options: dict[str, Any]) -> None:
    """Print the header value or the link, this once; nothing where the secret was given."""
    if made.row is not None:
        command.stdout.write(f"{options['console'] or _own_console()}{reverse('hand-over')}#{made.link}")
        command.say(f"the link shows it once, until {made.row.expires_at:%Y-%m-%d %H:%M} UTC; nobody here has seen it")
    elif made.issued.header:
        command.stdout.write(made.issued.header)


def _own_console() -> str:
    if settings.DEBUG:
        return f"http://127.0.0.1:{settings.PORT}"
    return f"https://{settings.ALLOWED_HOSTS[0].lstrip('.')}"


def _console(text: str) -> str:
    try:
        url = urlsplit(text)
        fits = url.scheme in ("http", "https") and bool(url.hostname) and not (url.query or url.fragment)
    except ValueError:
        fits = False
    if not fits:
        raise ArgumentTypeError("a base URL is expected, such as https://console.example.com")
    return text.rstrip("/")
