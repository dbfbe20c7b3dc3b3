"""Real processes of the endpoint, and what they leave in the control database."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from tests.personalization.server_process import Home, ServerProcess
from tests.personalization.test_without_the_database import Cut, until_true

EVENT = {"td_client_id": "202"}


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path, *Home(tmp_path).seed("make"))


def rows(home: Home, query: str) -> list[Any]:
    db = sqlite3.connect(home.directory / "control.sqlite3")
    try:
        return db.execute(query).fetchall()
    finally:
        db.close()


def counted(home: Home, span: int) -> dict[tuple[int, str], int]:
    """Requests by code and reason."""
    found = rows(
        home,
        "SELECT code, reason, sum(requests) FROM personalization_trafficcount "
        f"WHERE span = {span} GROUP BY code, reason",
    )
    return {(code, reason): requests for code, reason, requests in found}


def test_traffic__of_two_processes__is_counted_together(home: Home) -> None:
    with ServerProcess(home) as first, ServerProcess(home) as second:
        for server in (first, second):
            for _ in range(20):
                assert server.post(EVENT).status == 200
            assert server.exchange(home.head(content_length="2") + b"[]").status == 400
            assert server.exchange(home.head("/your_database/page_views", content_length="2") + b"{}").status == 200
            server.stop()
    for span in (60, 3600):
        found = counted(home, span)
        assert sum(requests for (code, _), requests in found.items() if code == 200) == 42
        assert (found[200, "not-monitored"], found[3004, ""]) == (2, 2)
    answered = rows(home, "SELECT sum(requests) FROM personalization_trafficlatency WHERE span = 60")
    assert answered == [(44,)]
    assert rows(home, "SELECT code, token_hint FROM personalization_rejection") == [(3004, home.token[-4:])] * 2
    assert rows(home, "SELECT events, refused FROM personalization_instancetraffic") == [(42, 2)]


def test_traffic__while_the_database_is_away__is_written_when_it_is_back(home: Home) -> None:
    cut = Cut(home)
    with ServerProcess(home) as server:
        assert server.post(EVENT).status == 200
        cut.take()
        until_true(lambda: server.get("/readyz").json()["control_database"] == "away")
        for _ in range(10):
            assert server.post(EVENT).status == 200
        cut.put_back()
        until_true(lambda: server.get("/readyz").json()["control_database"] != "away")
        assert server.post(EVENT).status == 200
        server.stop()
    assert sum(counted(home, 60).values()) == 12
