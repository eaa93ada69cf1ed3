"""
Whole connections, given anything: on each wire somebody types commands that there are, commands
that there are not, and bytes that are no text, cut into any pieces, beside people who listen.

Whatever it was: nothing is logged as an error, the connection lives and answers or has ended with a
reason, everything that was sent is what its wire allows, and nobody else got what acts on a
terminal.
"""

from __future__ import annotations

import re
from typing import Any

from hypothesis import strategies as st
from twisted.internet.error import ConnectionDone
from twisted.python.failure import Failure

from tests.doubles import Net, PlainPasswords
from tests.frontends.clients import FAR, LIMITS, NEAR, Pipe
from tests.fuzz.property import forAll
from tests.fuzz.typed import PASSWORD, ircStreams, lineStreams
from tests.fuzz.wrongs import nothingLogged
from twisted_chat.domain.terms import Terms
from twisted_chat.doors.door import normalizeAddress
from twisted_chat.frontends.ending import AFTERWARDS
from twisted_chat.frontends.irc.capabilities import CAPABILITIES
from twisted_chat.frontends.irc.factory import IrcFactory
from twisted_chat.frontends.line import ChatFactory

MOST_LINE = 512
MOST_TAGS = 8191
PATIENCE = 120.0
"""Seconds, of the clock that is moved by hand, in which a connection that lives has answered."""

FORMATTING = frozenset("\x01\x02\x03\x04\x0f\x11\x16\x1d\x1e\x1f")
"""The controls that IRC clients understand."""

KINDS = ("guest", "account", "operator")


class Wire:
    """
    One connection of a wire, its protocol and its pipe.

    @ivar all: every byte that it was sent.
    """

    def __init__(self, net: Net, factory: Any, host: str) -> None:
        self._net = net
        self.pipe = Pipe(host)
        self.protocol = factory.buildProtocol(self.pipe.getPeer())  # type: ignore[no-untyped-call]
        self.protocol.makeConnection(self.pipe)
        self.all = b""

    def feed(self, data: bytes) -> None:
        """
        Give it bytes, as a transport does: none while it is paused, none after its end.
        """
        for _ in range(round(PATIENCE)):
            if self.pipe.ended or self.pipe.producerState == "producing":
                break
            self._net.settle(0.01)
            self._net.clock.advance(1.0)
        if self.pipe.ended:
            return
        self.protocol.dataReceived(data)
        self._net.settle(0.02)
        self.take()

    def take(self) -> bytes:
        """
        @return: what has come since this was last asked.
        """
        data: bytes = self.pipe.value()  # type: ignore[no-untyped-call]
        self.pipe.clear()  # type: ignore[no-untyped-call]
        self.all += data
        return data

    def gone(self) -> None:
        """
        What the reactor does when a connection has ended.
        """
        self.protocol.connectionLost(Failure(ConnectionDone()))
        self._net.settle(0.02)


class World:
    """
    A network with a door for each wire, and somebody who listens behind each.

    @ivar listeners: by wire.
    """

    def __init__(self) -> None:
        self.net = Net(nodes=1, terms=Terms(isTrusted=lambda address: address == NEAR))
        how: dict[str, Any] = {
            "name": "chat.example",
            "addressOf": normalizeAddress,
            "hint": "come with TLS",
            "limits": LIMITS,
        }
        doors = self.net.portals[0], self.net.hubs[0], self.net.clock
        irc = IrcFactory(*doors, passwords=PlainPasswords(), secret=b"16 bytes or more", **how)
        self.factories = {"irc": irc, "line": ChatFactory(*doors, lobby="lobby", **how)}
        for factory in self.factories.values():
            factory.ready()
        self.listeners = {"irc": self.connect("irc"), "line": self.connect("line")}
        self.listeners["irc"].feed(b"NICK ivy\r\nUSER ivy 0 * :Ivy\r\nJOIN #lobby\r\n")
        self.listeners["line"].feed(b"lin\nlobby\n")

    def connect(self, wire: str, host: str = NEAR) -> Wire:
        """
        Somebody connects.
        """
        return Wire(self.net, self.factories[wire], host)

    def someone(self, kind: str) -> None:
        """
        Let there be somebody called mallory, of a kind, who can log in.
        """
        if kind == "account":
            self.net.registered("mallory").logout("quit")
        elif kind == "operator":
            self.net.operator("mallory").logout("quit")
        self.net.settle(0.02)


LAST_ID = re.compile(rb"msgid=([^ ;]+)")


def filled(data: bytes, seen: bytes) -> bytes:
    """
    @param seen: what has come.
    @return: the data, with C{$ID} as an id that was seen.
    """
    found = LAST_ID.findall(seen)
    return data.replace(b"$ID", found[-1] if found else b"none")


# What has to hold.


