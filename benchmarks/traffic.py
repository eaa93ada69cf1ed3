"""
Who says what when, and who checks what arrives.

Every message carries C{@STAMP;SPEAKER;NUMBER;}: the hexadecimal microseconds of the monotonic
clock at which it was, or should have been, sent; the number of its speaker; and a count from 1 by
which a listener knows that nothing is missing, doubled or out of order.
"""

import re
import time
from array import array
from collections import Counter
from collections.abc import Callable, Sequence

from benchmarks.clients import Client, Loop, Pacer
from benchmarks.wires import Wire

MICROSECONDS = 1_000_000
"""Per second."""

NANOSECONDS_PER_MICROSECOND = 1000

PAYLOAD = re.compile(rb"@([0-9a-f]+);(\d+);(\d+);")

MOST_COMPLAINTS = 2
"""Complaints of one listener that are kept."""


def stampNow() -> int:
    """
    @return: the monotonic clock in microseconds.
    """
    return time.monotonic_ns() // NANOSECONDS_PER_MICROSECOND


class Speaker:
    """
    A client that says lines.

    @ivar number: its number in payloads.
    @ivar spoken: how many messages it has sent.
    """

    __slots__ = ("_client", "_size", "_wire", "number", "spoken")

    def __init__(self, client: Client, number: int, wire: Wire, size: int) -> None:
        """
        @param size: bytes of a message's text, if the payload doesn't need more.
        """
        self._client = client
        self._wire = wire
        self._size = size
        self.number = number
        self.spoken = 0

    def speak(self, count: int, stamp: int) -> None:
        """
        Send some messages in one write.

        @param stamp: their sending time in microseconds of the monotonic clock.
        """
        lines = []
        for number in range(self.spoken + 1, self.spoken + count + 1):
            text = b"@%x;%d;%d;" % (stamp, self.number, number)
            lines.append(self._wire.say(self._client.room, text.ljust(self._size, b".")))
        self.spoken += count
        self._client.send(b"".join(lines))


class Listener:
    """
    A client whose messages are read and not only counted.

    @ivar complaints: what was wrong, at most L{MOST_COMPLAINTS} sentences.
    """

    __slots__ = (
        "_client",
        "_heard",
        "_last",
        "_latencies",
        "_loop",
        "_onHeard",
        "_wire",
        "complaints",
    )

    def __init__(
        self,
        loop: Loop,
        client: Client,
        latencies: "array[int]",
        onHeard: Callable[[list[int]], None] | None = None,
        *,
        wire: Wire,
    ) -> None:
        """
        @param wire: what the client speaks: pings are answered, and are no lines.
        @param latencies: microseconds from each message's stamp to its arrival are appended here.
        @param onHeard: told the numbers of the speakers of what has just arrived.
        """
        self._loop = loop
        self._client = client
        self._wire = wire
        self._latencies = latencies
        self._onHeard = onHeard
        self._heard = b""
        self._last: dict[int, int] = {}
        self.complaints: list[str] = []
        loop.read(client, self.read)

    def read(self) -> None:
        """The client's reader from now on."""
        count = self._client.receive()
        now = stampNow()
        whole, end, rest = (self._heard + self._loop.buffer[:count]).rpartition(b"\n")
        self._heard = rest
        if not end:
            return
        found = PAYLOAD.findall(whole)
        lines = whole.count(b"\n") + 1
        self._loop.lines += lines
        if len(found) != lines:
            self._complainOfStrangers(whole)
        speakers = [int(speaker) for _, speaker, _ in found]
        for speaker, (stamp, _, number) in zip(speakers, found, strict=True):
            self._latencies.append(now - int(stamp, 16))
            self._checkOrder(speaker, int(number))
        if self._onHeard is not None and speakers:
            self._onHeard(speakers)

    def _checkOrder(self, speaker: int, number: int) -> None:
        expected = self._last.get(speaker, 0) + 1
        if number != expected:
            self._complain(f"got message {number} of speaker {speaker} instead of {expected}")
        self._last[speaker] = number

    def _complainOfStrangers(self, whole: bytes) -> None:
        answer = self._wire.unasked(whole)
        if answer:
            self._client.send(answer)
            self._loop.lines -= answer.count(b"\n")
        for line in whole.split(b"\n"):
            if not self._wire.unasked(line) and len(PAYLOAD.findall(line)) != 1:
                self._complain(f"was told {line.decode('utf-8', 'replace')!r}")

    def _complain(self, what: str) -> None:
        if len(self.complaints) < MOST_COMPLAINTS:
            self.complaints.append(f"{self._client.name} {what}")


class Window:
    """
    Closed loop: each speaker has at most so many messages on their way that an observer has not
    yet seen.
    """

    def __init__(self, speakers: Sequence[Speaker], inflight: int) -> None:
        self._speakers = speakers
        self._inflight = inflight
        self._open = False

    def open(self) -> None:
        """Fill the window."""
        self._open = True
        for speaker in self._speakers:
            speaker.speak(self._inflight, stampNow())

    def close(self) -> None:
        """Say nothing more."""
        self._open = False

    def seen(self, numbers: list[int]) -> None:
        """
        To be given to the observer's L{Listener}.

        @param numbers: of the speakers of what it saw.
        """
        if self._open:
            stamp = stampNow()
            for number, count in Counter(numbers).items():
                self._speakers[number].speak(count, stamp)


class Pace(Pacer):
    """
    Open loop: messages at an even rate, from one speaker after the other, whatever comes back.

    They are stamped with the time at which they are due, so that a server, or a generator, that
    falls behind is seen in the latency.
    """

    def __init__(self, speakers: Sequence[Speaker], rate: float) -> None:
        """
        @param rate: messages per second, in all.
        """
        self._speakers = speakers
        self._interval = 1 / rate
        self._next = 0
        self.due = time.monotonic()

    def fire(self, now: float) -> None:
        """See L{Pacer.fire}."""
        while self.due <= now:
            self._speakers[self._next].speak(1, int(self.due * MICROSECONDS))
            self._next = (self._next + 1) % len(self._speakers)
            self.due += self._interval
