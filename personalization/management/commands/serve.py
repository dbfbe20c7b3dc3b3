"""Serve the console, the API and the endpoint from one process."""

from __future__ import annotations

import socket
from argparse import ArgumentParser
from contextlib import suppress
from typing import Any

import uvicorn
from django.conf import settings
from django.core.management.base import CommandError
from django.db import connections

from personalization.connections import BoundedHttp
from personalization.demo.command import DemoCommand
from personalization.open_files import connections_within, raise_limit
from provisioning.schedule_runner import running

_EVERYTHING = "p13nadmin.asgi:application"
_ENDPOINT_ONLY = "personalization.asgi:application"
_BACKLOG = 2048
_KEEP_ALIVE_SECONDS = 75
_SHUTDOWN_SECONDS = 10


class Command(DemoCommand):
    help = "Serve console, API and endpoint, and carry out planned pushes; at 127.0.0.1, port PORT (8000)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What to serve, and where."""
        parser.add_argument("--host", default="127.0.0.1", help="the address to listen at (default: 127.0.0.1)")
        parser.add_argument("--endpoint-only", action="store_true", help="no route to the console and the API")
        parser.add_argument(
            "--demo", action="store_true", help="create the demo customer first and print how to use it"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Serve until interrupted. Raises CommandError when the port is taken."""
        with self._listening(options["host"], settings.PORT) as listener:
            if options["demo"]:
                self.create_demo()
                self.stdout.flush()  # a log file shows it before the process ends
            connections.close_all()
            most = self._most_connections()
            self.say(f"Serving at http://{options['host']}:{settings.PORT} (Ctrl-C stops it)")
            if options["endpoint_only"]:
                _serve(_ENDPOINT_ONLY, listener, most)
            else:
                with running():
                    _serve(_EVERYTHING, listener, most)

    def _most_connections(self) -> int:
        files = raise_limit()
        most = connections_within(files, wanted=settings.MAX_CONNECTIONS)
        if most < settings.MAX_CONNECTIONS:
            self.stderr.write(f"Only {most} connections, not MAX_CONNECTIONS: the system allows {files} open files.")
        return most

    def _listening(self, host: str, port: int) -> socket.socket:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        try:
            return socket.create_server((host, port), family=family, backlog=_BACKLOG)
        except OverflowError:
            raise CommandError(f"PORT is {port}; ports are 0 to 65535") from None
        except OSError as error:
            reason = (error.strerror or str(error)).partition(" (while")[0].lower()
            raise CommandError(f"cannot listen at {host}:{port}: {reason}; choose another with PORT=8001") from None


def _serve(application: str, listener: socket.socket, most_connections: int) -> None:
    config = uvicorn.Config(
        application,
        loop="uvloop",
        http=BoundedHttp,
        ws="none",
        lifespan="on",
        access_log=False,
        log_config=None,
        proxy_headers=False,
        server_header=False,
        limit_concurrency=most_connections,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=_SHUTDOWN_SECONDS,
    )
    with suppress(KeyboardInterrupt):
        uvicorn.Server(config).run(sockets=[listener])
