"""The API as the server calls it: bodies in chunks, too long, and too late."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from django.utils import timezone

from p13nadmin.asgi import application
from tests.world import ACTOR, a_key, an_instance
from tokens.models import AccessToken
from tokens.services import issue_token

MIB = 1024 * 1024


def request(method: str, path: str, **options: Any) -> httpx.Response:
    async def send() -> httpx.Response:
        transport = httpx.ASGITransport(application)  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            return await client.request(method, path, **options)

    return asyncio.run(send())


async def in_chunks(*chunks: bytes) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


@pytest.mark.django_db(transaction=True)
def test_served__json_in_chunks__read_whole() -> None:
    token = issue_token(instance=an_instance(1, 8), name="web", actor=ACTOR).row
    headers = {"Authorization": a_key(), "Content-Type": "application/json"}

    response = request(
        "POST", f"/tokens/{token.pk}/rotate", headers=headers, content=in_chunks(b'{"over', b'lap": "1h"}')
    )

    assert response.status_code == 201
    expires_at = AccessToken.objects.get(pk=token.pk).expires_at
    assert expires_at is not None
    assert expires_at - timezone.now() <= timedelta(hours=1)


@pytest.mark.parametrize("path", ["/provision", "/routing", "/admin/login/"])
def test_served__endless_chunks__413_as_json(path: str) -> None:
    response = request("POST", path, content=in_chunks(*[b"x" * MIB] * 5))

    assert (response.status_code, response.json()["code"]) == (413, 413)


def test_served__unknown_paths_of_the_api__404_as_json() -> None:
    response = request("GET", "/provision/1/8/versions/")

    assert response.status_code == 404
    assert response.json()["errors"] == []


def test_served__no_key__401() -> None:
    response = request("POST", "/provision", content=b"keys: []", headers={"Content-Type": "text/yaml"})

    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == "TD1"
