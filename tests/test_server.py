"""
L{twisted_chat.server}: how a node begins, and how it ends, whatever hangs.
"""

from __future__ import annotations

import re
import resource
from collections.abc import Callable, Mapping
from dataclasses import replace
from io import StringIO
from typing import Any

import pytest
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.error import ReactorNotRunning
from twisted.internet.task import Clock
from twisted.logger import LogLevel, capturedLogs

from tests.conftest import Wrongs
from tests.doubles import START, PlainPasswords
from tests.frontends.clients import NEAR, Line
from tests.storage.quick import memoryStore
from twisted_chat import server as serverModule
from twisted_chat.config import load
from twisted_chat.domain.accounts import makePortal
from twisted_chat.domain.errors import Closing, NotSaved
from twisted_chat.domain.hub import Hub
from twisted_chat.domain.terms import Terms
from twisted_chat.doors.door import LINE, Door, normalizeAddress
from twisted_chat.frontends.clients import ClientLimits
from twisted_chat.frontends.line import ChatFactory
from twisted_chat.monitoring.health import STOPPING
from twisted_chat.network.local import LocalNetwork
from twisted_chat.server import ChatServer, Opening
from twisted_chat.settings.kinds import SettingsError
from twisted_chat.storage.refusals import StartRefused

SHUTDOWN = 5.0
TICK = 0.01


class Reactor(Clock):
    """
    A clock that can be told to stop, once it runs.
    """

    stopped = 0
    running = True

    def __init__(self) -> None:
        super().__init__()
        self.whenRunning: list[Callable[[], None]] = []

    def callWhenRunning(self, call: Callable[[], None]) -> None:
        if self.running:
            call()
        else:
            self.whenRunning.append(call)

    def stop(self) -> None:
        if not self.running:
            raise ReactorNotRunning
        self.stopped += 1


class Hanging:
    """
    A store that does not answer some of what it is asked.

    @ivar deaf: the names of those methods.
    @ivar broken: the names of those that fail.
    """

    def __init__(self, clock: Clock) -> None:
        self._inner = memoryStore(clock.seconds)
        self.deaf: set[str] = set()
        self.broken: dict[str, Exception] = {}

    def __getattr__(self, name: str) -> Any:
        if name in self.deaf:
            return lambda *arguments, **named: Deferred()
        if name in self.broken:
            return lambda *arguments, **named: fail(self.broken[name])
        return getattr(self._inner, name)


class Threads(PlainPasswords):
    """
    Passwords that note whether there are threads for them.
    """

    running = False

    def start(self) -> None:
        self.running = True

    def stop(self) -> None:
        self.running = False


class Port:
    """
    What a door listens with.

    @ivar closes: fires when it is closed.
    """

    def __init__(self) -> None:
        self.closes: Deferred[None] = succeed(None)
        self.stopped = False

    def getHost(self) -> Any:
        return None

    def stopListening(self) -> Deferred[None]:
        self.stopped = True
        return self.closes


class Endpoint:
    """
    Gives a port, or what it is told to.
    """

    def __init__(self) -> None:
        self.port = Port()
        self.result: Callable[[], Deferred[Any]] = lambda: succeed(self.port)

    def listen(self, factory: object) -> Deferred[Any]:
        return self.result()


class Lock:
    """
    Notes whether the folder is taken.
    """

    held = False

    def take(self) -> Any:
        self.held = True
        return self

    def release(self) -> None:
        self.held = False


