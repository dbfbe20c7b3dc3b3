"""Commands to whatever serves a store: one Redis server, or the masters of a cluster.

A place is what a single command can reach: everything on one server, one slot on a cluster.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol

from personalization.stores.redis_connection import Away, RedisServer, Refused, Reply, Words
from personalization.stores.redis_url import Address, RedisUrl

_ATTEMPTS = 6  # to get a command to where its slot is now
_PAUSE = 0.01  # seconds before a command is tried again while its slot moves
_LOOK_SECONDS = 5.0  # between two looks at who serves what and who follows
_SOON_SECONDS = 0.5  # the same while something is wrong


class Command(NamedTuple):
    """A command and the place that its keys are in."""

    place: int
    words: Words


class Nodes(Protocol):
    """Servers that take commands. Used by one thread at a time."""

    def open(self) -> list[RedisServer]:
        """Connect to those that are to be written to. Raises StoreUnavailable when none answers."""

    def close(self) -> None:
        """Disconnect."""

    def place(self, slot: int) -> int:
        """The place of a slot."""

    def run(self, commands: Sequence[Command], *, writing: bool = False) -> list[Reply]:
        """Carry commands out at once; a reply for each, in order: what the server said, Away, or Refused.

        `writing`: what was written is with a replica too, where there are any, or the reply is Away.
        """


class OneServer:
    """A server of its own, with or without replicas."""

    def __init__(self, url: RedisUrl) -> None:
        self._server = RedisServer(url, url.hosts[0])
        self._look_at = 0.0

    def open(self) -> list[RedisServer]:
        """Connect. Raises Away, and Refused."""
        self._look()
        return [self._server]

    def close(self) -> None:
        """Disconnect."""
        self._server.close()

    def place(self, slot: int) -> int:
        """All slots are one place."""
        return 0

    def run(self, commands: Sequence[Command], *, writing: bool = False) -> list[Reply]:
        """As Nodes says."""
        if time.monotonic() >= self._look_at:
            try:
                self._look()
            except (Away, Refused) as problem:
                return [problem] * len(commands)
        return _carried_out(self._server, [command.words for command in commands], writing=writing)

    def _look(self) -> None:
        role = self._server.ask("ROLE")
        if role[0] != b"master":
            raise Refused(f"READONLY {self._server.name} is a replica")
        self._server.replicas = len(role[2])
        self._look_at = time.monotonic() + _LOOK_SECONDS


class Cluster:
    """The masters of a cluster. Commands follow their slots when these move, or another server takes over."""

    def __init__(self, url: RedisUrl) -> None:
        self._url = url
        self._servers: dict[Address, RedisServer] = {}
        self._masters: list[RedisServer | None] = []  # by slot
        self._look_at = 0.0

    def open(self) -> list[RedisServer]:
        """Find out who serves what. Raises Away, and Refused."""
        self._look()
        masters = {id(server): server for server in self._masters if server is not None}
        return list(masters.values())

    def close(self) -> None:
        """Disconnect."""
        for server in self._servers.values():
            server.close()
        self._servers.clear()
        self._masters.clear()

    def place(self, slot: int) -> int:
        """The slot itself."""
        return slot

    def run(self, commands: Sequence[Command], *, writing: bool = False) -> list[Reply]:
        """As Nodes says."""
        try:
            if time.monotonic() >= self._look_at:
                self._look()
        except (Away, Refused) as problem:
            return [problem] * len(commands)
        replies: list[Reply] = [Away("its slot has no server")] * len(commands)
        left = list(range(len(commands)))
        for attempt in range(_ATTEMPTS):
            self._run(commands, left, replies, writing=writing)
            left = [index for index in left if _has_moved(replies[index])]
            if not left:
                break
            self._follow(commands, left, replies, attempt, writing=writing)
            left = [index for index in left if _has_moved(replies[index])]  # others were carried out meanwhile
        if any(isinstance(reply, Away | Refused) for reply in replies):
            self._look_at = min(self._look_at, time.monotonic() + _SOON_SECONDS)
        return replies

    def _run(self, commands: Sequence[Command], wanted: Iterable[int], replies: list[Reply], *, writing: bool) -> None:
        """Send to all servers first, then read from them."""
        by_server: dict[int, tuple[RedisServer, list[int]]] = {}
        for index in wanted:
            server = self._masters[commands[index].place]
            if server is not None:
                by_server.setdefault(id(server), (server, []))[1].append(index)
        sent: list[tuple[RedisServer, list[int]]] = []
        for server, indexes in by_server.values():
            problem = server.send([commands[index].words for index in indexes], waits=writing)
            if problem is None:
                sent.append((server, indexes))
            else:
                _put(replies, indexes, [problem] * len(indexes))
        for server, indexes in sent:
            _put(replies, indexes, server.receive())
        for server, indexes in sent:
            words = [commands[index].words for index in indexes]
            _put(replies, indexes, _with_scripts(server, words, [replies[index] for index in indexes], writing=writing))

    def _follow(
        self, commands: Sequence[Command], left: Sequence[int], replies: list[Reply], attempt: int, *, writing: bool
    ) -> None:
        """A slot that has moved is looked up again; one that is moving is asked for where it goes."""
        if any(str(replies[index]).startswith("MOVED") for index in left):
            try:
                self._look()
            except (Away, Refused):
                return
        for index in left:
            if str(replies[index]).startswith("ASK"):
                server = self._server(_address(str(replies[index]).split(" ")[2]))
                words = [("ASKING",), commands[index].words]
                replies[index] = _carried_out(server, words, writing=writing)[1]
        if attempt:
            time.sleep(_PAUSE * attempt)

    def _look(self) -> None:
        """Ask any server who serves what. Raises what the last of them said."""
        problem: Away | Refused = Away("no server of the cluster is known")
        for address in dict.fromkeys((*self._servers, *self._url.hosts)):
            try:
                slots = self._server(address).ask("CLUSTER", "SLOTS")
            except (Away, Refused) as error:
                problem = error
                continue
            self._note(slots, address[0])
            self._look_at = time.monotonic() + _LOOK_SECONDS
            return
        self._look_at = time.monotonic() + _SOON_SECONDS
        raise problem

    def _note(self, slots: Reply, asked: str) -> None:
        masters: list[RedisServer | None] = [None] * 16384
        seen: set[Address] = set()
        for first, last, master, *replicas in slots:
            server = self._server(((master[0] or asked.encode()).decode(), int(master[1])))
            server.replicas = len(replicas)
            seen.add(server.address)
            masters[first : last + 1] = [server] * (last + 1 - first)
        for address in self._servers.keys() - seen:
            self._servers.pop(address).close()
        self._masters = masters

    def _server(self, address: Address) -> RedisServer:
        if address not in self._servers:
            self._servers[address] = RedisServer(self._url, address)
        return self._servers[address]


def _put(replies: list[Reply], indexes: Sequence[int], came: Sequence[Reply]) -> None:
    for index, reply in zip(indexes, came, strict=True):
        replies[index] = reply


def _carried_out(server: RedisServer, words: Sequence[Words], *, writing: bool) -> list[Reply]:
    problem = server.send(words, waits=writing)
    if problem is not None:
        return [problem] * len(words)
    return _with_scripts(server, words, server.receive(), writing=writing)


def _with_scripts(server: RedisServer, words: Sequence[Words], replies: list[Reply], *, writing: bool) -> list[Reply]:
    """The replies, after those commands have been repeated whose script the server did not know."""
    unknown = [index for index, reply in enumerate(replies) if _is_unknown_script(reply)]
    if not unknown:
        return replies
    problem = server.load_scripts() or server.send([words[index] for index in unknown], waits=writing)
    _put(replies, unknown, server.receive() if problem is None else [problem] * len(unknown))
    return replies


def _is_unknown_script(reply: Reply) -> bool:
    return isinstance(reply, Refused) and str(reply).startswith("NOSCRIPT")


def _has_moved(reply: Reply) -> bool:
    return isinstance(reply, Refused) and str(reply).startswith(("MOVED", "ASK ", "TRYAGAIN"))


def _address(text: str) -> Address:
    host, _, port = text.rpartition(":")
    return host, int(port)


def nodes_at(url: RedisUrl) -> Nodes:
    """The servers that a URL names; nothing is connected yet."""
    return Cluster(url) if url.is_cluster else OneServer(url)
