"""Refusing servers that could lose what was acknowledged."""

from __future__ import annotations

from collections.abc import Iterable

from personalization.stores.base import StoreRefused
from personalization.stores.redis_connection import Away, RedisServer, Refused
from personalization.stores.redis_url import RedisUrl

_WANTED = {"appendonly": "yes", "appendfsync": "always"}
_OLDEST = (6, 2)


def refuse_unsafe(url: RedisUrl, servers: Iterable[RedisServer]) -> None:
    """Check each server that answers. Raises StoreRefused, whose text says why, and Away when none does."""
    found = list(servers)
    away = [problem for problem in (_refuse(url, server) for server in found) if problem is not None]
    if found and len(away) == len(found):
        raise away[0]


def _refuse(url: RedisUrl, server: RedisServer) -> Away | None:
    try:
        _refuse_other_kind(url, server)
        if url.durability == "checked":
            _refuse_unsynced(server)
    except Away as problem:
        return problem
    return None


def _refuse_other_kind(url: RedisUrl, server: RedisServer) -> None:
    info = server.ask("INFO", "server").decode() + server.ask("INFO", "cluster").decode()
    facts = dict(line.split(":", 1) for line in info.splitlines() if ":" in line)
    version = facts.get("redis_version", "0.0")
    if tuple(int(part) for part in version.split(".")[:2]) < _OLDEST:
        raise StoreRefused(f"the event store needs Redis 6.2 or later, or Valkey; {server.name} is {version}")
    is_cluster = facts.get("cluster_enabled") == "1"
    if is_cluster != url.is_cluster:
        wanted = "redis+cluster://" if is_cluster else "redis://"
        raise StoreRefused(f"{server.name} is {'part of a' if is_cluster else 'no'} cluster: name it as {wanted}")


def _refuse_unsynced(server: RedisServer) -> None:
    try:
        settings = {name: _setting(server, name) for name in (*_WANTED, "maxmemory", "maxmemory-policy")}
    except Refused as error:
        raise StoreRefused(
            f"{server.name} does not tell whether it syncs what it acknowledges ({error}): add ?durability=managed to "
            "EVENT_STORE if the service promises that"
        ) from error
    wrong = [name for name, value in _WANTED.items() if settings[name] != value]
    if wrong:
        told = " and ".join(f"{name} {settings[name]}" for name in wrong)
        raise StoreRefused(
            f"events would not survive a crash: {server.name} has {told}; set appendonly yes and appendfsync always"
        )
    if settings["maxmemory"] != "0" and settings["maxmemory-policy"] != "noeviction":
        raise StoreRefused(
            f"{server.name} would throw profiles away when its memory is full: set maxmemory-policy noeviction"
        )


def _setting(server: RedisServer, name: str) -> str:
    found = server.ask("CONFIG", "GET", name)
    return found[1].decode() if len(found) == 2 else ""
