"""What EVENT_STORE may say of Redis."""

from __future__ import annotations

import pytest

from personalization.stores.locations import UnknownStore, store_at
from personalization.stores.redis import RedisStore
from personalization.stores.redis_url import RedisUrl, redis_url


def url(text: str) -> RedisUrl:
    found = redis_url(text)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("text", "hosts"),
    [
        ("redis://host", (("host", 6379),)),
        ("redis://host:7000/", (("host", 7000),)),
        ("rediss://10.0.0.1:7000/2", (("10.0.0.1", 7000),)),
        ("redis://[::1]:7000", (("::1", 7000),)),
        ("redis+cluster://a:7000,b,c:7002", (("a", 7000), ("b", 6379), ("c", 7002))),
        ("rediss+cluster://a/?prefix=x", (("a", 6379),)),
    ],
)
def test_url__good__names_servers(text: str, hosts: tuple[tuple[str, int], ...]) -> None:
    assert url(text).hosts == hosts
    assert (url(text).is_cluster, url(text).is_tls) == ("cluster" in text, "rediss" in text)
    assert isinstance(store_at(text), RedisStore)


def test_url__login_and_database__reach_the_connection_and_are_not_shown() -> None:
    found = url("rediss://anna:hunter2%40@host/3?ssl_ca_certs=/etc/ca.pem")
    assert found.connecting == {
        "username": "anna",
        "password": "hunter2@",
        "db": 3,
        "ssl_ca_certs": "/etc/ca.pem",
    }
    assert "hunter2" not in repr(found)
    assert "hunter2" not in repr(store_at("redis://anna:hunter2@host"))


def test_url__options__are_read() -> None:
    assert (url("redis://host").prefix, url("redis://host").durability) == ("p13n", "checked")
    found = url("redis://host?prefix=shop.1&durability=managed")
    assert (found.prefix, found.durability) == ("shop.1", "managed")


@pytest.mark.parametrize(
    "text",
    [
        "redis://?prefix=x",
        "redis://:6379",
        "redis:///0",
        "redis://host:0",
        "redis://host:65536",
        "redis://host:x",
        "redis://host/zero",
        "redis://a,b",
        "redis+cluster://a,,b",
        "redis+cluster://a/1",
        "redis+sentinel://a",
        "redis://host?prefix=",
        "redis://host?prefix=a:b",
        "redis://host?durability=none",
        "redis://host?db=1",
        "redis://host?ssl_ca_certs=/etc/ca.pem",
        "rediss://host?ssl_cert_reqs=none",
        "redis://host\n",
        "redis://ho st",
    ],
)
def test_url__bad__is_no_store_and_is_not_quoted(text: str) -> None:
    with pytest.raises(UnknownStore, match="EVENT_STORE must have the form") as caught:
        store_at(text)
    assert text not in str(caught.value)
