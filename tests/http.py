"""A caller of the REST API, and what every error looks like."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from django.test import Client

from p13nadmin.api.error_body import without_secrets


def _client() -> Client:
    return Client(raise_request_exception=False)


@dataclass
class Api:
    """Sends requests with one `Authorization` header (none when it is empty) and returns the responses."""

    authorization: str = ""
    client: Client = field(default_factory=_client)

    def send(self, method: str, path: str, data: str | bytes = b"", **options: Any) -> Any:
        headers = {"Authorization": self.authorization} if self.authorization else {}
        headers |= options.pop("headers", {})
        content_type = options.pop("content_type", "application/json")
        options.setdefault("CONTENT_TYPE", content_type)
        return self.client.generic(method, path, data, content_type=content_type, headers=headers, **options)

    def get(self, path: str, **options: Any) -> Any:
        return self.send("GET", path, **options)

    def post(self, path: str, body: Any = None, **options: Any) -> Any:
        return self.send("POST", path, b"" if body is None else json.dumps(body), **options)


def assert_error(response: Any, status: int, *, says: str = "") -> dict[str, Any]:
    """The one form of every error; returns it. `says` is to be found in its message or one of its problems."""
    assert response.status_code == status, response.content[:2000]
    assert response["Content-Type"].startswith("application/json")
    body: dict[str, Any] = response.json()
    assert set(body) == {"code", "message", "errors"}
    assert body["code"] == status
    assert body["message"].strip()
    assert isinstance(body["errors"], list)
    for problem in body["errors"]:
        assert problem["message"]
        assert "path" in problem
    assert says in " ".join([body["message"], *(problem["message"] for problem in body["errors"])])
    text = response.content.decode()
    assert without_secrets(text) == text
    return body


def problems(response: Any) -> dict[str, str]:
    """The problems of a 422 by their paths."""
    return {problem["path"]: problem["message"] for problem in assert_error(response, 422)["errors"]}
