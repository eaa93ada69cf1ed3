"""
What is measured, for Prometheus, and whether all is well, for a load balancer: HTTP on a port of
its own, with C{/metrics} and C{/healthz}.

All numbers are read when somebody asks for them; that is all that measuring costs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import accumulate
from typing import Any

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from twisted.internet.interfaces import IAddress, IDelayedCall, IReactorTime
from twisted.internet.protocol import connectionDone
from twisted.python.failure import Failure
from twisted.web.http import (
    INTERNAL_SERVER_ERROR,
    NOT_ALLOWED,
    NOT_FOUND,
    SERVICE_UNAVAILABLE,
    HTTPChannel,
)
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Request, Site

from twisted_chat.domain.counts import BOUNDS, Durations
from twisted_chat.domain.hub import Hub
from twisted_chat.domain.units import SECONDS
from twisted_chat.monitoring.health import Health

PREFIX = "twisted_chat_"

LIFE = 20 * SECONDS
"""Seconds that an HTTP connection may take, whatever happens on it."""

MOST_CONNECTIONS = 50
"""HTTP connections at the same time."""

PLAIN = b"text/plain; charset=utf-8"

METRICS, HEALTHZ = b"metrics", b"healthz"


def _counter(name: str, about: str, value: float) -> Metric:
    return CounterMetricFamily(PREFIX + name, about, value=value)


def _gauge(name: str, about: str, value: float) -> Metric:
    return GaugeMetricFamily(PREFIX + name, about, value=value)


def _labelled(
    family: type[CounterMetricFamily] | type[GaugeMetricFamily],
    name: str,
    about: str,
    label: str,
    values: Iterable[tuple[str, float]],
) -> Metric:
    metric = family(PREFIX + name, about, labels=[label])
    for key, value in sorted(values):
        metric.add_metric([key], value)
    return metric


def _histogram(name: str, about: str, durations: Durations) -> Metric:
    bounds = [*map(str, BOUNDS), "+Inf"]
    metric = HistogramMetricFamily(PREFIX + name, about)
    buckets = list(zip(bounds, accumulate(durations.tally), strict=True))
    metric.add_metric([], buckets, durations.total)
    return metric


class NodeCollector(Collector):
    """
    The numbers of one node.
    """

    def __init__(
        self,
        hub: Hub,
        hashing: Callable[[], int],
        expires: Callable[[], float | None] = lambda: None,
    ) -> None:
        """
        @param hashing: how many passwords wait to be hashed, or are.
        @param expires: when the TLS certificate ends, in POSIX seconds; C{None} if there is none.
        """
        self._hub = hub
        self._hashing = hashing
        self._expires = expires

    def collect(self) -> Iterator[Metric]:
        """
        Read them.
        """
        yield from self._people()
        yield from self._log()
        counts = self._hub.counts
        yield _counter("portions", "Runs of events handed out.", counts.portions)
        yield _counter(
            "deliveries", "Runs of events handed to readers, once for each.", counts.deliveries
        )
        yield _counter("delivered_events", "Events handed to readers, once for each.", counts.lines)
        yield _labelled(
            CounterMetricFamily, "refusals", "What was refused, by the code of the reason.",
            "code", counts.refusals.items(),
        )  # fmt: skip
        yield _counter(
            "send_queues_overflowed", "Disconnected since they did not read.", counts.overflows
        )
        yield _gauge(
            "passwords_waiting", "Passwords that wait to be hashed, or are.", self._hashing()
        )
        expires = self._expires()
        if expires is not None:
            yield _gauge(
                "certificate_expiry_timestamp_seconds", "When the certificate ends.", expires
            )

    def _people(self) -> Iterator[Metric]:
        counts, roster = self._hub.counts, self._hub.roster
        yield _labelled(
            GaugeMetricFamily, "connections", "Connections, by wire.",
            "wire", counts.connections.items(),
        )  # fmt: skip
        yield _labelled(
            CounterMetricFamily, "connections_accepted", "Connections that have come, by wire.",
            "wire", counts.accepted.items(),
        )  # fmt: skip
        yield _labelled(
            CounterMetricFamily, "logins", "Logins of accounts and of guests.",
            "kind", counts.logins.items(),
        )  # fmt: skip
        yield _gauge("people", "People with a session on this node.", roster.peopleHere)
        yield _gauge("sessions", "Sessions on this node.", len(roster.sessions))
        yield _gauge("rooms", "Rooms that somebody on this node is in.", len(roster.roomNames))

    def _log(self) -> Iterator[Metric]:
        counts, commits = self._hub.counts, self._hub.commits
        yield _labelled(
            CounterMetricFamily, "events", "Events that have their place, by kind.",
            "kind", counts.events.items(),
        )  # fmt: skip
        yield _histogram("commit_seconds", "How long the log took for a batch.", counts.commits)
        yield _gauge("log_queue_events", "Events on their way into the log.", len(commits))
        yield _gauge("log_queue_bytes", "Bytes of those that wait for the writer.", commits.bytes)


def makeRegistry(collector: NodeCollector) -> CollectorRegistry:
    """
    @return: what C{/metrics} shows: the node's numbers and the process's (memory, CPU, files).
    """
    registry = CollectorRegistry()
    registry.register(collector)
    ProcessCollector(registry=registry)
    return registry


class Page(Resource):
    """
    Text that nobody keeps.
    """

    def answer(self, request: Request, kind: bytes, text: bytes) -> bytes:
        """
        @param kind: the content type.
        @return: the text, with the headers set.
        """
        request.setHeader(b"content-type", kind)
        request.setHeader(b"cache-control", b"no-store")
        request.setHeader(b"x-content-type-options", b"nosniff")
        return text

    def getChild(self, path: bytes, request: Request) -> Page:
        """
        @return: what says that there is nothing of that name.
        """
        return Nothing()  # type: ignore[no-untyped-call]

    def render(self, request: Request) -> bytes | int:
        """
        Answer who asks; nobody has anything else to do here.
        """
        if request.method not in (b"GET", b"HEAD"):
            request.setResponseCode(NOT_ALLOWED)
            request.setHeader(b"allow", b"GET, HEAD")
            return self.answer(request, PLAIN, b"Ask with GET.\n")
        answer: bytes | int = super().render(request)  # type: ignore[no-untyped-call]
        return answer


class Nothing(Page):
    """
    Where there is nothing.
    """

    isLeaf = True

    def render_GET(self, request: Request) -> bytes:
        """
        Status 404.
        """
        request.setResponseCode(NOT_FOUND)
        return self.answer(request, PLAIN, b"There is nothing here.\n")


class MetricsPage(Page):
    """
    C{/metrics}.
    """

    isLeaf = True

    def __init__(self, registry: CollectorRegistry) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._registry = registry

    def render_GET(self, request: Request) -> bytes:
        """
        All numbers, in Prometheus's text format.
        """
        return self.answer(
            request, CONTENT_TYPE_PLAIN_0_0_4.encode(), generate_latest(self._registry)
        )


class HealthPage(Page):
    """
    C{/healthz}: C{ok}, or with status 503 why not.
    """

    isLeaf = True

    def __init__(self, health: Health) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._health = health

    def render_GET(self, request: Request) -> int:
        """
        Whether the log takes writes.
        """
        gone: list[Failure] = []
        request.notifyFinish().addErrback(gone.append)

        def tell(why: str) -> None:
            if not gone:
                request.setResponseCode(SERVICE_UNAVAILABLE if why else 200)
                request.write(self.answer(request, PLAIN, f"{why or 'ok'}\n".encode()))
                request.finish()

        def fail(why: Failure) -> None:
            if not gone:
                request.setResponseCode(INTERNAL_SERVER_ERROR)
                request.finish()
            why.raiseException()

        self._health.check().addCallback(tell).addErrback(fail)
        return NOT_DONE_YET


class Index(Page):
    """
    C{/}: what there is here.
    """

    def render_GET(self, request: Request) -> bytes:
        """
        The paths.
        """
        return self.answer(request, PLAIN, b"/metrics\n/healthz\n")


class Bodiless(Request):
    """
    A request of which nothing is kept but what is asked for.
    """

    def gotLength(self, length: int | None) -> None:
        """
        What follows would be kept in a file, however long it is.
        """
        super().gotLength(0)  # type: ignore[no-untyped-call]

    def handleContentChunk(self, data: bytes) -> None:
        """
        It is nobody's.
        """


class OneRequest(HTTPChannel):
    """
    A connection with one request. Whoever sends thousands at once would have them all answered
    before anybody else gets a turn.
    """

    factory: QuietSite
    transport: Any
    callLater: Any
    _end: IDelayedCall

    def connectionMade(self) -> None:
        """
        Somebody has come.
        """
        super().connectionMade()  # type: ignore[no-untyped-call]
        self.factory.connections += 1
        self._end = self.callLater(LIFE, self.transport.abortConnection)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """
        They have gone.
        """
        self.factory.connections -= 1
        if self._end.active():
            self._end.cancel()
        super().connectionLost(reason)  # type: ignore[no-untyped-call]

    def checkPersistence(self, request: Request, version: bytes) -> bool:
        """
        No other request follows.
        """
        request.setHeader(b"connection", b"close")
        return False


class QuietSite(Site):
    """
    Does not log who asks, every few seconds.

    @ivar connections: how many there are.
    """

    noisy = False
    protocol = OneRequest  # type: ignore[assignment]
    connections = 0

    def buildProtocol(self, address: IAddress | None) -> Any:
        """
        Somebody has come; where there are too many already, they are sent away.
        """
        if self.connections >= MOST_CONNECTIONS:
            return None
        return super().buildProtocol(address)  # type: ignore[no-untyped-call]

    def log(self, request: object) -> None:
        """
        Nothing.
        """


def makeSite(registry: CollectorRegistry, health: Health, clock: IReactorTime) -> Site:
    """
    @return: what the port is opened with.
    """
    index = Index()  # type: ignore[no-untyped-call]
    index.putChild(b"", index)
    index.putChild(METRICS, MetricsPage(registry))
    index.putChild(HEALTHZ, HealthPage(health))
    return QuietSite(index, requestFactory=Bodiless, timeout=LIFE, reactor=clock)  # type: ignore[no-untyped-call]
