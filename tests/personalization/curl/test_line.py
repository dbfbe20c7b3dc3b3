"""A pasted curl line says what the real curl would send."""

from __future__ import annotations

import shutil
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Queue

import pytest
from hypothesis import given
from hypothesis import strategies as st

from personalization.curl import CannotRead, PastedCall, read_curl_line

CURL, BASH = shutil.which("curl"), shutil.which("bash")
TOKEN, KEY = "1/8/e65d8a9df2094f02b84cd660efff6f27", "TD1 1/0123456789abcdef0123456789abcdef01234567"
DOCUMENTED = (
    "curl -i --header 'Content-Type: application/vnd.treasuredata.v1+json' \\\n"
    f"  --header 'WP13n-Token: {TOKEN}' \\\n"
    f"  --header 'Authorization: {KEY}' \\\n"
    "  -X POST \\\n"
    '  -d \'{"td_client_id":"202", "some_key":"some other data"}\' \\\n'
    "  --location HOST/your_database/pageviews"
)
Received = tuple[str, str, list[tuple[str, str]], bytes]


class _Recorder(BaseHTTPRequestHandler):
    received: Queue[Received]

    def _record(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        headers = [(name.lower(), value.strip()) for name, value in self.headers.items()]
        self.received.put((self.command, self.path, headers, self.rfile.read(length)))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def __getattr__(self, name: str) -> object:
        if name.startswith("do_"):
            return self._record
        raise AttributeError(name)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def recorder() -> Iterator[tuple[str, Queue[Received]]]:
    """The address of a server that keeps what it receives."""
    _Recorder.received = Queue()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Recorder)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"127.0.0.1:{server.server_port}", _Recorder.received
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.skipif(not (CURL and BASH), reason="no curl and bash on this machine; install them to compare with them")
@pytest.mark.parametrize(
    "line",
    [
        DOCUMENTED,
        "curl HOST/shop/pages",
        "curl http://HOST/shop/pages?a=1 -d '{}'",
        "curl -sS -XPOST -H'Content-Type: application/json' -d'{\"a\": 1}' http://HOST/a/b",
        'curl --json \'{"a": "é"}\' http://HOST/a/b',
        "curl -d a -d b --data-raw @c http://HOST/a/b",
        'curl --data-binary $\'{"a": "it\\\'s"}\' --url http://HOST/a/b',
        "curl -X PUT http://HOST/a/b",
        "curl -I http://HOST/a/b",
        "curl -G -d a=b http://HOST/a/b",
        "curl -H 'Accept:' -H 'X-Empty;' -H 'x-twice: 1' -H 'X-Twice: 2' http://HOST/a/b -d 1",
        "curl -H 'Content-Type:' -d '{}' http://HOST/a/b",
        "curl -A me -e https://shop.example.com/ -b 'a=b' http://HOST/a/b",
        "curl http://HOST",
        "curl -k --compressed -m 5 -o /dev/null -w '%{http_code}' 'http://HOST/public/a/b' --data '{\n}' | cat",
    ],
)
def test_line__read__is_what_curl_sends(line: str, recorder: tuple[str, Queue[Received]]) -> None:
    address, received = recorder
    line = line.replace("HOST", address)
    subprocess.run([BASH or "", "-c", line], capture_output=True, check=True)
    method, path, headers, body = received.get(timeout=30)
    call = read_curl_line(line)
    bare = path.partition("?")[0]
    assert (call.method, call.host, call.path, call.body) == (method, address, bare, body)
    ours = [(name, value) for name, value in call.headers if name != "user-agent" or value != "curl"]
    theirs = [pair for pair in headers if pair[0] != "accept-encoding" and not pair[1].startswith("curl/")]
    assert sorted(ours) == sorted(theirs)


def _read(*options: str) -> PastedCall:
    return read_curl_line(" ".join(("curl", *options, "http://h/a/b")))


def test_line__with_user_and_password__sends_no_key_of_ours() -> None:
    assert ("authorization", "Basic me:secret") in _read("-u me:secret").headers


def test_line__copied_from_a_prompt__is_read() -> None:
    assert read_curl_line("$ curl http://h/a/b").path == "/a/b"
    assert read_curl_line("PS C:\\> curl.exe http://h/a/b").path == "/a/b"
    assert read_curl_line("/usr/bin/curl http://h/a/b").path == "/a/b"


def test_line__with_an_equals_sign_behind_an_option__is_read() -> None:
    assert ("wp13n-token", TOKEN) in _read(f"'--header=WP13n-Token: {TOKEN}'").headers


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("", "begin with curl"),
        ("wget http://h/a/b", "begin with curl"),
        ("curl", "no address"),
        ("curl -H", "after -H something is missing"),
        ("curl --data", "after --data something is missing"),
        ("curl -d @event.json http://h/a/b", "from a file"),
        ("curl --data-binary @- http://h/a/b", "from a file"),
        ("curl -H @headers http://h/a/b", "from a file"),
        ("curl -K more http://h/a/b", "from a file"),
        ("curl -F a=b http://h/a/b", "sends a form"),
        ("curl --data-urlencode a=b http://h/a/b", "sends a form"),
        ("curl -T event.json http://h/a/b", "uploads a file"),
        ("curl http://h/a/b --next http://h/c/d", "more than one call"),
        ("curl http://h/a/b http://h/c/d", "two addresses"),
        ("curl --frobnicate http://h/a/b", "--frobnicate is not known"),
        ("curl -Z http://h/a/b", "-Z is not known"),
        ("curl -H nonsense http://h/a/b", "Name: value"),
        ("curl http://[h/a/b", "the address is not one"),
        ("curl " + "a" * 2_000_001, "too long"),
    ],
)
def test_line__that_cannot_be_read__is_refused_in_words(line: str, says: str) -> None:
    with pytest.raises(CannotRead) as refused:
        read_curl_line(line)
    assert says in str(refused.value)


@given(st.sampled_from([TOKEN, KEY]), st.text(max_size=10), st.text(max_size=10))
def test_line__with_secrets_in_it__never_quotes_them(secret: str, before: str, after: str) -> None:
    line = f"curl {before} '{secret}' -H {secret!r} {after} --{secret} 'X"
    try:
        shown = repr(read_curl_line(line))
    except CannotRead as problem:
        shown = str(problem)
    assert secret[-20:] not in shown
    assert secret[4:20] not in shown
