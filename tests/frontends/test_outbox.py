"""
L{twisted_chat.frontends.outbox}: who does not read is disconnected, who reads is not.
"""

from __future__ import annotations

from twisted.internet.interfaces import IPushProducer
from zope.interface.verify import verifyObject

from twisted_chat.frontends.outbox import TOO_SLOW, Outbox

LIMIT = 100


class Pipe:
    """
    A transport whose buffer is clogged when a test says so.
    """

    def __init__(self) -> None:
        self.written = b""
        self.producer: Outbox | None = None
        self.ended = ""

    def registerProducer(self, producer: Outbox, streaming: bool) -> None:
        assert streaming
        self.producer = producer

    def unregisterProducer(self) -> None:
        self.producer = None

    def write(self, data: bytes) -> None:
        assert not self.ended
        self.written += data

    def loseConnection(self) -> None:
        # A real transport waits for a producer that is paused.
        assert self.producer is None
        self.ended = "closed"

    def abortConnection(self) -> None:
        self.ended = "aborted"


def made() -> tuple[Pipe, Outbox, list[str]]:
    pipe, reasons = Pipe(), list[str]()
    outbox = Outbox(pipe, LIMIT, reasons.append)
    assert pipe.producer is outbox
    return pipe, outbox, reasons


def test_itIsAPushProducer() -> None:
    assert verifyObject(IPushProducer, made()[1])


def test_whatIsReadIsNotCounted() -> None:
    pipe, outbox, reasons = made()
    for _ in range(10):
        outbox.write(b"x" * LIMIT)
    assert (len(pipe.written), pipe.ended, reasons) == (10 * LIMIT, "", [])


def test_aTransportMaySayWithEachWriteThatItsBufferIsClogged() -> None:
    pipe, outbox, reasons = made()
    for _ in range(2):
        outbox.pauseProducing()
        outbox.write(b"x" * (LIMIT // 2))
    outbox.pauseProducing()
    assert (len(pipe.written), pipe.ended, reasons) == (LIMIT, "", [])
    outbox.write(b"x")
    assert (pipe.ended, reasons) == ("aborted", [TOO_SLOW])


def test_whoDoesNotReadMayHaveTheLimitWaitingAndNotAByteMore() -> None:
    pipe, outbox, reasons = made()
    outbox.pauseProducing()
    outbox.write(b"x" * LIMIT)
    assert (len(pipe.written), pipe.ended, reasons) == (LIMIT, "", [])
    outbox.write(b"x")
    assert (len(pipe.written), pipe.ended, reasons) == (LIMIT, "aborted", [TOO_SLOW])


def test_theReasonIsToldOnceAndNothingIsWrittenAfterIt() -> None:
    pipe, outbox, reasons = made()
    outbox.pauseProducing()
    outbox.write(b"x" * (LIMIT + 1))
    outbox.write(b"x" * (LIMIT + 1))
    outbox.resumeProducing()
    outbox.write(b"x")
    assert (pipe.written, reasons, outbox.closed) == (b"", [TOO_SLOW], True)


def test_countingBeginsAnewWhenTheBufferWasEmpty() -> None:
    pipe, outbox, _ = made()
    for _ in range(3):
        outbox.pauseProducing()
        outbox.write(b"x" * LIMIT)
        outbox.resumeProducing()
        outbox.write(b"x" * LIMIT)
    assert pipe.ended == ""
    assert len(pipe.written) == 6 * LIMIT


def test_closingLetsTheTransportCloseEvenWhileItIsClogged() -> None:
    pipe, outbox, reasons = made()
    outbox.pauseProducing()
    outbox.write(b"goodbye")
    outbox.close()
    outbox.write(b"too late")
    outbox.close()
    outbox.abort()
    assert (pipe.written, pipe.ended, reasons) == (b"goodbye", "closed", [])


def test_nothingIsWrittenWhenTheConnectionHasGone() -> None:
    for end in (Outbox.lost, Outbox.stopProducing):
        pipe, outbox, reasons = made()
        end(outbox)
        outbox.write(b"x" * (LIMIT + 1))
        outbox.close()
        assert (pipe.written, pipe.ended, reasons) == (b"", "", [])


def test_whatIsDivertedGoesElsewhereUntilItIsNot() -> None:
    pipe, outbox, _ = made()
    elsewhere: list[bytes] = []
    outbox.divert(elsewhere.append)
    outbox.write(b"1")
    # What becomes of the client's reading meanwhile changes nothing.
    outbox.pauseProducing()
    outbox.write(b"2")
    outbox.resumeProducing()
    outbox.write(b"3")
    outbox.divert(None)
    outbox.write(b"4")
    assert (elsewhere, pipe.written) == ([b"1", b"2", b"3"], b"4")


def test_whatIsNoLongerDivertedIsCountedIfTheClientIsSlow() -> None:
    pipe, outbox, reasons = made()
    outbox.divert(lambda data: None)
    outbox.pauseProducing()
    outbox.divert(None)
    outbox.write(b"x" * (LIMIT + 1))
    assert (pipe.ended, reasons) == ("aborted", [TOO_SLOW])


def test_itTellsWhenASlowClientHasReadAllAsLongAsThereIsOne() -> None:
    pipe, drained = Pipe(), list[bool]()
    outbox = Outbox(pipe, LIMIT, lambda reason: None, lambda: drained.append(outbox.slow))
    outbox.pauseProducing()
    assert drained == []
    outbox.resumeProducing()
    assert drained == [False]
    outbox.pauseProducing()
    outbox.close()
    outbox.resumeProducing()
    assert drained == [False]


def test_aClientThatDoesNotReadCanBeGivenUp() -> None:
    pipe, outbox, reasons = made()
    outbox.giveUp()
    outbox.giveUp()
    assert (pipe.ended, reasons, outbox.closed) == ("aborted", [TOO_SLOW], True)


def test_nothingIsDivertedWhenTheConnectionHasGone() -> None:
    _, outbox, _ = made()
    elsewhere: list[bytes] = []
    outbox.divert(elsewhere.append)
    outbox.lost()
    outbox.write(b"1")
    outbox.divert(elsewhere.append)
    outbox.write(b"2")
    assert elsewhere == []
