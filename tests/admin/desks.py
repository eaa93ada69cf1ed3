"""
A desk on a network in memory, and somebody who gives orders there.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
from twisted.internet.defer import Deferred

from tests.doubles import Net, PlainPasswords
from twisted_chat.admin.answering import answers
from twisted_chat.admin.desk import Desk, officially
from twisted_chat.admin.messages import Answer, Request, encode
from twisted_chat.config import Settings, load

SOMEBODY = "admin.sock (user 0, process 7)"


class Refused(Exception):
    """
    An order was not done; its code and why.
    """


class Running:
    """
    What is known of a server that runs.
    """

    def __init__(self, settings: Settings, since: float) -> None:
        self.settings = settings
        self.since = since
        self.doors: list[Any] = []
        self.clients: list[Any] = []


class Office:
    """
    A desk, and who gives orders there.

    @ivar net: the network.
    """

    def __init__(self, folder: Path, isRunning: bool = True) -> None:
        """
        @param folder: the data folder; in it there is no data.
        """
        self.net = Net(1)
        self.hub = self.net.hubs[0]
        settings = load(None, {"network.data_dir": str(folder), "network.name": "chat.example"})
        self.server = Running(settings, self.net.clock.seconds())
        self.desk = Desk(
            self.hub, PlainPasswords(), folder, None, settings, self.server if isRunning else None
        )

    def answer(self, line: bytes) -> list[Answer]:
        """
        What comes of a request.
        """

        async def gathered() -> list[Answer]:
            return [answer async for answer in answers(self.desk, officially(SOMEBODY), line)]

        found: list[Answer] = self.net.now(Deferred.fromCoroutine(gathered()))
        return found

    def do(self, order: str, **arguments: object) -> list[dict[str, Any]]:
        """
        Give an order.

        @return: the rows of the answer.
        @raise Refused: it was not done.
        """
        *rows, last = self.answer(encode(Request(order, arguments)))
        self.net.settle(0.01)
        if last.error:
            raise Refused(last.code, last.error)
        assert last.end
        return [msgspec.json.decode(row.row) for row in rows]

    def do1(self, order: str, **arguments: object) -> dict[str, Any]:
        """
        Give an order whose answer is one row.
        """
        (row,) = self.do(order, **arguments)
        return row
