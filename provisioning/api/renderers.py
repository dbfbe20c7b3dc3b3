"""Answers that are one text: a version as the YAML that it is, the report of a check."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rest_framework.renderers import BaseRenderer


class YAMLTextRenderer(BaseRenderer):
    """`configuration` alone."""

    media_type = "application/yaml"
    format = "yaml"
    charset = "utf-8"

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Mapping[str, Any] | None = None
    ) -> bytes:
        return str(data["configuration"]).encode()


class XYAMLTextRenderer(YAMLTextRenderer):
    media_type = "application/x-yaml"


class ReportRenderer(BaseRenderer):
    """`report` alone."""

    media_type = "text/plain"
    format = "txt"
    charset = "utf-8"

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Mapping[str, Any] | None = None
    ) -> bytes:
        return str(data["report"]).encode()


class TextYAMLTextRenderer(YAMLTextRenderer):
    media_type = "text/yaml"
