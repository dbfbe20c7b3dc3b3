"""The pages that others look at one by one are all there are, and each has something to show."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from routing.models import Instance
from tests.console.all_pages import ELSEWHERE, NO_PAGES, console_paths, filled
from tests.console.pages import Visitor
from tests.security.test_role_matrix import console_pages


@pytest.fixture
def customer(db: None, settings: Settings, tmp_path: Path) -> Instance:
    return filled(settings, tmp_path)


def _is_page(visitor: Visitor, path: str) -> bool:
    answer = visitor.client.get(path)
    return answer.status_code == 200 and b"<html" in answer.content


def test_console_paths__each_answers_a_page(staff: Visitor, customer: Instance) -> None:
    paths = list(console_paths(customer))
    assert len(paths) > 90
    assert [path for path in paths if path not in ELSEWHERE and not _is_page(staff, path)] == []


def test_what_is_left_out__has_no_page(staff: Visitor, customer: Instance) -> None:
    known = console_pages()
    assert set(known) >= NO_PAGES
    plain = [known[name] for name in NO_PAGES - {"logout"} if "<" not in known[name]]
    assert [path for path in plain if _is_page(staff, path)] == []


@pytest.mark.parametrize(
    ("route", "says"),
    [
        ("events/one/", "Later events have changed this person's profile"),
        ("recordings/", "by td_client_id"),
        ("events/rejected/", "This token is not known."),
        ("approval/", "waits for approval"),
        ("why/", "requests in 24 hours"),
    ],
)
def test_pages__have_rows_to_show(staff: Visitor, customer: Instance, route: str, says: str) -> None:
    paths = [path for path in console_paths(customer) if f"/{route}" in path]
    assert says in " ".join(staff.get(*path.split("?")[:1], **_query(path)).text for path in paths)


def _query(path: str) -> dict[str, str]:
    return dict(pair.split("=") for pair in path.partition("?")[2].split("&") if pair)
