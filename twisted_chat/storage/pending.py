"""
What a batch has still to write: many rows at once cost half.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from twisted_chat.domain.events import Event, Said, Unreacted
from twisted_chat.storage.codec import LogRow, rowOf
from twisted_chat.storage.heads import Head
from twisted_chat.storage.remarks import inLog
from twisted_chat.storage.schema import log
from twisted_chat.storage.sqlite_batch import ADD_ROWS, AT_ONCE, HEAD, MOVE_HEADS, MOVE_MARKS
from twisted_chat.storage.sqlite_index import WordIndex
from twisted_chat.storage.sqlite_link import Link
from twisted_chat.storage.targets import Versions

_NO_HEAD = (0,) * len(HEAD)


class Pending:
    """
    The rows and read marks of the present transaction that are not written yet.

    @ivar versions: what stands for messages now; known as long as no transaction fails.
    """

    def __init__(self, link: Link, index: WordIndex) -> None:
        """
        @param link: what writes it.
        @param index: told of what is said.
        """
        self._link = link
        self.index = index
        self._next = 0
        self.rows: list[LogRow] = []
        self.marks: dict[tuple[int, str], int] = {}
        self.versions = Versions()

    def add(self, event: Event, number: int) -> None:
        """
        An event goes into the log.

        @param number: of its conversation.
        """
        row = self._next or self._first()
        self._next = row + 1
        if event.kind == Said.kind:
            # Even if it does not come to a commit, as far as is known then.
            self.index.behind += 1
        elif event.kind == Unreacted.kind:
            event = inLog(event)
        self.rows.append(rowOf(event, row, number))

    def flush(self) -> None:
        """
        Write what there is, so that it can be looked up and changed.
        """
        if self.rows:
            ADD_ROWS.execute(self._link.begin(), self.rows)
            self.rows = []
        if self.marks:
            marks = [(number, person, seq) for (number, person), seq in self.marks.items()]
            MOVE_MARKS.execute(self._link.begin(), marks)
            self.marks = {}

    def commit(self, moved: Sequence[Head]) -> None:
        """
        Write the rest of the transaction, and commit it.

        @param moved: where conversations stand now.
        @raise OutcomeUnknown: it may have been committed, or not.
        """
        if rows := self._batch(moved):
            self._link.place(rows)
            self.rows, self.marks = [], {}
            return
        self.flush()
        if moved:
            heads = [(*head.state, head.number) for head in moved]
            MOVE_HEADS.execute(self._link.begin(), heads)
        self._link.commit()

    def _batch(self, moved: Sequence[Head]) -> list[tuple[Any, ...]]:
        """
        All there is to do as rows of one statement, each with what it moves on; none where there
        is more to do, or something is done already.
        """
        if self._link.inTransaction or not 0 < len(self.rows) <= AT_ONCE:
            return []
        heads = {head.number: head for head in moved}
        marks = 0
        rows = []
        for row in reversed(self.rows):
            _, number, seq, _, _, _, author, *_ = row
            head = heads.pop(number, None)
            reads = 1 if self.marks.get((number, author)) == seq else 0
            marks += reads
            # As L{PLACE<twisted_chat.storage.sqlite_batch.PLACE>} wants it.
            whole = (*row[:-2], row[-2] or 0, row[-1] or "")
            rows.append((*whole, *(_NO_HEAD if head is None else head.state), reads))
        if heads or marks < len(self.marks):
            return []
        rows.reverse()
        return rows

    def forget(self) -> None:
        """
        The transaction has failed.
        """
        self._next = 0
        self.rows = []
        self.marks = {}
        self.versions.forget()

    def _first(self) -> int:
        newest = select(log.c.row).order_by(log.c.row.desc()).limit(1)
        return int(self._link.connection.execute(newest).scalar() or 0) + 1
