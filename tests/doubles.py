"""
A network in a test: several hubs in one process, people on them, a clock that is moved by hand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from random import Random
from typing import Any

from twisted.internet.defer import Deferred, succeed
from twisted.internet.task import Clock
from twisted.python.failure import Failure
from zope.interface import implementer

from tests.storage.quick import memoryStore
from twisted_chat.domain.accounts import GuestName, PasswordLogin, makePortal
from twisted_chat.domain.delivery import Format
from twisted_chat.domain.events import Event
from twisted_chat.domain.housekeeping import SERVER
from twisted_chat.domain.hub import Hub
from twisted_chat.domain.interfaces import IChatUser, IPasswords, IReceiver, IStore
from twisted_chat.domain.limits import Limits
from twisted_chat.domain.official import Official
from twisted_chat.domain.passwords import Sealed
from twisted_chat.domain.room import Room
from twisted_chat.domain.scramkeys import makeScramKeys
from twisted_chat.domain.session import Session
from twisted_chat.domain.terms import Terms
from twisted_chat.network.local import Faults, LocalNetwork, Switchboard
from twisted_chat.storage.threads import NoThreads

FEW_ITERATIONS = 4096
START = 1_790_000_000.0
TICK = 0.001


class PlainFormat(Format):
    """
    Spells every event as one line of its kind and its main field.
    """

    def __init__(self) -> None:
        self.spelled = 0

    def spell(self, event: Event, place: str) -> bytes | None:
        """
        C{place seq kind author what}.
        """
        self.spelled += 1
        what = next(
            (
                str(getattr(event, name))
                for name in ("text", "target", "roomName", "name", "reason", "new", "now")
                if getattr(event, name, None)
            ),
            "",
        )
        return f"{place} {event.seq} {event.kind} {event.author.name} {what}\n".encode()


PLAIN = PlainFormat()


@implementer(IReceiver)
class Ear:
    """
    A client that keeps what it gets.
    """

    def __init__(self, echo: bool = False, address: str = "192.0.2.7") -> None:
        self.echo = echo
        self.address = address
        self.user = self.real = ""
        self.encrypted = self.closed = self.lost = self.absent = False
        self.former = None
        self.happenings: list[Event] = []
        self.heard: list[bytes] = []
        self.disconnected = ""
        self.format: Format = PLAIN

    def formatFor(self, conversation: str) -> Format:
        return self.format

    def echoes(self, event: Event) -> bool:
        return self.echo

    def isAnswer(self, event: Event) -> bool:
        return False

    def receiveAnswer(self, data: bytes) -> None:
        self.heard.append(data)

    def happened(self, event: Event) -> None:
        self.happenings.append(event)

    def receive(self, data: bytes) -> None:
        self.heard.append(data)

    def disconnect(self, reason: str) -> None:
        self.disconnected = reason

    def lines(self) -> list[str]:
        """
        What it got since it was last asked.
        """
        text = b"".join(self.heard).decode()
        self.heard.clear()
        return text.splitlines()


@cache
def _sealed(password: str) -> Sealed:
    return Sealed("plain:" + password, makeScramKeys(password, FEW_ITERATIONS))


@implementer(IPasswords)
class PlainPasswords:
    """
    Hashes nothing, so that tests need not wait.
    """

    def seal(self, password: str) -> Deferred[Sealed]:
        return succeed(_sealed(password))

    def verify(self, hash: str, password: str) -> Deferred[bool]:
        return succeed(hash == "plain:" + password)


class Net:
    """
    Some hubs with one store.

    @ivar hubs: the nodes.
    """

    def __init__(
        self,
        nodes: int = 2,
        wrap: Callable[[IStore], IStore] = lambda store: store,
        seed: int | None = None,
        limits: Limits | None = None,
        terms: Terms | None = None,
        threads: Callable[[Clock], NoThreads] = lambda clock: NoThreads(),
        **faults: float,
    ) -> None:
        """
        @param wrap: puts something around the store.
        @param threads: makes what does the store's work.
        @param terms: what holds for the network as a whole.
        @param seed: of the faults between the nodes; C{None} for a network without any.
        """
        self.clock = Clock()
        self.clock.advance(START)
        self.store = wrap(memoryStore(self.clock.seconds, threads(self.clock)))
        self.now(self.store.start())
        board = Switchboard()
        self.hubs: list[Hub] = []
        for number in range(nodes):
            wrong = Faults(Random(f"{seed} {number}"), **faults) if seed is not None else None
            network = LocalNetwork(board, self.clock, wrong)
            hub = Hub(self.store, network, self.clock, f"node{number}", limits=limits, terms=terms)
            self.now(hub.start())
            self.hubs.append(hub)
        self.portals = [makePortal(hub, PlainPasswords()) for hub in self.hubs]

    def settle(self, seconds: float = 0.05) -> None:
        """
        Let time go by in small steps.
        """
        for _ in range(round(seconds / TICK)):
            self.clock.advance(TICK)

    def now(self, deferred: Deferred[Any]) -> Any:
        """
        The result of something that is to be had without waiting, or within a little time.
        """
        results: list[Any] = []
        deferred.addBoth(results.append)
        for _ in range(200):
            if results:
                break
            self.clock.advance(TICK)
        assert results, "nothing came of it"
        if isinstance(results[0], Failure):
            results[0].raiseException()
        return results[0]

    def guest(self, name: str, node: int = 0, **how: Any) -> Session:
        """
        A guest who has come in on a node.
        """
        login = self.portals[node].login(GuestName(name), Ear(**how), IChatUser)
        session: Session = self.now(login)[1]
        return session

    def login(
        self, name: str, password: str = "correct horse", node: int = 0, **how: Any
    ) -> Session:
        """
        A registered person who has come in on a node, and has been shown what there was.
        """
        login = self.portals[node].login(PasswordLogin(name, password), Ear(**how), IChatUser)
        session: Session = self.now(login)[1]
        session.release()
        return session

    def registered(self, name: str, node: int = 0, **how: Any) -> Session:
        """
        Somebody who has come in on a node and registered there.
        """
        session = self.guest(name, node, **how)
        self.now(session.register("correct horse"))
        return session

    def operator(self, name: str, node: int = 0, **how: Any) -> Session:
        """
        Somebody registered who is an operator of the network.
        """
        session = self.registered(name, node, **how)
        by = Official(SERVER, "a test")
        made = self.hubs[node].registry.setOperator(by, name, True)
        self.now(Deferred.fromCoroutine(made))
        self.settle()
        session.receiver.lines()  # type: ignore[attr-defined]
        return session

    def join(self, room: str, *sessions: Session, password: str = "") -> Room:
        """
        Everybody joins a room.

        @return: the first one's copy of it.
        """
        for session in sessions:
            self.now(session.join(room, password))
            session.release()
        self.settle()
        return sessions[0].roomNamed(room)

    def say(self, session: Session, room: str, *texts: str) -> None:
        """
        Somebody says something, and it is heard.
        """
        for text in texts:
            self.now(session.say(session.roomNamed(room), text))


def heard(*sessions: Session) -> Iterator[list[str]]:
    """
    What each has got since they were last asked.
    """
    for session in sessions:
        yield session.receiver.lines()  # type: ignore[attr-defined]
