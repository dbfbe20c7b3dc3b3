"""The JSON Schema of the language, for editors, made from the definition that the checks follow."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from provisioning.language.schema import CONFIGURATION, NAME_LENGTH, URL_LENGTH, Field, Kind, Record

Schema = dict[str, Any]

_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
# A name alone: the language has no address of its own, and asks nobody for anything.
_ID: Final = "urn:p13nadmin:configuration:1"
# A plain scalar that YAML takes for a number or a boolean is text all the same where text is wanted.
_SCALAR: Final[Schema] = {"type": ["string", "number", "boolean", "null"]}
_CONDITION: Final[Schema] = {"type": ["string", "number", "boolean"]}
_MAPPING: Final[Schema] = {"type": "object"}
_OUTPUT_KEY: Final[Schema] = {"minLength": 1, "maxLength": NAME_LENGTH}
_TOKEN: Final[Schema] = {
    "title": "token",
    "anyOf": [
        {
            "type": ["string", "number"],
            "description": "The token itself, or `sha256:` and the 64 hex digits of its digest.",
        },
        {
            "type": "object",
            "properties": {"name": {**_SCALAR, "description": "The name under which the token was issued."}},
            "required": ["name"],
            "additionalProperties": False,
        },
    ],
}


def json_schema() -> Schema:
    """The schema of a whole configuration, as JSON-ready values."""
    return {"$schema": _DIALECT, "$id": _ID, **_record(CONFIGURATION), "title": "Personalization configuration"}


def _record(record: Record) -> Schema:
    schema: Schema = {
        "title": record.name,
        "type": "object",
        "properties": {known.name: _field(known) for known in record.fields},
        "required": [known.name for known in record.fields if known.required and not known.variants],
        "additionalProperties": False,
    }
    if record.variant:
        schema["allOf"] = _variants(record)
    return {"anyOf": [_shorthand(record), schema]} if record.shorthand else schema


def _shorthand(record: Record) -> Schema:
    known = record.field(record.shorthand)
    return {} if known is None else {**_field(known), "description": f"Short for `{known.name}:` alone. {known.text}"}


def _variants(record: Record) -> list[Schema]:
    """For each value of the variant field, what is required and what must not stand there."""
    deciding = record.field(record.variant)
    return [_variant(record, choice) for choice in (deciding.choices if deciding is not None else ())]


def _variant(record: Record, choice: str) -> Schema:
    bound = [known for known in record.fields if known.variants]
    wrong = [known.name for known in bound if choice not in known.variants]
    required = [known.name for known in bound if known.required and choice in known.variants]
    return {
        "if": {"properties": {record.variant: {"const": choice}}, "required": [record.variant]},
        "then": {"required": required, "properties": dict.fromkeys(wrong, False)},
    }


def _field(known: Field) -> Schema:
    schema = dict(_KINDS[known.kind](known))
    schema["description"] = known.text
    if known.default not in (None, "", {}) and known.kind is not Kind.DURATION:
        schema["default"] = known.default
    return schema


def _text(known: Field) -> Schema:
    return _SCALAR if known.maximum is None else {**_SCALAR, "maxLength": known.maximum}


def _integer(known: Field) -> Schema:
    return {"type": "integer", "minimum": known.minimum, "maximum": known.maximum}


def _records(known: Field) -> Schema:
    schema: Schema = {"type": "array", "items": _record(known.record) if known.record is not None else _TOKEN}
    if known.maximum is not None:
        schema["maxItems"] = known.maximum
    if known.minimum is not None:
        schema["minItems"] = known.minimum
    return schema if known.required else {**schema, "type": ["array", "null"]}


def _rules(known: Field) -> Schema:
    return {"anyOf": [_record(known.record), _records(known)]} if known.record is not None else {}


def _constant(schema: Schema) -> Callable[[Field], Schema]:
    return lambda known: schema


_KINDS: Final[Mapping[Kind, Callable[[Field], Schema]]] = {
    Kind.TEXT: _text,
    Kind.NAME: _constant({**_SCALAR, "minLength": 1, "maxLength": NAME_LENGTH}),
    Kind.IDENTIFIER: _constant({"type": ["string", "boolean", "null"], "pattern": "^[A-Za-z_][A-Za-z0-9_]{0,127}$"}),
    Kind.DATABASE: _constant({"type": ["string", "number"], "pattern": "^[0-9a-z_]{3,128}$"}),
    Kind.TABLE: _constant({"type": ["string", "number"], "pattern": "^[0-9a-z_]{3,128}$"}),
    Kind.ROUTE: _constant({"type": "string", "pattern": "^/?[0-9a-z_]{3,128}/[0-9a-z_]{3,128}$"}),
    Kind.BOOLEAN: _constant({"type": "boolean"}),
    Kind.INTEGER: _integer,
    Kind.DURATION: _constant({"type": "string", "pattern": "^[1-9][0-9]{0,8}[mhd]$"}),
    Kind.TIME: _constant({"type": "string", "format": "date-time"}),
    Kind.CHOICE: lambda known: {"enum": list(known.choices)},
    Kind.EVENTS: _constant({"anyOf": [_SCALAR, {"type": "array", "items": _SCALAR, "minItems": 1}]}),
    Kind.CONDITION: _constant(_CONDITION),
    Kind.VALUE: _constant({"type": ["string", "number", "boolean"]}),
    Kind.INCREMENT: _constant({"type": ["number", "string"]}),
    Kind.PATTERN: _constant(_SCALAR),
    Kind.URL: _constant({"type": "string", "pattern": "^https?://", "maxLength": URL_LENGTH}),
    Kind.HEADERS: _constant({"type": "object", "additionalProperties": _SCALAR}),
    Kind.DATA: lambda known: {"type": "object", "maxProperties": known.maximum, "propertyNames": _OUTPUT_KEY},
    Kind.BODY: _constant({}),
    Kind.JSON_MAPPING: _constant(_MAPPING),
    Kind.OFFERS_EXPECTED: _constant({"type": "object", "additionalProperties": _MAPPING}),
    Kind.RECORD: lambda known: _record(known.record) if known.record is not None else _MAPPING,
    Kind.RECORDS: _records,
    Kind.RULES: _rules,
    Kind.TOKENS: _records,
}
