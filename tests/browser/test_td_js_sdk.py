"""Real clients, unmodified: td-js-sdk in a page on another origin, over HTTPS, and curl."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import trustme
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.sdk import sdk
from tests.console.browsing import CHROMIUM, FLAGS
from tests.personalization.server_process import ROOT, Home, ServerProcess
from tokens.snippets import SDK_URL, Target, page_script

ENDPOINT, SHOP, STRANGER = "p13n.example.com", "shop.example.com", "stranger.example.org"
PAGE = b'<!doctype html><meta charset="utf-8"><title>Shop</title><script src="/td.min.js"></script><h1>Shop</h1>'
CALL = """
([config, data, signed]) => new Promise((resolve) => {
  const td = new Treasure({ host: config.endpoint, database: config.database, writeKey: config.key });
  if (signed) td.setSignedMode(); else td.setAnonymousMode();
  td.fetchPersonalization(config, data, (got) => resolve({ got }), (error) => resolve({ failed: String(error) }));
})
"""


@dataclass(frozen=True)
class Headers:
    """Header values of the shop, whole."""

    server_token: str
    server_key: str
    page_token: str
    page_key: str


class _Pages(BaseHTTPRequestHandler):
    """The shop's web server."""

    def do_GET(self) -> None:
        is_script = self.path == "/td.min.js"
        body = sdk() if is_script else PAGE
        self.send_response(200)
        self.send_header("Content-Type", "text/javascript" if is_script else "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: tests read no log of it."""


@dataclass
class Shop:
    """A running endpoint and web server, each over HTTPS."""

    endpoint: ServerProcess
    pages_port: int
    headers: Headers
    ca: Path

    def config(self, **changes: str) -> dict[str, str]:
        """What the page tells the library."""
        return {
            "endpoint": f"{ENDPOINT}:{self.endpoint.port}",
            "database": "your_database",
            "table": "pageviews",
            "token": self.headers.page_token,
            "key": self.headers.page_key.removeprefix("TD1 "),
        } | changes

    def bodies(self) -> list[dict[str, Any]]:
        """The events that are stored."""
        with closing(sqlite3.connect(self.endpoint.home.store)) as db:
            return [json.loads(body) for (body,) in db.execute("SELECT body FROM events ORDER BY id")]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, for which every name is this machine."""
    if CHROMIUM is None and not os.environ.get("CI"):
        pytest.skip("no Chromium on this machine: apt-get install chromium")
    sdk()
    with sync_playwright() as playwright:
        flags = [*FLAGS, "--host-resolver-rules=MAP * 127.0.0.1"]
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        yield started
        started.close()


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    directory = tmp_path_factory.mktemp("shop")
    authority = trustme.CA()
    certificate = authority.issue_cert("localhost", ENDPOINT, SHOP, STRANGER)
    pem, ca = directory / "server.pem", directory / "ca.pem"
    certificate.private_key_and_cert_chain_pem.write_to_path(pem)
    authority.cert_pem.write_to_path(ca)
    pages = ThreadingHTTPServer(("127.0.0.1", 0), _Pages)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    pages.socket = context.wrap_socket(pages.socket, server_side=True)
    threading.Thread(target=pages.serve_forever, daemon=True).start()
    headers = _seeded(directory, f"https://{SHOP}:{pages.server_port}")
    home = Home(directory, headers.server_token, headers.server_key)
    options = ("--ssl-certfile", str(pem), "--http", "personalization.connections:BoundedHttp")
    with ServerProcess(home, options=options, tls=ssl.create_default_context(cafile=ca)) as endpoint:
        yield Shop(endpoint, pages.server_port, headers, ca)
    pages.shutdown()
    pages.server_close()


def _seeded(directory: Path, origin: str) -> Headers:
    return Headers(*_printed_by("seed", Home(directory), origin).splitlines())


def _printed_by(program: str, home: Home, *words: str) -> str:
    """What a program of this folder says of the shop's database."""
    return subprocess.run(
        [sys.executable, "-m", f"tests.browser.{program}", *words],
        cwd=ROOT,
        env=home.environment(),
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        timeout=120,
    ).stdout


@pytest.fixture
def page(browser: Browser, shop: Shop) -> Iterator[Page]:
    yield from _a_page_of(browser, shop, SHOP)


@pytest.fixture
def strange_page(browser: Browser, shop: Shop) -> Iterator[Page]:
    yield from _a_page_of(browser, shop, STRANGER)


def _a_page_of(browser: Browser, shop: Shop, host: str) -> Iterator[Page]:
    context = browser.new_context(ignore_https_errors=True)
    opened = context.new_page()
    opened.goto(f"https://{host}:{shop.pages_port}/")
    yield opened
    context.close()


def fetch(page: Page, config: dict[str, str], data: dict[str, Any], *, signed: bool = True) -> Any:
    """What the library hands to the page: `got`, or `failed`."""
    return page.evaluate(CALL, [config, data, signed])


pytestmark = pytest.mark.browser


def test_sdk__from_the_shops_page__gets_its_offers(page: Page, shop: Shop) -> None:
    event = {"td_client_id": "202", "some_key": "dogs"}
    known = {"td_client_id": "202", "preferences": "dogs"}
    for count in (1, 2):
        assert fetch(page, shop.config(), event) == {
            "got": {"offers": {"preferences_known": {"attributes": known}, "visits": {"attributes": {"count": count}}}}
        }
    assert shop.bodies()[-2:] == [event, event]


def test_sdk__nothing_to_send__is_an_event_of_nobody(page: Page, shop: Shop) -> None:
    assert fetch(page, shop.config(), {}) == {"got": {"offers": {}}}


def test_sdk__anonymous_mode__leaves_the_client_id_out(page: Page, shop: Shop) -> None:
    event = {"td_client_id": "303", "visitor": "v-303"}
    answer = fetch(page, shop.config(), event, signed=False)
    assert answer == {"got": {"offers": {"visits": {"attributes": {"count": 1}}}}}
    assert shop.bodies()[-1] == {"visitor": "v-303"}


def test_sdk__sensitive_values__are_absent(page: Page, shop: Shop) -> None:
    answer = fetch(page, shop.config(), {"td_client_id": "404", "income": 98765, "email": "anna@example.com"})
    assert answer == {"got": {"offers": {"visits": {"attributes": {"count": 1}}}}}
    private = shop.endpoint.post({"td_client_id": "404", "income": 98765}).json()
    assert private["offers"]["bracket"] == {"attributes": {"income": 98765}}


def test_sdk__from_another_origin__is_refused_and_stores_nothing(strange_page: Page, shop: Shop) -> None:
    before = shop.bodies()
    answer = fetch(strange_page, shop.config(), {"td_client_id": "202"})
    assert answer == {"failed": "TypeError: Failed to fetch"}
    assert shop.bodies() == before


def test_sdk__from_another_origin__shows_in_the_console_with_its_mend(
    page: Page, strange_page: Page, shop: Shop
) -> None:
    with ServerProcess(shop.endpoint.home, options=shop.endpoint.options, tls=shop.endpoint.tls) as endpoint:
        config = shop.config(endpoint=f"{ENDPOINT}:{endpoint.port}")
        assert fetch(strange_page, config, {"td_client_id": "202"}) == {"failed": "TypeError: Failed to fetch"}
        endpoint.stop()  # it writes what it noted
    origin = f"https://{STRANGER}:{shop.pages_port}"
    page.set_content(_printed_by("why", shop.endpoint.home))
    told = page.get_by_role("listitem").filter(has_text=f"pages of {origin} may send events to")
    assert "add this origin to the token “page”" in told.inner_text()
    assert f"/rules/?origin={origin}" in str(told.get_by_role("link").get_attribute("href"))


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"token": f"1/8/{'0' * 32}"}, 3001), ({"key": f"1/{'0' * 40}"}, 401)],
)
def test_page__a_bad_call__can_read_the_error(page: Page, shop: Shop, changes: dict[str, str], code: int) -> None:
    config = shop.config(**changes)
    assert fetch(page, config, {})["failed"].startswith("Error:")
    error = page.evaluate(
        """async ([config]) => {
          const headers = {
            "Content-Type": "application/json", "WP13n-Token": config.token, Authorization: "TD1 " + config.key,
          };
          const url = `https://${config.endpoint}/public/${config.database}/${config.table}`;
          const answer = await fetch(url, { method: "POST", credentials: "include", headers, body: "{}" });
          return [(await answer.json()).code, answer.headers.get("x-request-id").length];
        }""",
        [config],
    )
    assert error == [code, 32]


