"""Request bodies: bounded, and as strict as what is done with them."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import IO, Any

from django.conf import settings
from django.http import UnreadablePostError
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser, DataAndFiles, MultiPartParser

from p13nadmin.api.errors import TooLarge

_DEEPEST = 32
_MULTIPART_FRAME = 64 * 1024
# Neither can be kept as text: PostgreSQL refuses the first, UTF-8 the others.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")

Context = Mapping[str, Any] | None


def _declared(context: Context) -> int:
    length = (context or {})["request"].META.get("CONTENT_LENGTH") or "0"
    return int(length) if length.isdecimal() else 0


def _refuse_over(limit: int, size: int) -> None:
    if size > limit:
        raise TooLarge(f"the body is too large: at most {limit} bytes are taken here")


def _read_at_most(limit: int, stream: IO[bytes], context: Context) -> bytes:
    _refuse_over(limit, _declared(context))
    try:
        data = stream.read(limit + 1)
    except UnreadablePostError:
        raise ParseError("The body did not arrive whole.") from None
    _refuse_over(limit, len(data))
    return data


def read_json(data: bytes) -> Any:
    """JSON that can be kept: without NaN, infinities, duplicate keys, NUL, lone surrogates, or depth over 32.

    Raises ValueError (RecursionError for the very deep).
    """
    value = json.loads(
        data.decode("utf-8"), parse_constant=_no_constant, parse_float=_finite, object_pairs_hook=_unique
    )
    _check_texts_and_depth(value)
    return value


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


def _finite(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise ValueError("a number is too large")
    return number


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key appears twice")
    return found


def _check_texts_and_depth(value: Any) -> None:
    level = [value]
    for _ in range(_DEEPEST + 1):
        if any(isinstance(each, str) and _UNSTORABLE.search(each) for each in level):
            raise ValueError("a text holds NUL or half of a surrogate pair")
        level = [inner for each in level for inner in _inside(each)]
    if level:
        raise ValueError(f"it is nested deeper than {_DEEPEST}")


def _inside(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [*value.keys(), *value.values()]
    return value if isinstance(value, list) else []


class StrictJSONParser(BaseParser):
    """JSON as `read_json` takes it, at most the view's `body_limit` bytes."""

    media_type = "application/json"

    def parse(self, stream: IO[bytes], media_type: str | None = None, parser_context: Context = None) -> Any:
        data = _read_at_most((parser_context or {})["view"].body_limit, stream, parser_context)
        try:
            return read_json(data)
        except (ValueError, RecursionError) as error:
            raise ParseError(f"The body is not JSON: {error}.") from None


class YAMLTextParser(BaseParser):
    """A configuration as the bytes that came: reading them is the language's business."""

    media_type = "application/yaml"

    def parse(self, stream: IO[bytes], media_type: str | None = None, parser_context: Context = None) -> Any:
        return _read_at_most(settings.MAX_CONFIGURATION_BYTES, stream, parser_context)


class XYAMLTextParser(YAMLTextParser):
    media_type = "application/x-yaml"


class TextYAMLTextParser(YAMLTextParser):
    media_type = "text/yaml"


class ConfigurationFormParser(MultiPartParser):
    """A form with one configuration in it."""

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Context = None
    ) -> DataAndFiles[Any, Any]:
        _refuse_over(settings.MAX_CONFIGURATION_BYTES + _MULTIPART_FRAME, _declared(parser_context))
        return super().parse(stream, media_type, parser_context)
