"""The lines of the log, in which no token or key is to be read: callers put them in paths and in names."""

from __future__ import annotations

import logging

from p13nadmin.api.error_body import without_secrets


class SafeFormatter(logging.Formatter):
    """Hides whatever looks like a token or key, in messages and in tracebacks; identifiers of requests stay."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as text."""
        return without_secrets(super().format(record))
