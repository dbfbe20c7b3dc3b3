"""Take README's picture of the console, from the running product with its demo customer.

Usage: .venv/bin/python scripts/take_picture.py [docs/images/console.png]
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
MOST_BYTES = 200 * 1024
START_SECONDS = 60
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--hide-scrollbars"]


def main() -> None:
    """Start the product in a directory of its own, take the picture, stop it."""
    picture = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "images" / "console.png"
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if chromium is None:
        sys.exit("No Chromium on this machine.")
    with (
        tempfile.TemporaryDirectory() as directory,
        _product(Path(directory)) as (url, login, password),
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 860}, color_scheme="light")
        _open_draft_with_a_slip(page, url, login, password)
        picture.parent.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=picture)
        browser.close()
    size = picture.stat().st_size
    if size > MOST_BYTES:
        sys.exit(f"{picture} has {size} bytes; at most {MOST_BYTES} are wanted.")
    print(f"{picture}: {size} bytes")


def _open_draft_with_a_slip(page: Page, url: str, login: str, password: str) -> None:
    page.goto(f"{url}/admin/")
    page.get_by_label("Username").fill(login)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Log in").click()
    page.locator("td a").first.click()
    page.get_by_role("link", name="Edit the draft").click()
    page.wait_for_selector("html[data-editor]")
    text = page.locator("#text").input_value()
    page.get_by_role("textbox", name="Configuration").fill(
        text.replace("PROFILE.preferences.length", "PROFILE.preference.length")
    )
    page.locator("[data-line]").first.click()
    page.evaluate("scrollTo(0, 0)")
    page.wait_for_load_state("networkidle")


@contextmanager
def _product(directory: Path) -> Iterator[tuple[str, str, str]]:
    port = _free_port()
    environment = {"PATH": os.environ["PATH"], "DEBUG": "true", "PORT": str(port), "DATA_DIR": str(directory)}
    manage = [sys.executable, str(ROOT / "manage.py")]
    subprocess.run([*manage, "migrate", "--verbosity", "0"], env=environment, check=True)
    told = subprocess.run([*manage, "demo"], env=environment, check=True, capture_output=True, text=True).stdout
    server = subprocess.Popen([*manage, "serve"], env=environment, stderr=subprocess.DEVNULL)
    try:
        url = f"http://127.0.0.1:{port}"
        _wait_for(f"{url}/admin/login/")
        yield url, _told(told, "Login"), _told(told, "Password")
    finally:
        server.terminate()
        server.wait(timeout=30)


def _told(text: str, what: str) -> str:
    found = re.search(rf"^{what} +(\S+)", text, re.MULTILINE)
    if found is None:
        sys.exit(f"The demo did not print its {what.lower()}.")
    return found[1]


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def _wait_for(url: str) -> None:
    until = monotonic() + START_SECONDS
    while monotonic() < until:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except (urllib.error.URLError, TimeoutError):
            sleep(0.2)
    sys.exit(f"{url} did not answer within {START_SECONDS} s.")


if __name__ == "__main__":
    main()
