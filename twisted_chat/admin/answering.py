"""
Answers to requests, the same whether a server runs or not.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from importlib import import_module
from typing import Final

import msgspec
from twisted.logger import Logger

from twisted_chat.admin.desk import Desk
from twisted_chat.admin.messages import Answer, requestOf
from twisted_chat.admin.order import Order, Rows
from twisted_chat.admin.table import ORDERS, orderNamed
from twisted_chat.domain.errors import ChatError
from twisted_chat.domain.official import Official

INTERNAL: Final = "internal"

_SENTENCES: Final[Mapping[str, str]] = {
    "no-such-person": "There is nobody called {name}.",
    "no-such-room": "There is no room {room}.",
    "name-registered": "The name {name} is registered already.",
    "name-taken": "Somebody is connected as {name}; the name is free when they have gone.",
    "name-too-alike": "The name {name} looks too much like one that is registered.",
    "name-retired": "The name {name} was that of an account that is gone. Nobody gets it again.",
    "not-saved": "Not saved: {why}.",
}
"""By the codes of errors, what they are called here, where nobody types slashes."""

_log = Logger()


def _functionOf(order: Order) -> Callable[..., Rows]:
    module, _, name = order.run.partition(".")
    function: Callable[..., Rows] = getattr(import_module(f"twisted_chat.admin.{module}"), name)
    return function


# All at once: a server that runs on after an upgrade does not import what is of another version.
_FUNCTIONS: Final = {order.words: _functionOf(order) for order in ORDERS}


async def answers(desk: Desk, by: Official, line: bytes) -> AsyncIterator[Answer]:
    """
    Do what somebody wants.

    @param line: their request.
    @return: what comes of it, while it does; an error too.
    """
    try:
        request = requestOf(line)
        order = orderNamed(request.order)
        arguments = order.take(request.arguments)
        _log.info("{by}: {order}", by=by, order=order.told(arguments))
        async for row in _FUNCTIONS[order.words](desk, by, **arguments):
            raw = row if isinstance(row, msgspec.Raw) else msgspec.Raw(msgspec.json.encode(row))
            yield Answer(row=raw)
    except ChatError as error:
        # The remedies are commands with slashes.
        _log.info("{by}: not done: {error}", by=by, error=error.sentence)
        sentence = _SENTENCES.get(error.code, "").format(**error.fields)
        yield Answer(error=sentence or error.sentence, code=error.code)
    except Exception:
        _log.failure("{by}: went wrong", by=by)
        yield Answer(error="That went wrong inside; the log says more.", code=INTERNAL)
    else:
        yield Answer(end=True)