class Node:
    """
    A node whose surroundings can be made to hang.

    @ivar order: what has happened, in order.
    """

    def __init__(self, asked: bool = True) -> None:
        self.clock = self.reactor = Reactor()
        self.reactor.advance(START)
        self.store = Hanging(self.clock)
        self.passwords = Threads()
        self.lock = Lock()
        self.prepare: Callable[[], None] = lambda: None
        self.endpoint = Endpoint()
        self.terminal = StringIO()
        terms = Terms(isTrusted=lambda address: True)
        hub = Hub(self.store, LocalNetwork(), self.clock, terms=terms)  # type: ignore[arg-type]
        self.factory = ChatFactory(
            makePortal(hub, self.passwords),
            hub,
            self.clock,
            name="chat.example",
            lobby="lobby",
            addressOf=normalizeAddress,
            hint="",
            limits=ClientLimits(),
        )
        door = Door(LINE, "5000", self.endpoint, asked)  # type: ignore[arg-type]
        self.server = ChatServer(
            self.reactor,
            load(),
            self.lock.take,
            lambda: self.prepare(),
            hub,
            self.passwords,  # type: ignore[arg-type]
            [Opening([door], self.factory)],
            self.terminal,
        )

    def settle(self, seconds: float = 0.05) -> None:
        """
        Let time go by in small steps.
        """
        for _ in range(round(seconds / TICK)):
            self.clock.advance(TICK)

    def start(self) -> None:
        """
        Start as twistd does.
        """
        self.server.privilegedStartService()
        self.server.startService()
        self.settle()

    def enter(self, name: str) -> Line:
        """
        A guest comes into the lobby.
        """
        line = Line(self, self.factory, NEAR, False)  # type: ignore[arg-type]
        line.type(name, "lobby")
        return line

    def stop(self) -> float:
        """
        Stop.

        @return: how many seconds it took.
        """
        began, ended = self.clock.seconds(), list[object]()
        self.server.stopService().addBoth(ended.append)
        while not ended:
            self.clock.advance(TICK)
            assert self.clock.seconds() - began < 10 * SHUTDOWN, "it never ends"
        assert ended == [None]
        return self.clock.seconds() - began


@pytest.fixture(autouse=True)
def limits(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """
    The limits of open files that the node has, and those that it sets.
    """
    found = [(1_000, 50_000)]
    monkeypatch.setattr(resource, "getrlimit", lambda which: found[0])
    monkeypatch.setattr(resource, "setrlimit", lambda which, new: found.append(new))
    return found


# How it begins.


def test_whoComesBeforeAllIsReadyIsGreetedWhenItIs(monkeypatch: pytest.MonkeyPatch) -> None:
    node, opening = Node(), Deferred[None]()
    start = node.store.start
    monkeypatch.setattr(
        node.store, "start", lambda: opening.addCallback(lambda _: start()), raising=False
    )
    node.start()
    line = Line(node, node.factory, NEAR, False)  # type: ignore[arg-type]
    line.type("alex", "lobby")
    assert line.got() == ""
    opening.callback(None)
    node.settle()
    greeted = line.got()
    assert greeted.startswith("Welcome to chat.example: ")
    assert "* You are in lobby" in greeted


def test_aStartComparesTheCloaksWithThoseOfTheLastOne() -> None:
    node = Node()
    node.server.hub.cloak = lambda address: f"{address}.cloak"
    node.start()
    facts: list[Mapping[str, object]] = []
    node.server.hub.store.networkFacts().addCallback(facts.append)
    node.settle()
    assert [each["cloak"] for each in facts] == ["192.0.2.1.cloak"]


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("sqlite://", "database  in memory: it ends with the server"),
        # As of a variable that is not set: sqlite:///$FILE.
        ("sqlite:///", "database  in memory: it ends with the server"),
        ("sqlite:////srv/chat.db", "database  /srv/chat.db"),
    ],
)
def test_aDatabaseThatIsNotInTheDataFolderIsTold(url: str, told: str) -> None:
    node = Node()
    node.server.settings = load(None, {"network.database": url})
    with capturedLogs() as logs:
        node.start()
    assert told in [log.get("line") for log in logs]


def test_theFilesThatMayBeOpenAreRaised(limits: list[tuple[int, int]]) -> None:
    Node().start()
    assert limits[1:] == [(50_000, 50_000)]


def test_tooFewFilesAreToldWithWhatIsNeeded(limits: list[tuple[int, int]]) -> None:
    limits[0] = (1_000, 1_000)
    with capturedLogs() as logs:
        Node().start()
    (event,) = [log for log in logs if log["log_level"] is LogLevel.warn]
    assert (event["hard"], event["wanted"], event["needed"]) == (1_000, 10_000, 10_256)
    assert event["most"] == 744


@pytest.mark.parametrize("error", [StartRefused("it is newer"), SettingsError("a.b", "is wrong")])
def test_whatCantBePreparedEndsTheStartBeforeADoorOpens(
    error: Exception, monkeypatch: pytest.MonkeyPatch, wrongs: Wrongs
) -> None:
    node, told = Node(), StringIO()
    monkeypatch.setattr("sys.__stderr__", told)

    def refuse() -> None:
        raise error

    node.prepare = refuse
    node.endpoint.result = lambda: pytest.fail("a door was opened")
    # For twistd it is an error, else it would tell nobody of it.
    with pytest.raises(Exception, match=str(error)) as ended:
        node.server.privilegedStartService()
    assert isinstance(ended.value, SystemExit)
    assert ended.value.code == 1
    assert told.getvalue() == f"twisted_chat: {error}\n"
    assert wrongs.flush() == [f"the server can't start: {error}"]