def test_page_script__of_the_console_and_the_documentation__prints_the_offers(page: Page, shop: Shop) -> None:
    target = Target(f"https://{ENDPOINT}:{shop.endpoint.port}", 1, "your_database", "pageviews")
    script = page_script(target, token_header=shop.headers.page_token)
    library, _, lines = script.partition("\n")
    assert library == f'<script src="{SDK_URL}"></script>'
    lines = lines.removeprefix("<script>").removesuffix("</script>")
    lines = lines.replace("1/YOUR_BROWSER_KEY", shop.headers.page_key.removeprefix("TD1 "))
    with page.expect_console_message() as printed:
        page.add_script_tag(content=lines)
    offers = printed.value.args[0].json_value()
    assert offers["preferences_known"]["attributes"]["preferences"] == "dogs"
    assert offers["preferences_known"]["attributes"]["td_client_id"] == shop.bodies()[-1]["td_client_id"]
    written = page_script(
        Target("https://p13n.example.com", 1, "your_database", "pageviews"), token_header="1/8/YOUR_TOKEN"
    )
    assert f"```html\n{written}\n```" in (ROOT / "docs" / "endpoint.md").read_text()


def test_curl__as_it_was_written__gets_the_offer(shop: Shop) -> None:
    curl = shutil.which("curl")
    if curl is None:
        if os.environ.get("CI"):
            pytest.fail("no curl on this machine")
        pytest.skip("no curl on this machine: apt-get install curl")
    words = [
        *(curl, "-i", "--header", "Content-Type: application/vnd.treasuredata.v1+json"),
        *("--header", f"wp13n-token: {shop.headers.server_token}"),
        *("--header", f"Authorization: {shop.headers.server_key}"),
        *("-X", "POST", "-d", '{"td_client_id":"202", "some_key":"some other data"}'),
        *("--location", f"https://{ENDPOINT}:{shop.endpoint.port}/your_database/pageviews"),
    ]
    here = ["--silent", "--cacert", str(shop.ca), "--resolve", f"{ENDPOINT}:{shop.endpoint.port}:127.0.0.1"]
    ran = subprocess.run([*words, *here], check=True, capture_output=True, text=True, timeout=60)
    head, _, body = ran.stdout.partition("\n\n")
    assert head.splitlines()[0] == "HTTP/1.1 200 OK"
    assert json.loads(body)["offers"]["preferences_known"] == {
        "attributes": {"td_client_id": "202", "preferences": "some other data"}
    }
