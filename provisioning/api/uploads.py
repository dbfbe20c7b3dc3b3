"""The configuration text in a request, whichever way it came."""

from __future__ import annotations

from typing import Any, cast

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from rest_framework.request import Request
from rest_framework.serializers import ValidationError

from p13nadmin.api.errors import TooLarge
from p13nadmin.api.views import ApiView
from provisioning.api.serializers import ConfigurationInput

_YAML = ("application/yaml", "application/x-yaml", "text/yaml")


def uploaded_text(view: ApiView) -> str | bytes:
    """The text: YAML as it came, a form's `file`, or the `configuration` of a JSON object.

    Raises ValidationError when there is none, TooLarge.
    """
    media_type = (view.request.content_type or "").partition(";")[0].strip().lower()
    if media_type in _YAML:
        # An empty body never reaches the parser.
        text: str | bytes = cast(bytes, view.request.data or b"")
    elif media_type == "multipart/form-data":
        text = _file(view.request)
    else:
        text = view.body(ConfigurationInput)["configuration"]
    _refuse_too_large(text)
    return text


def _file(request: Request) -> bytes:
    unknown = {name: ["unknown field; send one `file`"] for name in request.data if name != "file"}
    if unknown:
        raise ValidationError(unknown)
    files = cast(list[Any], request.FILES.getlist("file"))
    if len(files) != 1 or not isinstance(files[0], UploadedFile):
        raise ValidationError({"file": ["one file is expected"]})
    if (files[0].size or 0) > settings.MAX_CONFIGURATION_BYTES:
        raise _too_large()
    return bytes(files[0].read())


def _refuse_too_large(text: str | bytes) -> None:
    if len(text if isinstance(text, bytes) else text.encode()) > settings.MAX_CONFIGURATION_BYTES:
        raise _too_large()


def _too_large() -> TooLarge:
    return TooLarge(f"a configuration is at most {settings.MAX_CONFIGURATION_BYTES} bytes")
