"""
Long stretches of the log with nothing to read in them: a program edits one message for days, to
show how things stand, or a crowd reacts to one.

Whoever joins reads the newest messages, and so would have all that lies behind them gone through.
But of what kind an event is never changes, and none comes between two others. So each connection to
the database remembers where it has gone through many in vain, and leaves that out the next time.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Select, text

from twisted_chat.storage.onestep import rowsOf
from twisted_chat.storage.sqlite_link import driver

LONG = 1000
"""How many events a stretch has at least."""

STEPS = 100_000
"""How many steps of SQLite's machine make it look for a stretch: those for some thousand rows."""

MOST_REMEMBERED = 1000
"""Of how many conversations a connection remembers one."""

Stretch = tuple[int, int]
"""The seqs of its first and its last event."""

_KEY = "stretches"

_HEAD = text("SELECT head FROM conversations WHERE id = :conversation")


class Stretches:
    """
    Those in which there is nothing of some kinds.
    """

    def __init__(self, name: str, kinds: Sequence[str]) -> None:
        """
        @param name: tells it from others.
        @param kinds: of events that can be read, unless they are deleted.
        """
        self._name = name
        wanted = " OR ".join(f"log.kind = '{kind}'" for kind in kinds)
        # What is deleted may be restored.
        self._last = text(
            "SELECT log.seq FROM conversations"  # noqa: S608 - our own words
            " JOIN log ON log.conversation = conversations.number"
            " WHERE conversations.id = :conversation AND log.seq BETWEEN :low AND :high"
            f" AND ({wanted}) ORDER BY log.seq DESC LIMIT 1"
        )

    def within(
        self, connection: Connection, conversation: str, low: int, high: int
    ) -> Stretch | None:
        """
        @return: the part of the stretch that is known of a conversation that lies in a range.
        """
        known = self._known(connection).get((self._name, conversation))
        if known is None or known[0] > high or known[1] < low:
            return None
        return max(known[0], low), min(known[1], high)

    def newest(
        self, connection: Connection, statement: Select[Any], asked: Mapping[str, Any]
    ) -> Sequence[Sequence[Any]]:
        """
        Read the newest events of a range.

        @param statement: gives them, the newest first and each beginning with its seq.
        @param asked: its parameters, C{conversation}, C{low}, C{high} and C{most} among them.
        """
        low, high, most = asked["low"], asked["high"], asked["most"]
        raw, many = driver(connection), list[None]()
        # Nearly always nothing is known.
        stretch = None
        if connection.info.get(_KEY):
            stretch = self.within(connection, asked["conversation"], low, high)
        raw.set_progress_handler(lambda: many.append(None), STEPS)
        try:
            if stretch is None:
                rows = list(rowsOf(connection, statement, asked))
            else:
                rows = list(rowsOf(connection, statement, {**asked, "low": stretch[1] + 1}))
                if len(rows) < most:
                    rest = {"high": stretch[0] - 1, "most": most - len(rows)}
                    rows += rowsOf(connection, statement, {**asked, **rest})
        finally:
            raw.set_progress_handler(None, 0)
        if many:
            seqs = [row[0] for row in rows]
            self._look(connection, asked["conversation"], low, high, seqs, len(rows) < most)
        return rows

    def _look(
        self,
        connection: Connection,
        conversation: str,
        low: int,
        high: int,
        seqs: Sequence[int],
        all: bool,
    ) -> None:
        """
        See where it was that so much was gone through.

        @param seqs: what was found, the newest first.
        @param all: whether that is all that there is.
        """
        head = connection.execute(_HEAD, {"conversation": conversation}).scalar()
        if head is None:
            return
        bounds = [min(high, head) + 1, *seqs, *([max(low, 1) - 1] if all else [])]
        pairs = zip(bounds[1:], bounds, strict=False)
        first, last = max(
            ((below + 1, above - 1) for below, above in pairs),
            key=lambda gap: gap[1] - gap[0],
            default=(0, 0),
        )
        known = self._known(connection).get((self._name, conversation))
        # What is known already need not be looked at again.
        inside = known if known is not None and first <= known[0] and known[1] <= last else None
        asked = {"conversation": conversation, "low": inside[1] + 1 if inside else first}
        hidden = connection.execute(self._last, {**asked, "high": last}).scalar()
        if hidden is not None:
            first = hidden + 1
        elif inside is not None:
            first = inside[0]
        most = LONG if inside is None else max(LONG, inside[1] - inside[0] + 1)
        if last - first + 1 >= most:
            self._note(connection, conversation, (first, last))

    def _note(self, connection: Connection, conversation: str, stretch: Stretch) -> None:
        known = self._known(connection)
        known.pop((self._name, conversation), None)
        known[self._name, conversation] = stretch
        if len(known) > MOST_REMEMBERED:
            known.popitem(last=False)

    def _known(self, connection: Connection) -> OrderedDict[tuple[str, str], Stretch]:
        known: OrderedDict[tuple[str, str], Stretch] = connection.info.setdefault(
            _KEY, OrderedDict()
        )
        return known
