"""Where a Redis store is, as EVENT_STORE says it.

`redis://user:password@host:6379/0` is one server, `redis+cluster://host:7000,host:7001` some nodes of a cluster;
`rediss` instead of `redis` is the same over TLS. Options follow a question mark:

prefix       what the names of all keys begin with, `p13n` unless told: several stores can share a server
durability   `checked` (unless told): the server must sync every write, which is checked; `managed`: the service
             promises that itself and hides its settings (MemoryDB); `relaxed`: a crash may lose what was acknowledged
ssl_ca_certs, ssl_certfile, ssl_keyfile    files for TLS
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import parse_qsl, unquote, urlsplit

DURABILITIES = ("checked", "managed", "relaxed")
_SCHEME = re.compile(r"(redis|rediss)(\+cluster)?://")
_HOST = re.compile(r"(?P<host>[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::(?P<port>[0-9]{1,5}))?")
_PREFIX = re.compile(r"[A-Za-z0-9._-]{1,64}")
_DATABASE = re.compile(r"/?[0-9]{0,5}")
_FILES = ("ssl_ca_certs", "ssl_certfile", "ssl_keyfile")
_PORT = 6379

Address = tuple[str, int]  # host, port
Durability = Literal["checked", "managed", "relaxed"]


@dataclass(frozen=True, slots=True)
class RedisUrl:
    """A store on Redis; `connecting` are arguments of every connection, the password among them."""

    hosts: tuple[Address, ...]
    is_cluster: bool
    is_tls: bool
    prefix: str
    durability: Durability
    connecting: dict[str, Any] = field(repr=False)


def is_redis(url: str) -> bool:
    """Whether the URL means Redis, well written or not."""
    return _SCHEME.match(url) is not None


def redis_url(text: str) -> RedisUrl | None:
    """What a URL says, None when it is not well written."""
    scheme = _SCHEME.match(text)
    if scheme is None or re.search(r"[\s#]", text):
        return None
    parts = urlsplit(text)
    login, _, hosts = parts.netloc.rpartition("@")
    found = [_HOST.fullmatch(host) for host in hosts.split(",")]
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    cluster = scheme[2] is not None
    database = parts.path.strip("/")
    addresses = tuple((match["host"].strip("[]"), int(match["port"] or _PORT)) for match in found if match)
    good = (
        len(addresses) == len(found) == (len(found) if cluster else 1)
        and all(0 < port < 65536 for _, port in addresses)
        and _DATABASE.fullmatch(parts.path) is not None
        and not (cluster and database)
        and _are_good(options, tls=scheme[1] == "rediss")
    )
    if not good:
        return None
    user, _, password = login.partition(":")
    connecting: dict[str, Any] = {name: options[name] for name in _FILES if name in options}
    connecting |= {"db": int(database or 0), "username": unquote(user) or None, "password": unquote(password) or None}
    durability: Any = options.get("durability", "checked")
    prefix = options.get("prefix", "p13n")
    return RedisUrl(addresses, cluster, scheme[1] == "rediss", prefix, durability, connecting)


def _are_good(options: dict[str, str], *, tls: bool) -> bool:
    known = {"prefix", "durability", *(_FILES if tls else ())}
    return (
        options.keys() <= known
        and options.get("durability", "checked") in DURABILITIES
        and _PREFIX.fullmatch(options.get("prefix", "p13n")) is not None
        and all(options.values())
    )
