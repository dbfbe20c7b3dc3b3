"""Sending a configuration in every way it can come."""

from __future__ import annotations

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from tests.http import Api

YAML = "application/yaml"
MIB = 1024 * 1024


def upload(api: Api, text: str | bytes, query: str = "", **options: Any) -> Any:
    return api.send("POST", f"/provision{query}", text, content_type=YAML, **options)


def upload_form(api: Api, fields: dict[str, Any], query: str = "") -> Any:
    return api.client.post(f"/provision{query}", fields, headers={"Authorization": api.authorization})


def sent_as(api: Api, way: str, text: str) -> Any:
    if way == "json":
        return api.post("/provision", {"configuration": text})
    if way == "form":
        return upload_form(api, {"file": SimpleUploadedFile("c.yaml", text.encode())})
    return api.send("POST", "/provision", text, content_type=way)