def closed() -> Deferred[Any]:
    """
    What a door does that can't open.
    """
    return fail(OSError(98, "Address already in use"))


def test_aDoorThatWasAskedForAndCantOpenEndsTheStart(
    monkeypatch: pytest.MonkeyPatch, wrongs: Wrongs
) -> None:
    node, told = Node(asked=True), StringIO()
    monkeypatch.setattr("sys.__stderr__", told)
    node.endpoint.result = closed
    with pytest.raises(SystemExit):
        node.server.privilegedStartService()
    assert told.getvalue() == (
        "twisted_chat: listen.port: port 5000 can't be opened: Address already in use\n"
    )
    wrongs.flush()


def test_aDefaultDoorThatCantOpenIsToldAndTheRestGoesOn(wrongs: Wrongs) -> None:
    node = Node(asked=False)
    node.endpoint.result = closed
    with capturedLogs() as logs:
        node.start()
    table = [log["line"] for log in logs if "line" in log]
    assert any("closed: port 5000 can't be opened" in line for line in table)
    line = Line(node, node.factory, NEAR, False)  # type: ignore[arg-type]
    assert "* You are in lobby" in line.type("alex", "lobby")


def test_theStartTellsHowTheFirstOperatorBecomesOne(monkeypatch: pytest.MonkeyPatch) -> None:
    node = Node()
    monkeypatch.setattr(node.terminal, "isatty", lambda: True)
    node.start()
    table = node.terminal.getvalue()
    found = re.search(r"^operator +.* /claim ([a-z0-9-]{19})$", table, re.MULTILINE)
    assert found
    line = node.enter("alex")
    line.type("/register alex-password")
    assert "You are an operator" in line.type(f"/claim {found[1]}")


