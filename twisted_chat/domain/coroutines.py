"""
Beginning a coroutine where a Deferred is wanted, at a third of what Twisted takes for it.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, Generic, ParamSpec, TypeVar

from twisted.internet.defer import Deferred, fail, succeed
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
    waiting = _Waiting(coroutine)
    awaited.addBoth(waiting.goOn)
    return waiting.done


def metered(
    coroutine: Coroutine[Deferred[Any], Any, T],
    worked: Callable[[], float],
    unit: float,
    charge: Callable[[int], object],
) -> Deferred[T]:
    """
    L{begun} for what costs those who ask for it something according to how long it takes, without
    what it waits for.

    @param worked: how long this thread has worked, in seconds.
    @param unit: so many seconds are one.
    @param charge: is called with how many of them were spent.
    """
    steps: Any = _Metered(coroutine, worked, unit, charge)
    begunSteps: Deferred[T] = begun(steps)
    return begunSteps


class _Metered:
    """
    A coroutine that is charged for, as far as L{begun} needs one.
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


class _Waiting(Generic[T]):
    """
    A coroutine that waits for a Deferred.

    @ivar done: fires when the coroutine has ended.
    """

    __slots__ = ("_coroutine", "done")

    def __init__(self, coroutine: Coroutine[Deferred[Any], Any, T]) -> None:
        self._coroutine = coroutine
        self.done: Deferred[T] = Deferred()

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
            self.done.callback(end.value)
        except BaseException:
            self.done.errback()
        else:
            awaited.addBoth(self.goOn)


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
