"""The endpoint's page: its events get the answers that it shows, and its tables say what the endpoint does."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from ipaddress import ip_network
from pathlib import Path
from typing import Any, get_args

import httpx
import pytest
from django.conf import settings

from personalization import refusals
from personalization.arrivals import Arrival, Outcome, Reason
from personalization.committer import MAX_QUEUED_CHARACTERS
from personalization.control_reader import ControlReader
from personalization.event_body import MAX_NESTING, MAX_TIME
from personalization.http import Limits
from personalization.live import LiveInstance
from personalization.profile import MAX_KEY_VALUES
from personalization.refusals import Refusal
from personalization.snapshot_loader import SnapshotLoader
from personalization.stores.base import StoreUnavailable
from personalization.stores.sqlite import SqliteStore
from provisioning.services import upload_configuration
from routing.services import change_destinations
from tests.docs.blocks import ROOT, Cell, Table, blocks, tables
from tests.docs.exchanges import Exchange, exchanges
from tests.docs.matching import differences
from tests.personalization.rig import (
    BROWSER_KEY,
    KEY,
    ORIGIN,
    PATH,
    PRIVATE,
    PUBLIC,
    PUBLIC_PATH,
    Rig,
    assert_error,
    good_headers,
    known_to,
)
from tests.world import ACTOR, an_account, an_instance
from tokens.services import issue_key, issue_token

PAGE = ROOT / "docs" / "endpoint.md"
EXCHANGES = exchanges(PAGE)
_SECRETS = {"{token}": PRIVATE, "{key}": KEY}


def _table(first: str) -> Table:
    return next(table for table in tables(PAGE) if table.header[0] == first)


@pytest.fixture
def served(db: None, tmp_path: Path) -> Iterator[Rig]:
    """The endpoint with what the page sets up, as it reads it from the control database."""
    instance = an_instance(1, 8)
    change_destinations(instance=instance, actor=ACTOR, add=[("your_database", "pageviews")])
    issue_token(instance=instance, name="web-server", actor=ACTOR, token=PRIVATE)
    browsers = {"type": "public", "allowed_origins": [ORIGIN]}
    issue_token(instance=instance, name="web-pages", actor=ACTOR, token=PUBLIC, **browsers)
    for key, scope in ((KEY, "ingest"), (BROWSER_KEY, "ingest_public")):
        issue_key(account=an_account(1), name=scope, scope=scope, actor=ACTOR, key=key)
    text = next(block.text for block in blocks(PAGE) if block.language == "yaml")
    upload_configuration(instance=instance, text=text, actor=ACTOR, push=True)
    with Rig(tmp_path) as rig:
        rig.snapshots.current = SnapshotLoader().load(ControlReader().read(), at=time.time())
        yield rig


def test_examples__sent_in_their_order__get_the_answers_of_the_page(served: Rig) -> None:
    for exchange in EXCHANGES:
        answer = _sent(served, exchange)
        assert answer.status_code == exchange.status, f"{exchange}: {answer.text}"
        if exchange.answer.language == "json":
            assert differences(json.loads(exchange.answer.text), answer.json()) == [], str(exchange)
            reasons = [flag for flag in exchange.answer.flags if not flag.isdigit()]
            assert [answer.headers["x-p13n-reason"]] == reasons if reasons else "x-p13n-reason" not in answer.headers
        else:
            shown = (line.split(": ", 1) for line in exchange.answer.text.splitlines())
            assert {name: answer.headers.get(name) for name, _ in shown} == _headers(exchange.answer.text)


def _sent(rig: Rig, exchange: Exchange) -> httpx.Response:
    headers = {name.lower().replace("-", "_"): value for name, value in exchange.headers.items()}
    for written, secret in _SECRETS.items():
        headers = {name: value.replace(written, secret) for name, value in headers.items()}
    usual = good_headers(exchange.path) if exchange.method == "POST" else {}
    return rig.send(exchange.method, exchange.path, exchange.body.encode(), **(usual | headers))


def _headers(text: str) -> dict[str, str]:
    return dict(line.split(": ", 1) for line in text.splitlines())


REASONS: dict[str, Callable[[Rig], httpx.Response]] = {
    "no-live-version": lambda rig: _without_program(rig).post(),
    "not-monitored": lambda rig: rig.post(path="/your_database/others"),
    "no-key": lambda rig: rig.post({"some_key": "x"}),
    "no-event": lambda rig: rig.post({"td_client_id": "1", "bot": True}),
    "no-rule": lambda rig: rig.post({"td_client_id": "2"}),
    "withheld": lambda rig: rig.post({"td_client_id": "3"}, path=PUBLIC_PATH),
    "error": lambda rig: rig.post({"td_client_id": "4" * 300}),
}


def _without_program(rig: Rig) -> Rig:
    rig.snapshots.current = known_to(LiveInstance(1, 8, 1, None, frozenset()))
    return rig


def test_reasons__those_of_the_table__are_those_of_the_code() -> None:
    assert [row[0].text for row in _table("reason").rows] == [reason for reason in get_args(Reason) if reason]


@pytest.mark.parametrize("row", _table("reason").rows, ids=lambda row: row[0].text)
def test_reason__provoked__comes_with_the_stored_event(served: Rig, row: tuple[Cell, ...]) -> None:
    answer = REASONS[row[0].text](served)

    assert (answer.status_code, answer.json()) == (200, {"offers": {}})
    assert answer.headers["x-p13n-reason"] == row[0].text
    assert served.query("SELECT count(*) FROM events") == [(1,)]


class BrokenStore(SqliteStore):
    """Fails at every event."""

    failure: Exception = RuntimeError("broken on purpose")

    def commit(self, arrivals: Sequence[Arrival]) -> Sequence[Outcome]:
        raise self.failure


class AbsentStore(BrokenStore):
    failure = StoreUnavailable("away on purpose")


async def never() -> AsyncIterator[bytes]:
    await asyncio.Event().wait()
    yield b""


def _with_token(rig: Rig, **changes: Any) -> Rig:
    rig.snapshots.current = known_to(rig.instance, **changes)
    return rig


def _twice(rig: Rig) -> httpx.Response:
    rig.post()
    return rig.post()


PROVOKED: dict[str, Callable[[Rig], httpx.Response]] = {
    "404": lambda rig: rig.post(path="/Your_Database/pageviews"),
    "3009": lambda rig: rig.send("GET", PATH),
    "415": lambda rig: rig.post(content_type="text/plain"),
    "413": lambda rig: rig.post(content=b" " * 1_000_001),
    "401": lambda rig: rig.post(authorization=None),
    "3000": lambda rig: rig.post(wp13n_token=None),
    "3003": lambda rig: rig.post(wp13n_token="1/8"),
    "3002": lambda rig: rig.post(wp13n_token=f"2/8/{PRIVATE}"),
    "3001": lambda rig: rig.post(wp13n_token=f"1/8/{'0' * 32}"),
    "3006": lambda rig: rig.post(wp13n_token=f"1/8/{PUBLIC}"),
    "3005": lambda rig: _with_token(rig, networks=(ip_network("203.0.113.0/24"),)).post(),
    "3007": lambda rig: rig.post(path=PUBLIC_PATH, origin=None),
    "2003": lambda rig: _twice(_with_token(rig, rate=1)),
    "408": lambda rig: rig.send("POST", PATH, never(), **good_headers(PATH)),
    "3004": lambda rig: rig.post(content=b"[]"),
}
ERRORS = _table("HTTP").rows


@pytest.mark.parametrize("row", [row for row in ERRORS if row[1].text in PROVOKED], ids=lambda row: row[1].text)
def test_error__provoked__has_the_status_of_the_table(tmp_path: Path, row: tuple[Cell, ...]) -> None:
    with Rig(tmp_path, limits=Limits(body_deadline=0.05)) as rig:
        response = PROVOKED[row[1].text](rig)

    assert_error(response, int(row[0].text), int(row[1].text))


@pytest.mark.parametrize(("store", "code"), [(AbsentStore, "1005"), (BrokenStore, "9999")])
def test_error__of_the_store__has_the_status_of_the_table(tmp_path: Path, store: type[BrokenStore], code: str) -> None:
    with Rig(tmp_path, store=store(tmp_path / "events.sqlite3")) as rig:
        response = rig.post()

    assert_error(response, int(_status(code)), int(code))


def _status(code: str) -> str:
    return next(row[0].text for row in ERRORS if row[1].text == code)


@pytest.mark.parametrize("code", ["2003", "1005"])
def test_error__that_passes__says_when_to_try_again(tmp_path: Path, code: str) -> None:
    store = AbsentStore(tmp_path / "events.sqlite3") if code == "1005" else None
    with Rig(tmp_path, store=store) as rig:
        _with_token(rig, rate=1).post()
        response = rig.post()

    assert int(response.headers["retry-after"]) >= 1


def test_errors__those_of_the_table__are_those_of_the_code() -> None:
    told = {(int(row[0].text), int(row[1].text)) for row in ERRORS}

    assert told == {(each.status, each.code) for each in _refusals()}
    assert {code for _, code in told} == {*map(int, PROVOKED), 1005, 9999}


def test_errors__before_a_request__are_those_of_the_second_table() -> None:
    """They are provoked in tests/personalization/test_turned_away.py."""
    rows = [table for table in tables(PAGE) if table.header[0] == "HTTP"][1].rows

    assert [(row[0].text, row[1].text) for row in rows] == [(str(code), str(code)) for code in (400, 431, 408)]


def _refusals() -> list[Refusal]:
    return [
        *(make() for name, make in vars(refusals).items() if name in _PLAIN),
        refusals.wrong_path_for_token(public=True),
        refusals.too_many(1),
        refusals.bad_body("It is not right."),
    ]


_PLAIN = {
    *("not_found", "wrong_method", "wrong_content_type", "too_large", "unauthorized", "no_token", "malformed_token"),
    *("other_account", "unknown_token", "wrong_address", "wrong_origin", "too_slow", "unavailable", "broken"),
    *("no_connection",),
}


def test_refusals__all_that_there_are__were_looked_at() -> None:
    makers = {name for name, each in vars(refusals).items() if getattr(each, "__module__", "") == refusals.__name__}

    assert makers - _PLAIN == {"Refusal", "_retry_after", "wrong_path_for_token", "too_many", "bad_body"}


def test_limits__those_of_the_table__are_those_of_the_code() -> None:
    told = {row[0].text: int(re.sub(r"\D", "", row[1].text)) for row in _table("what").rows}

    assert told == {
        "a body": refusals.MAX_BODY,
        "nesting of a body": MAX_NESTING,
        "time for a body to arrive": settings.BODY_DEADLINE,
        "events that wait to be stored, in one process": settings.COMMIT_QUEUE_LIMIT,
        "characters of their bodies, in one process": MAX_QUEUED_CHARACTERS,
        "connections to one process": settings.MAX_CONNECTIONS,
        "key values of a profile": MAX_KEY_VALUES,
    }
    assert str(MAX_TIME) in PAGE.read_text()
