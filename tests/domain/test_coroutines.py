"""
L{twisted_chat.domain.coroutines}: a coroutine that was begun does as it does with Twisted.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.task import Clock
from twisted.python.failure import Failure

from twisted_chat.domain.coroutines import after, asDeferred, begun, carriedOut, metered

Begin = Callable[[Coroutine[Deferred[Any], Any, Any]], Deferred[Any]]


def called(coroutine: Coroutine[Deferred[Any], Any, Any]) -> Deferred[Any]:
    done: Deferred[Any] = Deferred()
    carriedOut(coroutine, done.callback)
    return done


@pytest.fixture(params=[begun, called, Deferred.fromCoroutine])
def begin(request: pytest.FixtureRequest) -> Begin:
    """
    All ways.
    """
    way: Begin = request.param
    return way


async def total(*parts: Deferred[int]) -> int:
    return sum([await part for part in parts])


async def quotient(above: Deferred[int], below: Deferred[int]) -> float:
    try:
        return await above / await below
    except KeyError:
        return 0.0


def test_whatEndsAtOnceHasItsResult(begin: Begin) -> None:
    assert begin(total()).result == 0
    assert begin(total(succeed(1), succeed(2))).result == 3


def test_whatWaitsGoesOnWithEachResult(begin: Begin) -> None:
    first: Deferred[int] = Deferred()
    second: Deferred[int] = Deferred()
    done = begin(total(first, succeed(10), second))
    first.callback(1)
    assert not done.called
    second.callback(100)
    assert done.result == 111
    # What was taken is not given to who asks later.
    assert first.result is None


def test_aResultThatComesInPartsIsWaitedFor(begin: Begin) -> None:
    outer: Deferred[int] = Deferred()
    inner: Deferred[int] = Deferred()
    outer.addCallback(lambda _: inner)
    done = begin(total(outer))
    outer.callback(0)
    assert not done.called
    inner.callback(7)
    assert done.result == 7


@pytest.mark.parametrize("waits", [False, True])
def test_whatIsRaisedFailsIt(begin: Begin, waits: bool) -> None:
    below: Deferred[int] = Deferred() if waits else succeed(0)
    done = begin(quotient(succeed(1), below))
    if waits:
        below.callback(0)
    failures: list[Failure] = []
    done.addErrback(failures.append)
    (failure,) = failures
    assert failure.check(ZeroDivisionError)
    assert "quotient" in failure.getTraceback()


@pytest.mark.parametrize("waits", [False, True])
def test_whatFailsIsRaisedWhereItIsAwaited(begin: Begin, waits: bool) -> None:
    above: Deferred[int] = Deferred() if waits else fail(KeyError("above"))
    done = begin(quotient(above, succeed(1)))
    if waits:
        above.errback(KeyError("above"))
    assert done.result == 0.0
    assert above.result is None or not waits


def test_aTracebackTellsWhereItBegan(begin: Begin) -> None:
    def lookUp() -> None:
        raise LookupError("nothing")

    waited: Deferred[Any] = Deferred()
    waited.addCallback(lambda _: lookUp())
    done = begin(total(waited))
    waited.callback(None)
    failures: list[Failure] = []
    done.addErrback(failures.append)
    told = "".join(traceback.format_exception(failures[0].value))
    assert "lookUp" in told
    assert "in total" in told


@asDeferred
async def half(number: int) -> int:
    """
    Half of an even number.
    """
    if number % 2:
        raise ValueError(number)
    return number // 2


def test_aCoroutineFunctionGivesADeferredThatHasBegun() -> None:
    found: list[object] = []
    half(8).addCallback(found.append)
    half(number=7).addErrback(lambda why: found.append(why.value.args))
    assert found == [4, (7,)]


def test_itIsCalledAndExplainedAsItWas() -> None:
    assert (half.__name__, (half.__doc__ or "").strip()) == ("half", "Half of an even number.")


def test_whatTakesLongIsChargedForWithoutWhatItWaitsFor() -> None:
    clock, charged = Clock(), list[int]()
    first, second = Deferred[None](), Deferred[None]()

    async def working() -> str:
        clock.advance(2.5)
        await first
        clock.advance(0.25)
        with pytest.raises(KeyError):
            await second
        clock.advance(0.5)
        return "done"

    done = begun(metered(working(), clock.seconds, 1.0, charged.append))
    clock.advance(100)
    first.callback(None)
    assert charged == [2]
    clock.advance(100)
    second.errback(KeyError())
    assert charged == [2, 1]
    assert done.result == "done"


def test_whatIsThereAlreadyIsTakenAtOnceAndElseWhenItComes() -> None:
    taken: list[tuple[object, str]] = []

    def take(result: object, word: str) -> None:
        taken.append((result, word))

    outer: Deferred[Any] = Deferred()
    inner: Deferred[Any] = Deferred()
    outer.addCallback(lambda _: inner)
    outer.callback(None)
    after(succeed(1), take, "there")
    after(outer, take, "coming")
    assert taken == [(1, "there")]
    inner.callback(2)
    assert taken == [(1, "there"), (2, "coming")]


def test_aFailureThatIsTakenIsNotToldOfAgain() -> None:
    taken: list[Any] = []
    after(fail(KeyError("x")), taken.append)
    (failure,) = taken
    assert failure.check(KeyError)
