"""Check a call: the check that fails, what to do, and where; and nothing secret on the page."""

from __future__ import annotations

import logging

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from routing.models import Instance
from tests.api.test_check_call import CALLS, GOOD, IN_PUBLIC, JSON, PATH, PUBLIC, SHOP, Customer
from tests.console.pages import Page, StaffWith, Visitor
from tokens.models import AccessToken, ApiKey


@pytest.fixture
def customer(db: None) -> Customer:
    return Customer()


def checked(visitor: Visitor, instance: Instance, **form: str) -> Page:
    return visitor.post("instance_call", instance.pk, **form)


def test_page__first_opened__offers_names(staff: Visitor, customer: Customer) -> None:
    page = staff.get("instance_call", customer.instance.pk)
    for name in ("server", "site", "ingest", "browsers", PATH, PUBLIC):
        assert f'<option value="{name}">' in page.source
    assert '<option value="old">' not in page.source
    assert "No call checked yet" in page.text


def test_call__that_is_taken__passes_every_check(staff: Visitor, customer: Customer) -> None:
    page = checked(staff, customer.instance, curl=customer.line(*IN_PUBLIC, path=PUBLIC))
    assert "The endpoint takes this call, and answers with offers" in page.text
    assert "failed" not in page.text
    assert "HTTP 200" in page.text
    assert "HTTP 204" in page.text
    assert f"access-control-allow-origin: {SHOP}" in page.text


def test_call__that_brings_no_offers__says_so_in_its_heading(staff: Visitor, customer: Customer) -> None:
    page = checked(staff, customer.instance, curl=customer.line(*GOOD, event="{}"))
    assert "The endpoint takes this call, but answers without offers" in page.text
    assert "put “td_client_id” into it" in page.text


@pytest.mark.parametrize("case", [each for each in CALLS if each[3]], ids=lambda case: case[0])
def test_call__that_is_turned_away__says_what_fails(staff: Visitor, customer: Customer, case: tuple) -> None:  # type: ignore[type-arg]
    _, headers, rest, code, says = case
    page = checked(staff, customer.instance, curl=customer.line(*headers, **rest))
    assert page.status == 200
    assert f"code {code}" in page.text
    assert page.text.count(" failed ") == 1
    assert says in page.text


@pytest.mark.parametrize(
    ("form", "words", "route"),
    [
        ({"path": PUBLIC, "token": "site", "key": "browsers", "origin": "https://x"}, "Change its rules", "rules"),
        ({"path": PATH, "token": "office", "key": "ingest"}, "Change its rules", "rules"),
        ({"path": PATH, "token": "server", "key": "near"}, "Change its rules", "rules"),
        ({"path": PATH, "token": "unlisted", "key": "ingest"}, "Add it to the draft", "draft/?token=unlisted"),
        ({"path": PATH, "token": "old", "key": "ingest"}, "Open the token", "change"),
        ({"path": PATH, "token": "server", "key": "gone"}, "The keys of this account", "apikey/?q=1"),
        ({"path": "/your_database/others", "token": "server", "key": "ingest"}, "Register the table",
         "add/?instance=1/8&table=your_database/others"),
        ({"path": PATH, "token": "server", "key": "ingest"}, "Try the event", "try/"),
    ],
)  # fmt: skip
def test_advice__names_the_page_that_mends_it(
    staff: Visitor, customer: Customer, form: dict[str, str], words: str, route: str
) -> None:
    page = checked(staff, customer.instance, **form)
    assert words in page.text
    link = next(
        link for link in page.links if link.rstrip("/").endswith(route.rstrip("/")) and "instance/?" not in link
    )
    assert staff.get(link.partition("?")[0] + (f"?{link.partition('?')[2]}" if "?" in link else "")).status == 200


def test_advice__page_that_the_reader_may_not_open__has_no_link(staff_with: StaffWith, customer: Customer) -> None:
    visitor = staff_with("tokens.view_accesstoken")
    page = checked(visitor, customer.instance, path=PUBLIC, token="site", key="browsers", origin="https://x.example")
    assert "is not on the list of the token “site”" in page.text
    assert "Change its rules" not in page.text
    assert '<option value="ingest">' not in page.source


def test_page__by_those_who_may_not_see_tokens__403(staff_with: StaffWith, customer: Customer) -> None:
    visitor = staff_with("routing.view_instance", "tokens.view_apikey")
    assert visitor.get("instance_call", customer.instance.pk).status == 403
    assert checked(visitor, customer.instance, path=PATH).status == 403


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ({}, "Paste a line here"),
        ({"curl": "wget x"}, "this line cannot be read: the line has to begin with curl"),
        ({"path": PATH, "token": "nobody"}, "has no token of that name"),
        ({"path": PATH, "key": "nobody"}, "has no API key of that name"),
        ({"path": PATH, "address": "here"}, "an IP address is expected"),
    ],
)
def test_form__that_cannot_be_read__says_so_at_the_field(
    staff: Visitor, customer: Customer, form: dict[str, str], says: str
) -> None:
    page = checked(staff, customer.instance, **form)
    assert page.status == 422
    assert says in page.text


def test_page__with_secrets_in_the_form__neither_shows_nor_logs_nor_stores_them(
    staff: Visitor, customer: Customer, caplog: pytest.LogCaptureFixture
) -> None:
    line = customer.line(*GOOD, "Cookie: session=topsecret")
    token, key = customer.secrets["server"], customer.secrets["ingest"]
    with caplog.at_level(logging.DEBUG):
        pages = [
            checked(staff, customer.instance, curl=line),
            checked(staff, customer.instance, curl=line + " '"),
            checked(staff, customer.instance, path=PATH, token=token, key=key),
            checked(staff, customer.instance, path=PATH, token=token, key="x" + key, address="here"),
        ]
    assert [page.status for page in pages] == [200, 422, 200, 422]
    for secret in (token.rpartition("/")[2], key.rpartition("/")[2], "topsecret"):
        assert not [page for page in pages if secret in page.source]
        assert secret not in caplog.text
    assert "wp13n-token: (not shown)" in pages[0].text
    assert not AccessToken.objects.exclude(last_used_at=None).exists()
    assert not ApiKey.objects.exclude(last_used_at=None).exists()


def test_page__what_the_line_holds__is_escaped(staff: Visitor, customer: Customer) -> None:
    nasty = "<script>alert(1)</script>"
    page = checked(staff, customer.instance, curl=customer.line(JSON, f"Origin: {nasty}", path=f"/{nasty}"))
    assert nasty not in page.source
    assert "&lt;script&gt;" in page.source


def test_page__takes_few_queries(staff: Visitor, customer: Customer) -> None:
    for form in ({}, {"path": PATH, "token": "unlisted", "key": "ingest"}):
        with CaptureQueriesContext(connection) as captured:
            if form:
                checked(staff, customer.instance, **form)
            else:
                staff.get("instance_call", customer.instance.pk)
        assert len(captured.captured_queries) <= 12, "\n".join(query["sql"] for query in captured.captured_queries)
