"""
Waiting for what nearly always has happened already, at a third of what Twisted takes for it.

A callback of a Deferred costs as much as ten plain calls. So where something is done several times
with each command, each login or each batch, it is begun and followed by these functions.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable
from functools import wraps
from typing import Any, ParamSpec, TypeVar, cast

from twisted.internet.defer import Deferred, FirstError, fail, gatherResults, succeed
from twisted.python.failure import Failure

P = ParamSpec("P")
T = TypeVar("T")


def begun(coroutine: Coroutine[Deferred[Any], Any, T]) -> Deferred[T]:
    """
    What C{Deferred.fromCoroutine} does, for what is begun several times with each command and each
    login. Nearly always it has ended by the time that this returns. It can't be cancelled, and has
    no context of its own (C{contextvars}).

    @return: fires with what the coroutine returns, or fails with what it raises.
    """
    try:
        awaited = coroutine.send(None)
    except StopIteration as end:
        return succeed(end.value)
    except BaseException:
        return fail()
    done: Deferred[T] = Deferred()
    awaited.addBoth(_Waiting(coroutine, done.callback).goOn)
    return done


def carriedOut(
    coroutine: Coroutine[Deferred[Any], Any, Any], ended: Callable[[Any], object]
) -> None:
    """
    What C{begun(coroutine).addBoth(ended)} does, without a Deferred.

    @param ended: gets what the coroutine returns, or a L{Failure}; perhaps before this returns.
    """
    _Waiting(coroutine, ended).goOn(None)


def after(done: Deferred[T], act: Callable[..., object], *arguments: object) -> None:
    """
    What C{done.addBoth(act, *arguments)} does, for one that nobody else looks at.

    @param act: gets the result, or a L{Failure}, and the arguments; perhaps before this returns.
        It does not raise.
    """
    if done.called and not done.paused and not isinstance(done.result, Failure):
        act(done.result, *arguments)
    else:
        done.addBoth(act, *arguments)


def allOf(several: Iterable[Deferred[T]]) -> Deferred[list[T]]:
    """
    What C{gatherResults(several)} does; but it fails with what has failed first itself, and of what
    fails behind that nothing is told.
    """
    return gatherResults(list(several), consumeErrors=True).addErrback(_first)


def _first(why: Failure) -> Failure:
    error = why.value
    return error.subFailure if isinstance(error, FirstError) else why


def metered(
    coroutine: Coroutine[Deferred[Any], Any, T],
    worked: Callable[[], float],
    unit: float,
    charge: Callable[[int], object],
) -> Coroutine[Deferred[Any], Any, T]:
    """
    A coroutine for which those who have asked for it are charged, by how long it takes without what
    it waits for.

    @param worked: how long this thread has worked, in seconds.
    @param unit: so many seconds are one.
    @param charge: is called with how many of them were spent.
    @return: to be begun by L{begun} or L{carriedOut}.
    """
    metered = _Metered(coroutine, worked, unit, charge)
    return cast("Coroutine[Deferred[Any], Any, T]", metered)


class _Metered:
    """
    A coroutine that is charged for, as far as these functions need one.
    """

    __slots__ = ("_charge", "_coroutine", "_spent", "_unit", "_worked")

    def __init__(
        self,
        coroutine: Coroutine[Deferred[Any], Any, Any],
        worked: Callable[[], float],
        unit: float,
        charge: Callable[[int], object],
    ) -> None:
        self._coroutine = coroutine
        self._unit = unit
        self._charge = charge
        self._spent = 0.0
        self._worked = worked

    def send(self, value: None) -> Deferred[Any]:
        """
        Go on until something is waited for.
        """
        began = self._worked()
        try:
            return self._coroutine.send(value)
        finally:
            self._note(began)

    def throw(self, error: Any) -> Deferred[Any]:
        """
        The same, where what was waited for has failed.
        """
        began = self._worked()
        try:
            return self._coroutine.throw(error)
        finally:
            self._note(began)

    def _note(self, began: float) -> None:
        self._spent += self._worked() - began
        units = int(self._spent / self._unit)
        if units:
            self._spent -= units * self._unit
            self._charge(units)


class _Waiting:
    """
    A coroutine that waits for a Deferred.
    """

    __slots__ = ("_coroutine", "_ended")

    def __init__(
        self, coroutine: Coroutine[Deferred[Any], Any, Any], ended: Callable[[Any], object]
    ) -> None:
        """
        @param ended: gets what it returns, or a L{Failure}.
        """
        self._coroutine = coroutine
        self._ended = ended

    def goOn(self, result: object) -> None:
        """
        What it has waited for is there, which looks at its own result then, or has failed.
        """
        coroutine = self._coroutine
        try:
            if isinstance(result, Failure):
                error: Any = result.value
                awaited = coroutine.throw(error.with_traceback(result.tb))
            else:
                awaited = coroutine.send(None)
        except StopIteration as end:
            result = end.value
        except BaseException:
            result = Failure()
        else:
            awaited.addBoth(self.goOn)
            return
        self._ended(result)


def asDeferred(
    function: Callable[P, Coroutine[Deferred[Any], Any, T]],
) -> Callable[P, Deferred[T]]:
    """
    Lets a function that is written as a coroutine give a Deferred: it is L{begun} when called.
    """

    @wraps(function)
    def begin(*arguments: P.args, **named: P.kwargs) -> Deferred[T]:
        return begun(function(*arguments, **named))

    return begin
