"""Requests made from the OpenAPI document, good and bad: no server error, and every answer is one that it describes."""

from __future__ import annotations

import os
from functools import cache
from typing import Any

import pytest
import requests
import schemathesis
from django.core.cache import cache as throttles
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.transport import Response
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from routing.services import change_destinations
from tests.api.test_openapi import OPERATIONS
from tests.http import Api
from tests.provisioning.configurations import numbered
from tests.world import ACTOR, a_hand_over, a_key, an_instance
from tokens.models import ApiKey
from tokens.services import issue_key, issue_token

pytestmark = pytest.mark.django_db

CASES = int(os.environ.get("P13N_SCHEMATHESIS", "2000"))
NAMES = sorted((path, method) for path, methods in OPERATIONS.items() for method in methods)
NOT_SENT = ("content-length", "authorization", "cookie")  # who may not call is asked elsewhere
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


@cache
def described() -> Any:
    """The document, as the service gives it."""
    answer = Api().get("/schema", headers={"Accept": "application/vnd.oai.openapi+json"})
    return schemathesis.openapi.from_dict(answer.json())


@pytest.fixture
def caller() -> str:
    """An operator; there is an instance 1/8 with a live version, a table, and a token and a key to change."""
    instance = an_instance(1, 8)
    operator = a_key("operator")
    change_destinations(instance=instance, actor=ACTOR, add=[("your_database", "pageviews")])
    issue_token(instance=instance, name="web", actor=ACTOR)
    for number in (1, 2):
        uploaded = Api(operator).send("POST", "/provision?push=true", numbered(number), content_type="application/yaml")
        assert uploaded.status_code == 201, uploaded.content
    return operator


def sent(case: Case, caller: str) -> Response:
    """What the service answers, as the checks take it."""
    asked = requests.Request(**case.as_transport_kwargs(base_url="http://testserver")).prepare()
    headers = {name: value for name, value in asked.headers.items() if name.lower() not in NOT_SENT}
    kind = headers.pop("Content-Type", "")
    got = Api(caller).send(asked.method or "", asked.path_url, asked.body or b"", content_type=kind, headers=headers)
    got_headers = {name.lower(): [value] for name, value in got.items()}
    return Response(got.status_code, got_headers, got.content, asked, elapsed=0.0, verify=False)


def places(path: str) -> dict[str, Any]:
    """What a path's parameters have to be for something to be there."""
    if "/hand-overs/" in path:
        return {"number": a_hand_over(an_instance(1, 8)).pk}
    if "/tokens/" in path:
        return {"number": issue_token(instance=an_instance(1, 8), name="to change", actor=ACTOR).row.pk}
    if "/keys/" in path:
        account = an_instance(1, 8).account
        return {"number": issue_key(account=account, name="to change", scope="ingest", actor=ACTOR).row.pk}
    known = {"account": 1, "instance": 8, "version": 1}
    return {name: value for name, value in known.items() if f"{{{name}}}" in path}


@pytest.mark.parametrize(("path", "method"), NAMES, ids=[f"{method} {path}" for path, method in NAMES])
def test_operation__any_request__is_answered_as_the_document_says(caller: str, path: str, method: str) -> None:
    operation = described()[path][method.upper()]
    kinds = [operation.as_strategy(generation_mode=mode) for mode in GenerationMode]
    if known := places(path):
        kinds += [operation.as_strategy(generation_mode=mode, path_parameters=known) for mode in GenerationMode]
    told: list[int] = []
    own = str(ApiKey.objects.get(scope=ApiKey.Scope.OPERATOR).pk)

    @given(case=st.one_of(kinds))
    @settings(
        max_examples=-(-CASES // len(NAMES)),
        deadline=None,
        database=None,
        derandomize=CASES <= 2000,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def ask(case: Case) -> None:
        assume("/keys/" not in path or str((case.path_parameters or {}).get("number")) != own)  # it would end itself
        throttles.clear()
        answer = sent(case, caller)
        case.validate_response(answer, checks=CHECKS)
        told.append(answer.status_code)

    ask()
    assert 401 not in told
