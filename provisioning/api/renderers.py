"""A version as the YAML text that it is."""

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


class TextYAMLTextRenderer(YAMLTextRenderer):
    media_type = "text/yaml"