def checkIrc(data: bytes, foreign: bool) -> None:
    """
    Check what an IRC client was sent.

    @param foreign: whether somebody else made it do so.
    """
    assert not data or data.endswith(b"\r\n")
    for line in data.split(b"\r\n")[:-1]:
        text = line.decode()
        rest = line
        if line.startswith(b"@"):
            head, _, rest = line.partition(b" ")
            assert len(head) < MOST_TAGS
        assert rest, data
        assert len(rest) + 2 <= MOST_LINE, line
        odd = {each for each in text if ord(each) < 32 or 127 <= ord(each) < 160}
        assert not odd & {"\r", "\n", "\0"}, line
        assert not foreign or odd <= FORMATTING, line


def checkLine(data: bytes) -> None:
    """
    Check what somebody at a terminal was sent because of somebody else.
    """
    text = data.decode()
    odd = {each for each in text if ord(each) < 32 or 127 <= ord(each) < 160}
    assert odd <= {"\r", "\n"}, text
    assert not any("\u202a" <= each <= "\u202e" for each in text)


def _answers(client: Wire, question: bytes, answer: bytes) -> bool:
    client.feed(question)
    seen = client.all
    for _ in range(round(PATIENCE)):
        if answer in seen or client.pipe.ended:
            return True
        client._net.settle(0.01)
        client._net.clock.advance(1.0)
        seen += client.take()
    return False


def _run(world: World, client: Wire, chunks: list[bytes], wire: str) -> None:
    for chunk in chunks:
        client.feed(filled(chunk, client.all))
        if client.pipe.ended:
            break
    if wire == "irc" and not client.pipe.ended:
        alive = _answers(client, b"\r\nPING still-there\r\n", b"still-there")
        assert alive, f"no answer; it was last told {client.all[-300:]!r}"
    if client.pipe.ended:
        assert client.all.strip(), "it ended, and nobody said why"
        if wire == "irc":
            assert b"ERROR " in client.all.rpartition(b"\r\n")[0].rpartition(b"\r\n")[2]
    client.gone()
    world.net.settle(0.05)
    client.take()
    for listener in world.listeners.values():
        # Somebody may have been renamed, kicked or killed by an operator; but not for nothing.
        listener.feed(b"")
    checkIrc(world.listeners["irc"].all, foreign=True)
    checkLine(world.listeners["line"].all)


@forAll(
    st.sampled_from(KINDS),
    st.sampled_from([NEAR, NEAR, FAR]),
    st.lists(st.sampled_from(sorted(CAPABILITIES)), max_size=30, unique=True),
    st.sampled_from([True, True, True, False]),
    ircStreams,
)
def ircClient(kind: str, host: str, caps: list[str], enters: bool, chunks: list[bytes]) -> None:
    """A whole IRC client."""
    with nothingLogged():
        world = World()
        world.someone(kind)
        client = world.connect("irc", host)
        if caps:
            client.feed(b"CAP LS 302\r\n")
            for cap in caps:
                client.feed(f"CAP REQ {cap}\r\n".encode())
        if enters:
            if kind != "guest":
                client.feed(f"PASS mallory:{PASSWORD}\r\n".encode())
            client.feed(b"NICK mallory\r\nUSER m 0 * :M\r\nCAP END\r\nJOIN #lobby\r\n")
        _run(world, client, chunks, "irc")
        checkIrc(client.all, foreign=False)


@forAll(
    st.sampled_from(KINDS),
    st.sampled_from([NEAR, NEAR, FAR]),
    st.sampled_from([True, True, True, False]),
    lineStreams,
)
def lineClient(kind: str, host: str, enters: bool, chunks: list[bytes]) -> None:
    """A whole client of the line protocol."""
    with nothingLogged():
        world = World()
        world.someone(kind)
        client = world.connect("line", host)
        if enters:
            client.feed(b"mallory\n")
            if kind != "guest":
                client.feed(PASSWORD.encode() + b"\n")
            client.feed(b"lobby\n")
        _run(world, client, chunks, "line")


@forAll(
    st.sampled_from(KINDS),
    st.one_of(
        st.tuples(st.just("irc"), ircStreams),
        st.tuples(st.just("line"), lineStreams),
    ),
)
def hastyClient(kind: str, said: tuple[str, list[bytes]]) -> None:
    """A client of either wire that goes before anything of what it sends is done."""
    wire, chunks = said
    with nothingLogged():
        world = World()
        world.someone(kind)
        client = world.connect(wire)
        enter = b"mallory\n"
        if wire == "irc":
            enter = f"PASS mallory:{PASSWORD}\r\n".encode() if kind != "guest" else b""
            enter += b"NICK mallory\r\nUSER m 0 * :M\r\nJOIN #lobby\r\n"
        elif kind != "guest":
            enter += PASSWORD.encode() + b"\nlobby\n"
        client.protocol.dataReceived(enter + b"".join(chunks))
        client.gone()
        world.net.settle(0.2)
        world.net.clock.advance(AFTERWARDS)
        world.net.settle(0.2)
        for each, factory in world.factories.items():
            assert factory.protocols <= {world.listeners[each].protocol}
        checkIrc(world.listeners["irc"].take(), foreign=True)
        checkLine(world.listeners["line"].take())


PROPERTIES = (ircClient, lineClient, hastyClient)
"""All of them."""
