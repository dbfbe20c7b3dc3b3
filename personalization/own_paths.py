"""Paths of the endpoint that belong to no table."""

from __future__ import annotations

from typing import Final

HEALTH_PATHS: Final = frozenset({"/healthz", "/readyz"})
METRICS_PATH: Final = "/metrics"
