"""What a pasted `curl` line would send: method, address, headers and body, as curl itself puts them together."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit

from personalization.curl.words import CannotRead, words_of

Header = tuple[str, str]

MAX_LINE = 2_000_000  # characters
_FORM = "application/x-www-form-urlencoded"
_PROGRAM = re.compile(r"(?:.*[/\\])?curl(?:\.exe)?", re.IGNORECASE)
_OPTION = re.compile(r"[a-z][a-z-]{0,30}", re.ASCII)  # nothing that could be a secret
_PROMPT = re.compile(r"\s*(?:[$%>]\s+|PS [^>]*>\s*)")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE | re.ASCII)

# What says nothing about the request itself.
_FLAGS = frozenset((
    "include", "silent", "show-error", "verbose", "insecure", "location", "location-trusted", "compressed",
    "globoff", "fail", "fail-with-body", "ipv4", "ipv6", "no-buffer", "progress-bar", "http1.0", "http1.1", "http2",
    "http2-prior-knowledge", "http3", "no-keepalive", "tlsv1", "tlsv1.2", "tlsv1.3", "path-as-is", "tcp-nodelay",
    "no-progress-meter", "post301", "post302", "post303", "raw", "remote-name", "styled-output",
))  # fmt: skip
_SETTINGS = frozenset((
    "output", "max-time", "connect-timeout", "retry", "retry-delay", "retry-max-time", "resolve", "connect-to",
    "proxy", "cacert", "capath", "cert", "key", "write-out", "interface", "limit-rate", "dump-header", "trace",
    "trace-ascii", "stderr", "max-redirs", "ciphers", "cookie-jar",
))  # fmt: skip
_SHORT = {
    "H": "header", "d": "data", "X": "request", "u": "user", "A": "user-agent", "e": "referer", "b": "cookie",
    "F": "form", "T": "upload-file", "K": "config", "o": "output", "m": "max-time", "x": "proxy", "E": "cert",
    "w": "write-out", "D": "dump-header", "c": "cookie-jar", "G": "get", "I": "head", "i": "include", "s": "silent",
    "S": "show-error", "v": "verbose", "k": "insecure", "L": "location", "g": "globoff", "f": "fail", "4": "ipv4",
    "6": "ipv6", "N": "no-buffer", "#": "progress-bar", "0": "http1.0", "1": "tlsv1", "O": "remote-name",
}  # fmt: skip
_REFUSED = {
    "form": "it sends a form (-F), and an event is one JSON object: give it with --data",
    "upload-file": "it uploads a file (-T): give the event with --data",
    "config": "it reads more options from a file (-K): paste those too",
    "data-urlencode": "it sends a form (--data-urlencode), and an event is one JSON object: give it with --data",
    "next": "it makes more than one call (--next): paste one at a time",
}


@dataclass(frozen=True, slots=True)
class PastedCall:
    """A call as it would be sent. `path` is as it stands in the address, without the query; `body` is UTF-8.

    `headers` are in their order, with those that curl adds by itself; they hold secrets.
    """

    method: str
    host: str = field(repr=False)
    path: str = field(repr=False)
    headers: tuple[Header, ...] = field(repr=False)
    body: bytes = field(repr=False)


def read_curl_line(text: str) -> PastedCall:
    """The call that a pasted line would make. Raises CannotRead with what is wrong and what to do."""
    if len(text) > MAX_LINE:
        raise CannotRead("the line is too long: an event has at most a million bytes")
    words = words_of(_PROMPT.sub("", text, count=1) if _PROMPT.match(text) else text)
    if not words or not _PROGRAM.fullmatch(words[0]):
        raise CannotRead("the line has to begin with curl")
    options = _Options()
    for name, value in _options(iter(words[1:])):
        options.take(name, value)
    return options.call()


def _options(words: Iterator[str]) -> Iterator[tuple[str, str]]:
    """Each option by its long name with its value, `url` for what is none."""
    for word in words:
        if word.startswith("--"):
            yield _long(word, words)
        elif word.startswith("-") and word != "-":
            yield from _short(word, words)
        else:
            yield "url", word


def _long(word: str, words: Iterator[str]) -> tuple[str, str]:
    name, equals, value = word[2:].partition("=")
    if name in _FLAGS or name in _SIMPLE:
        return name, ""
    if name in _REFUSED:
        raise CannotRead(_REFUSED[name])
    if name not in _TAKERS and name not in _SETTINGS:
        shown = f" --{name}" if _OPTION.fullmatch(name) else ", as it is written,"
        raise CannotRead(f"the option{shown} is not known here: take it out if the call does not need it")
    return name, value if equals else _next(words, f"--{name}")


def _short(word: str, words: Iterator[str]) -> Iterator[tuple[str, str]]:
    letters = word[1:]
    while letters:
        name = _SHORT.get(letters[0], "")
        if not name:
            raise CannotRead(f"the option -{letters[0]} is not known here: take it out if the call does not need it")
        if name in _REFUSED:
            raise CannotRead(_REFUSED[name])
        if name not in _FLAGS and name not in _SIMPLE:
            yield name, letters[1:] or _next(words, f"-{letters[0]}")
            return
        yield name, ""
        letters = letters[1:]


def _next(words: Iterator[str], option: str) -> str:
    value = next(words, None)
    if value is None:
        raise CannotRead(f"after {option} something is missing: the line is not whole")
    return value


class _Options:
    """What the options said so far."""

    def __init__(self) -> None:
        self.method = ""
        self.url = ""
        self.headers: list[Header] = []
        self.dropped: set[str] = set()  # headers that curl is told not to send
        self.data: list[str] | None = None
        self.content_type = _FORM
        self.own: dict[str, str] = {"accept": "*/*", "user-agent": "curl"}
        self.in_query = False

    def take(self, name: str, value: str) -> None:
        """One option."""
        taker = _TAKERS.get(name) or _SIMPLE.get(name)
        if taker is not None:
            taker(self, value)

    def call(self) -> PastedCall:
        """What they come to. Raises CannotRead."""
        if not self.url:
            raise CannotRead("the line names no address to send the event to")
        address = _address(self.url)
        body = "" if self.data is None or self.in_query else "&".join(self.data)
        posts = self.data is not None and not self.in_query
        encoded = body.encode("utf-8", "surrogatepass")
        host = address.netloc.rpartition("@")[2]
        headers = tuple(self._all_headers(host, posts, len(encoded)))
        return PastedCall(self.method or ("POST" if posts else "GET"), host, address.path or "/", headers, encoded)

    def _all_headers(self, host: str, posts: bool, length: int) -> Iterator[Header]:
        own = {"host": host, **self.own}
        if posts:
            own |= {"content-type": self.content_type, "content-length": str(length)}
        given = {name for name, _ in self.headers}
        yield from ((name, value) for name, value in own.items() if name not in given and name not in self.dropped)
        yield from self.headers

    def add_header(self, value: str) -> None:
        """`Name: value` is sent; `Name:` takes curl's own away, `Name;` is sent empty."""
        if value.startswith("@"):
            raise CannotRead("it reads its headers from a file (@…): paste them into the line")
        name, colon, rest = value.partition(":")
        lowered = name.strip().lower()
        if colon and rest.strip():
            self.headers.append((lowered, rest.strip()))
        elif colon:
            self.dropped.add(lowered)
        elif value.endswith(";"):
            self.headers.append((value[:-1].strip().lower(), ""))
        else:
            raise CannotRead("a header has to be written as “Name: value”")

    def add_data(self, value: str) -> None:
        """A part of the body; curl joins several with `&`."""
        if value.startswith("@"):
            raise CannotRead("it reads the event from a file (@…): paste the file's text in its place")
        self.add_raw_data(value)

    def add_raw_data(self, value: str) -> None:
        """The same where `@` means nothing."""
        self.data = [*(self.data or ()), value]

    def add_json(self, value: str) -> None:
        """`--json`."""
        self.add_data(value)
        self.content_type = self.own["accept"] = "application/json"

    def set_url(self, value: str) -> None:
        """The one address."""
        if self.url:
            raise CannotRead("the line names two addresses: is something in it not in quotes?")
        self.url = value

    def set_method(self, value: str) -> None:
        """`--request`; curl sends it as it is written."""
        self.method = value

    def set_query(self, _: str) -> None:
        """`--get`: the data is part of the address."""
        self.in_query = True

    def set_head(self, _: str) -> None:
        """`--head`."""
        self.method = self.method or "HEAD"


def _address(url: str) -> SplitResult:
    try:
        return urlsplit(url if _SCHEME.match(url) else f"http://{url}")
    except ValueError:
        raise CannotRead("the address is not one: https://host/database/table is expected") from None


def _as_header(name: str, prefix: str = "") -> Callable[[_Options, str], None]:
    return lambda options, value: options.headers.append((name, prefix + value))


_TAKERS: dict[str, Callable[[_Options, str], None]] = {
    "header": _Options.add_header,
    "data": _Options.add_data,
    "data-ascii": _Options.add_data,
    "data-binary": _Options.add_data,
    "data-raw": _Options.add_raw_data,
    "json": _Options.add_json,
    "request": _Options.set_method,
    "url": _Options.set_url,
    "user-agent": _as_header("user-agent"),
    "referer": _as_header("referer"),
    "cookie": _as_header("cookie"),
    "user": _as_header("authorization", "Basic "),
    "oauth2-bearer": _as_header("authorization", "Bearer "),
}
_SIMPLE: dict[str, Callable[[_Options, str], None]] = {"get": _Options.set_query, "head": _Options.set_head}
