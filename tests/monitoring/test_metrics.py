"""
L{twisted_chat.monitoring.metrics}: what is measured, and how it is asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from twisted.internet.defer import Deferred, succeed
from twisted.internet.error import ConnectionDone
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure

from tests.frontends.clients import FAR, Doors
from twisted_chat.domain.counts import BOUNDS, Durations
from twisted_chat.frontends.clients import ClientLimits
from twisted_chat.monitoring.metrics import (
    LIFE,
    MOST_CONNECTIONS,
    NodeCollector,
    makeRegistry,
    makeSite,
)


class Fitness:
    """
    Health that says what it is told.
    """

    def __init__(self) -> None:
        self.answer: Deferred[str] = succeed("")

    def check(self) -> Deferred[str]:
        """
        Health.check.
        """
        return self.answer


class Measured:
    """
    A node with people, and the port at which it is measured.
    """

    def __init__(self, limits: ClientLimits | None = None) -> None:
        self.doors = Doors(nodes=1, limits=limits or ClientLimits())
        self.health = Fitness()
        self.hub = self.doors.net.hubs[0]
        collector = NodeCollector(self.hub, lambda: 3, lambda: 1_800_000_000.0)
        clock = self.doors.net.clock
        self.site = makeSite(makeRegistry(collector), self.health, clock)  # type: ignore[arg-type]

    def request(self, path: str, method: str = "GET") -> StringTransport:
        """
        @return: a connection on which something is asked.
        """
        pipe = StringTransport()
        protocol = self.site.buildProtocol(pipe.getPeer())
        assert protocol is not None
        protocol.makeConnection(pipe)
        protocol.dataReceived(f"{method} {path} HTTP/1.0\r\n\r\n".encode())
        protocol.connectionLost(Failure(ConnectionDone()))
        return pipe

    def connect(self, sent: bytes) -> tuple[Any, StringTransport]:
        """
        @param sent: what is sent at once.
        @return: a connection on which more can be sent; C{None} if it may not stay.
        """
        pipe = StringTransport()
        protocol: Any = self.site.buildProtocol(pipe.getPeer())
        if protocol is not None:
            protocol.makeConnection(pipe)
            protocol.dataReceived(sent)
        return protocol, pipe

    def get(self, path: str) -> tuple[str, str]:
        """
        @return: the status line and headers, and the body.
        """
        head, _, body = self.request(path).value().decode().partition("\r\n\r\n")
        return head, body

    def samples(self) -> dict[str, float]:
        """
        @return: the numbers, by name and labels as Prometheus writes them.
        """
        _, text = self.get("/metrics")
        return dict(_samples(text))


def _samples(text: str) -> Iterator[tuple[str, float]]:
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            labels = ",".join(f"{key}={value}" for key, value in sample.labels.items())
            yield (
                sample.name.removeprefix("twisted_chat_") + f"{{{labels}}}" * bool(labels),
                sample.value,
            )


@pytest.fixture
def node() -> Measured:
    """
    One on which nothing has happened.
    """
    return Measured()


def test_connectionsAreCountedByWireWhileTheyAreThereAndForEver(node: Measured) -> None:
    plain = node.doors.connect()
    node.doors.connect()
    node.doors.connect(tls=True)
    plain.lose()
    samples = node.samples()
    assert samples["connections{wire=line}"] == 1
    assert samples["connections{wire=line-tls}"] == 1
    assert samples["connections_accepted_total{wire=line}"] == 2


def test_whoIsHereAndHowTheyCameInIsCounted(node: Measured) -> None:
    node.doors.register("alex")
    node.doors.enter("bea")
    node.doors.connect().type("alex", "alex-password")
    samples = node.samples()
    assert samples["logins_total{kind=guest}"] == 2
    assert samples["logins_total{kind=account}"] == 1
    assert (samples["people"], samples["sessions"]) == (2, 2)
    assert samples["rooms"] == 1
    assert samples["passwords_waiting"] == 3


def test_eventsAndDeliveriesAreCountedByTheBatch(node: Measured) -> None:
    alex = node.doors.enter("alex")
    node.doors.enter("bea")
    before = node.samples()
    alex.type("hello")
    after = node.samples()
    assert after["events_total{kind=said}"] - before.get("events_total{kind=said}", 0) == 1
    for name in ("deliveries_total", "delivered_events_total"):
        assert after[name] - before[name] == 2, "alex, who is spared it, and bea"
    assert after["portions_total"] - before["portions_total"] == 1


def test_eachCommitIsInTheHistogramOfCommits(node: Measured) -> None:
    alex = node.doors.enter("alex")
    before = node.samples()["commit_seconds_count"]
    alex.type("hello", "again")
    samples = node.samples()
    assert samples["commit_seconds_count"] - before == 2
    assert samples["commit_seconds_bucket{le=+Inf}"] == samples["commit_seconds_count"]
    assert (samples["log_queue_events"], samples["log_queue_bytes"]) == (0, 0)


def test_whatWaitsForTheLogIsShown(node: Measured) -> None:
    alex = node.doors.enter("alex")
    alex.send(b"hello\n", seconds=0)
    samples = node.samples()
    assert samples["log_queue_events"] == 1
    assert samples["log_queue_bytes"] > 0
    node.doors.net.settle()


def test_whatShouldNeverHappenIsShownBeforeItDoes(node: Measured) -> None:
    assert node.samples()["refusals_total{code=internal}"] == 0


def test_refusalsAreCountedByTheirCode(node: Measured) -> None:
    node.doors.enter("alex").type("/topic", "/no-such-command", "/no-such-command")
    refusals = {key: n for key, n in node.samples().items() if key.startswith("refusals_total")}
    assert sum(refusals.values()) >= 2
    assert all(re.fullmatch(r"refusals_total\{code=[a-zA-Z-]+\}", key) for key in refusals)


def test_whoIsOneTooManyIsCountedAsRefused() -> None:
    node = Measured(ClientLimits(connections=1))
    node.doors.connect()
    node.doors.connect(host=FAR)
    assert node.samples()["refusals_total{code=turned-away}"] == 1


def test_whoDoesNotReadIsCounted() -> None:
    node = Measured(ClientLimits(sendQueue=1024))
    slow = node.doors.enter("alex")
    slow.protocol.outbox.pauseProducing()
    slow.protocol.outbox.write(b"x" * 2000)
    assert node.samples()["send_queues_overflowed_total"] == 1


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="no system tells of it elsewhere")
def test_theProcessIsMeasuredToo(node: Measured) -> None:
    samples = node.samples()
    assert samples["process_open_fds"] > 2
    assert samples["process_resident_memory_bytes"] > 1e6
    assert samples["certificate_expiry_timestamp_seconds"] == 1_800_000_000


def test_durationsFallIntoTheBucketThatTheyAreAtMost() -> None:
    durations = Durations()
    for seconds in (0.0, BOUNDS[0], BOUNDS[0] * 1.1, BOUNDS[-1], BOUNDS[-1] + 1):
        durations.add(seconds)
    assert durations.tally[:2] == [2, 1]
    assert durations.tally[-2:] == [1, 1]
    assert durations.total == pytest.approx(2 * BOUNDS[-1] + 1 + 2.1 * BOUNDS[0])


def test_healthzIsOkOrSaysWhyNot(node: Measured) -> None:
    head, body = node.get("/healthz")
    assert head.startswith("HTTP/1.0 200 ")
    assert body == "ok\n"
    node.health.answer = succeed("Not saved: the disk is full.")
    head, body = node.get("/healthz")
    assert head.startswith("HTTP/1.0 503 ")
    assert body == "Not saved: the disk is full.\n"


def test_whoHasGoneBeforeTheAnswerIsToldNothing(node: Measured) -> None:
    node.health.answer = Deferred()
    pipe = node.request("/healthz")
    node.health.answer.callback("")
    assert pipe.value() == b""


def test_nobodyKeepsTheAnswers(node: Measured) -> None:
    for path in ("/", "/metrics", "/healthz"):
        head, _ = node.get(path)
        assert "cache-control: no-store" in head.lower()
        assert "x-content-type-options: nosniff" in head.lower()


@pytest.mark.parametrize(("path", "status"), [("/", 200), ("/nothing", 404), ("/metrics/x", 200)])
def test_theIndexIsThereAndUnknownPathsAreNot(node: Measured, path: str, status: int) -> None:
    assert node.get(path)[0].startswith(f"HTTP/1.0 {status} ")


def test_nothingCanBePosted(node: Measured) -> None:
    assert node.request("/metrics", "POST").value().startswith(b"HTTP/1.0 405 ")


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="no system tells of it elsewhere")
def test_whatTheAlertsAskForIsMeasuredFromTheStart(node: Measured) -> None:
    """
    The alerts for Prometheus that come with the source.
    """
    file = Path(__file__).parents[2] / "deploy" / "prometheus-alerts.yml"
    asked = re.findall(r"\b((?:twisted_chat|process)_\w+)(?:{([^}]*)})?", file.read_text("utf-8"))
    assert len(asked) > 5
    there = {name.partition("{")[0] for name in node.samples()}
    for name, labels in asked:
        assert name.removeprefix("twisted_chat_") in there
        if "code=" in labels:
            key = labels.replace('"', "")
            assert node.samples()[f"refusals_total{{{key}}}"] == 0


def test_aConnectionHasOneRequest() -> None:
    measured = Measured()
    _, pipe = measured.connect(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n" * 3)
    assert pipe.value().count(b"HTTP/1.1 200") == 1
    assert b"onnection: close\r\n" in pipe.value()
    assert pipe.disconnecting


def test_whoSendsNowAndThenIsNotWaitedForForEver() -> None:
    measured = Measured()
    protocol, pipe = measured.connect(b"GET /metrics HTTP/1.1\r\n")
    for _ in range(3):
        measured.doors.net.clock.advance(LIFE / 4)
        protocol.dataReceived(b"X-One: more\r\n")
    assert not pipe.disconnected
    measured.doors.net.clock.advance(LIFE / 4)
    assert pipe.disconnected


def test_nothingIsKeptOfWhatFollowsARequest() -> None:
    measured = Measured()
    protocol, _ = measured.connect(b"POST / HTTP/1.1\r\nContent-Length: 1000000000\r\n\r\n")
    protocol.dataReceived(b"x" * 200_000)
    (request,) = protocol.requests
    assert isinstance(request.content, BytesIO)
    assert request.content.getvalue() == b""


def test_onlySoManyAskAtTheSameTime() -> None:
    measured = Measured()
    there = [measured.connect(b"GET ")[0] for _ in range(MOST_CONNECTIONS)]
    assert measured.connect(b"GET ")[0] is None
    there[0].connectionLost(Failure(ConnectionDone()))
    assert measured.connect(b"GET ")[0] is not None