@pytest.mark.parametrize("register", ["invitation", "off"])
def test_whereNobodyCanRegisterTheStartTellsHowElseThereIsAnOperator(
    register: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    node = Node()
    node.server.hub.terms = replace(node.server.hub.terms, register=register)
    monkeypatch.setattr(node.terminal, "isatty", lambda: True)
    node.start()
    table = node.terminal.getvalue()
    assert "\noperator  twisted-chat admin accounts create NAME --operator\n" in table
    assert re.search(r"^ +or somebody registered types /claim [a-z0-9-]{19}$", table, re.MULTILINE)


def atExit(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """
    What is to be done when the process ends, which does not happen.
    """
    found: list[object] = []
    monkeypatch.setattr("atexit.register", found.append)
    return found


@pytest.mark.parametrize(
    "error", [StartRefused("gone"), NotSaved(why="the disk is full"), ZeroDivisionError("a bug")]
)
@pytest.mark.parametrize("method", ["start", "openRoom"])
def test_aStoreThatFailsAfterAllEndsTheServerWithAnExitCode(
    monkeypatch: pytest.MonkeyPatch, wrongs: Wrongs, error: Exception, method: str
) -> None:
    registered = atExit(monkeypatch)
    node = Node()
    node.store.broken[method] = error
    node.start()
    assert node.reactor.stopped == 1
    assert registered == [serverModule._fail]
    (told,) = wrongs.flush()
    assert "Nobody has seen it" not in told


def test_soDoesOneThatFailsBeforeTheReactorRuns(
    wrongs: Wrongs, monkeypatch: pytest.MonkeyPatch
) -> None:
    registered = atExit(monkeypatch)
    node = Node()
    node.reactor.running = False
    node.store.broken["start"] = RuntimeError("can't start new thread")
    node.start()
    assert len(wrongs.flush(RuntimeError)) == 1
    node.reactor.running = True
    for call in node.reactor.whenRunning:
        call()
    assert (node.reactor.stopped, registered) == (1, [serverModule._fail])


def test_aDoorThatFailsLateEndsTheServerToo(
    monkeypatch: pytest.MonkeyPatch, wrongs: Wrongs
) -> None:
    registered = atExit(monkeypatch)
    node, opening = Node(), Deferred[Any]()
    node.endpoint.result = lambda: opening
    node.start()
    opening.errback(OSError(98, "Address already in use"))
    assert (node.reactor.stopped, registered) == (1, [serverModule._fail])
    (told,) = wrongs.flush()
    assert "listen.port: port 5000 can't be opened" in told


def test_aStartThatFailsBecauseOfTheEndIsNoNews(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Somebody presses Ctrl-C before all is ready.
    """
    registered = atExit(monkeypatch)
    node, starting = Node(), Deferred[None]()
    monkeypatch.setattr(node.store, "start", lambda: starting, raising=False)
    node.start()
    node.stop()
    starting.errback(StartRefused("the database is closed"))
    assert (node.reactor.stopped, registered) == (0, [])


def test_aStartThatTheEndOvertakesOpensNothing(
    monkeypatch: pytest.MonkeyPatch, logged: list[str]
) -> None:
    node, starting = Node(), Deferred[None]()
    starting.addCallback(lambda _: node.store._inner.start())
    monkeypatch.setattr(node.store, "start", lambda: starting, raising=False)
    node.start()
    node.endpoint.port.closes = Deferred()
    ended: list[object] = []
    node.server.stopService().addBoth(ended.append)
    starting.callback(None)
    node.settle(SHUTDOWN)
    assert ended == [None]
    assert not node.factory.isReady
    assert not [line for line in logged if line.endswith(" is open")]
    assert node.server._supervision.health.standing == STOPPING


# How it ends.


def test_theEndTellsEverybodyAndGivesAllBack() -> None:
    node = Node()
    node.start()
    alex = node.enter("alex")
    assert node.passwords.running
    assert node.lock.held
    ended: list[object] = []
    node.server.stopService().addBoth(ended.append)
    node.settle()
    assert alex.got().endswith("! The server is shutting down.\n")
    assert alex.ended == "closed"
    alex.gone()
    node.settle(3)
    assert ended == [None]
    assert node.endpoint.port.stopped
    assert not node.passwords.running
    assert not node.lock.held


def test_whatIsOnItsWayIsKeptBeforeTheGoodbye() -> None:
    node = Node()
    node.start()
    alex, bea = node.enter("alex"), node.enter("bea")
    bea.got()
    alex.send(b"one last word\n", seconds=0)
    node.server.stopService()
    node.settle()
    assert "<alex> one last word\n! The server is shutting down.\n" in bea.got()
    node.settle(SHUTDOWN)


@pytest.mark.parametrize(
    "deaf", [{"append"}, {"stop"}, {"append", "stop", "markRead", "history", "missed"}]
)
def test_aDiskThatHangsIsNotWaitedFor(deaf: set[str]) -> None:
    """
    Nor are a door that does not close and a client that does not go; all of it within 5 s. What
    was in the disk's hands was not acknowledged.
    """
    node = Node()
    node.start()
    alex, bea = node.enter("alex"), node.enter("bea")
    alex.type("/receipts on")
    bea.got()
    node.store.deaf = deaf
    node.endpoint.port.closes = Deferred()
    alex.send(b"into the void\n", seconds=0)
    assert node.stop() < SHUTDOWN
    if "append" in deaf:
        assert "sent" not in alex.got()
        assert "into the void" not in bea.got()
    assert alex.ended
    assert not node.lock.held
    assert node.clock.getDelayedCalls() == []


def test_whileTheEndWaitsNothingMoreIsRead() -> None:
    node = Node()
    node.start()
    alex = node.enter("alex")
    node.store.deaf = {"append"}
    alex.send(b"into the void\n")
    node.server.stopService()
    assert alex.pipe.producerState == "paused"
    node.settle(SHUTDOWN)


def test_whatWaitsBehindAHangingDiskIsRefused() -> None:
    """
    Its author reads so; of what the disk has in hand, nobody knows.
    """
    node = Node()
    node.start()
    alex, bea = node.enter("alex"), node.enter("bea")
    alex.got()
    bea.got()
    node.store.deaf = {"append"}
    alex.send(b"into the void\n")
    bea.send(b"never begun\n")
    node.stop()
    assert alex.got() == "! The server is shutting down.\n"
    assert bea.got() == f"! {Closing().text}\n! The server is shutting down.\n"


def test_aPartOfTheEndThatFailsIsLoggedAndTheRestIsDone(wrongs: Wrongs) -> None:
    node = Node()
    node.start()
    node.store.broken["stop"] = ZeroDivisionError("a bug")
    node.stop()
    assert not node.lock.held
    assert len(wrongs.flush(ZeroDivisionError)) == 1
