"""The JSON Schema for editors says the same as the checks, as far as a schema can."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from provisioning.language import json_schema
from provisioning.language.core_schema import resolve
from provisioning.language.document import MappingNode, Node, Scalar, SequenceNode
from provisioning.language.loading import load
from provisioning.language.schema import ACTIVATION, ATTRIBUTE, EVENT, KEY, OFFER, RULE, STEP, TEST, WEBHOOK
from tests.provisioning.language.checking import BASE, check
from tests.provisioning.language.test_plan import FULL


def as_editors_see_it(node: Node | None) -> Any:
    if isinstance(node, Scalar):
        return resolve(node)
    if isinstance(node, SequenceNode):
        return [as_editors_see_it(item) for item in node.items]
    assert isinstance(node, MappingNode)
    return {entry.key.text: as_editors_see_it(entry.value) for entry in node.entries}


def complaints(text: str) -> list[str]:
    validator = Draft202012Validator(json_schema())
    return [error.message for error in validator.iter_errors(as_editors_see_it(load(text).root))]


def test_schema__itself__is_a_right_one() -> None:
    of_schemas = Draft202012Validator(Draft202012Validator.META_SCHEMA)
    assert list(of_schemas.iter_errors(json_schema())) == []


def test_schema__every_field__has_its_text() -> None:
    schema = json_schema()

    assert set(schema["properties"]) == {
        "version", "description", "keys", "events", "attributes", "offers", "activations", "tokens", "tests",
    }  # fmt: skip
    assert all(known["description"] for known in schema["properties"].values())


def test_schema__its_dialect_and_name__are_said_without_an_address() -> None:
    schema = json_schema()

    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$id"].startswith("urn:")


def fields_in(schema: Any) -> Iterator[tuple[str, Any]]:
    """Every field of every record at any depth."""
    if isinstance(schema, dict):
        for name, known in schema.get("properties", {}).items():
            if known is not False and known.keys() != {"const"}:
                yield name, known
        for part in schema.values():
            yield from fields_in(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from fields_in(part)


def test_schema__every_field_at_any_depth__is_described() -> None:
    found = list(fields_in(json_schema()))

    assert {"url", "post", "exclude_regex", "data", "steps", "window"} <= {name for name, _ in found}
    assert [name for name, known in found if len(known.get("description", "")) < 10] == []


def test_schema__every_record_in_the_language__has_its_title() -> None:
    text = json.dumps(json_schema())

    for record in (KEY, EVENT, ATTRIBUTE, OFFER, RULE, ACTIVATION, WEBHOOK, TEST, STEP):
        assert f'"title": "{record.name}"' in text


def test_schema__as_json__is_the_same_again() -> None:
    assert json.loads(json.dumps(json_schema(), allow_nan=False)) == json_schema()


@pytest.mark.parametrize(
    "text",
    [
        FULL,
        BASE,
        "keys:\nevents: []",
        "events: [{name: NO, database: 0123, table: 1234}]",
        "events: [{name: 5, database: abc, table: abc, if: true}]",
        "tokens: [01234567890123456789012345678901]",
    ],
)
def test_schema__configuration_without_an_error__agrees(text: str) -> None:
    assert check(text).errors == ()
    assert complaints(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "version: 2",
        "nonsense: 1",
        "keys: 5",
        "keys: [{public: true}]",
        "keys: [{name: a, public: yes}]",
        "keys: [{name: 9a}]",
        "events: [{name: x, database: ab, table: abc}]",
        "attributes: [{name: a, type: lists}]",
        "attributes: [{name: a, type: list, event: e}]",
        "attributes: [{name: a, type: single, event: e, value: x, window: 7d}]",
        "attributes: [{name: a, type: list, event: e, value: x, max_items: 1001}]",
        "attributes: [{name: a, type: imported, event: e}]",
        "offers: [{name: x}]",
        "offers: [{name: x, set: []}]",
        "offers: [{name: x, if: a, set: {event: e, data: {}}}]",
        "activations: [{name: a, event: e, webhook: {url: ftp://x, body: 1}}]",
        "tokens: [{token: x}]",
        "tests: [{name: t, steps: []}]",
    ],
)
def test_schema__configuration_with_an_error_of_form__disagrees(text: str) -> None:
    assert check(text).errors
    assert complaints(text)
