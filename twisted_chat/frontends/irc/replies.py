"""
The server's own words to an IRC client: numerics, lines, standard replies; labels and batches.

Everything that one command causes for its sender goes through here while it is obeyed, so that a
label is put on in one place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from twisted_chat.frontends.irc.message import CRLF, escape, spell, unescape, withTag
from twisted_chat.frontends.outbox import Outbox


def _toNobody(data: bytes) -> None:
    """
    Writes to a client that has gone.
    """


class Replies:
    """
    What one client is written.

    Lines of the server's own are gathered and written in one go by L{flush}, before anything else
    is written. While a labelled command is obeyed, what others cause is kept in its place among
    them.

    @ivar server: the name that the server's lines come from.
    """

    __slots__ = (
        "_apart", "_batch", "_batches", "_begun", "_gathered", "_label", "_outbox", "_write",
        "server",
    )  # fmt: skip

    def __init__(self, server: str, outbox: Outbox, write: Callable[[bytes], None]) -> None:
        """
        @param outbox: where all that is written goes.
        @param write: writes there what the client has asked for.
        """
        self.server = server
        self._batches = 0
        self._outbox = outbox
        self._write = write
        self._gathered: list[tuple[bytes, bool]] = []
        self._label = b""
        self._begun = b""
        self._batch = ""
        self._apart = False

    def line(self, command: str, *params: str, source: str = "") -> None:
        """
        Gather one line, by default from the server itself.
        """
        tags = {"batch": self._batch} if self._batch else None
        self._gather(spell(command, params, source or self.server, tags))

    @contextmanager
    def batch(self, kind: str, *params: str) -> Iterator[None]:
        """
        Put what L{line} and L{spelled} gather meanwhile into a batch (IRCv3 batch).
        """
        reference = self.newBatch()
        self.line("BATCH", "+" + reference, kind, *params)
        outer, self._batch = self._batch, reference
        try:
            yield
        finally:
            self._batch = outer
            self.line("BATCH", "-" + reference)

    def spelled(self, data: bytes) -> None:
        """
        Gather whole lines that are spelled already.
        """
        if self._batch:
            data = self._inside(data, b"batch=" + self._batch.encode())
        if data:
            self._gather(data)

    def _gather(self, data: bytes) -> None:
        if not self._gathered:
            self._outbox.divert(self._foreign)
        self._gathered.append((data, not self._apart))

    def _foreign(self, data: bytes) -> None:
        """
        Something was published meanwhile: where a label waits for its answer, keep it in its place.
        """
        if self._label:
            self._gathered.append((data, False))
        else:
            self.flush()
            self._outbox.divert(None)
            self._outbox.write(data)

    def published(self, data: bytes) -> None:
        """
        What the client has asked for was published: it belongs to the answer, if that is awaited.
        """
        if self._label:
            self._gathered.append((data, True))
        else:
            self._outbox.write(data)

    @contextmanager
    def apart(self) -> Iterator[None]:
        """
        What is gathered meanwhile does not answer the labelled command: somebody else caused it.
        """
        outer = self._apart, self._batch
        self._apart, self._batch = True, ""
        try:
            yield
        finally:
            self._apart, self._batch = outer

    @contextmanager
    def aside(self, write: Callable[[bytes], None]) -> Iterator[None]:
        """
        What is gathered meanwhile is written elsewhere, and answers nothing.
        """
        outer, self._gathered = self._gathered, []
        try:
            yield
        finally:
            gathered, self._gathered = self._gathered, outer
            write(b"".join([data for data, _ in gathered]))

    @property
    def labelled(self) -> bool:
        """
        Whether a labelled command is being answered.
        """
        return bool(self._label)

    def postpone(self) -> str:
        """
        Give no answer to the labelled command now, since it is not complete.

        @return: its label, C{""} if it has none, for L{begin}.
        """
        label, self._label = self._label, b""
        return unescape(label.decode())

    def newBatch(self) -> str:
        """
        @return: a reference that this connection has not used yet.
        """
        self._batches += 1
        return f"{self._batches:x}"

    def lost(self) -> None:
        """
        The client has gone: what is said from now on is dropped.
        """
        # Otherwise the two would know each other, and only the garbage collector would part them.
        self._write = _toNobody

    # Labels.

    def begin(self, label: str) -> None:
        """
        What comes now answers a labelled command, until L{end}.
        """
        self.flush()
        self._label = escape(label).encode()
        if label:
            self._outbox.divert(self._foreign)

    @contextmanager
    def answering(self, label: str) -> Iterator[None]:
        """
        What is said meanwhile answers a command of before; after it the one that is obeyed now is
        answered, so that each label has its answer.

        @param label: that of the other command; C{""} if it has none.
        """
        if not label:
            yield
            return
        own, kept = self.postpone(), []
        if own:
            kept, self._gathered = self._gathered, []
        self.begin(label)
        try:
            yield
        finally:
            self.end()
            self.begin(own)
            self._gathered = kept

    def end(self) -> None:
        """
        The command is answered: put the label on (IRCv3 labeled-response).
        """
        label, self._label = self._label, b""
        if not label:
            self.flush()
            return
        gathered, self._gathered = self._gathered, []
        self._outbox.divert(None)
        if self._begun:
            reference, self._begun = self._begun, b""
            self._write(self._partOf(gathered, reference) + self._batchEnd(reference))
            return
        tag = b"label=" + label
        own = sum(data.count(CRLF) for data, mine in gathered if mine)
        source = b":" + self.server.encode()
        if own == 0:
            parts = [withTag(source + b" ACK\r\n", tag)]
            parts += [data for data, _ in gathered]
        elif own == 1 or self._isOneBatch(gathered):
            parts = self._labelled(gathered, tag)
        else:
            reference = self.newBatch().encode()
            parts = [self._batchBegin(reference, tag)]
            parts += [self._partOf(gathered, reference), self._batchEnd(reference)]
        self._write(b"".join(parts))

    def writeOn(self) -> None:
        """
        Write what was gathered of a long answer, of which more than one line of the server's own is
        there and more is to come. A labelled one is a batch then, whatever else comes.
        """
        if not self._label:
            self.flush()
            return
        data = b""
        if not self._begun:
            self._begun = self.newBatch().encode()
            data = self._batchBegin(self._begun, b"label=" + self._label)
        gathered, self._gathered = self._gathered, []
        self._outbox.divert(None)
        self._write(data + self._partOf(gathered, self._begun))
        self._outbox.divert(self._foreign)

    def _batchBegin(self, reference: bytes, tag: bytes) -> bytes:
        begin = b":%b BATCH +%b labeled-response\r\n" % (self.server.encode(), reference)
        return withTag(begin, tag)

    def _batchEnd(self, reference: bytes) -> bytes:
        return b":%b BATCH -%b\r\n" % (self.server.encode(), reference)

    def _partOf(self, gathered: list[tuple[bytes, bool]], reference: bytes) -> bytes:
        """
        @return: what was gathered, in its order: what is the client's own within a batch.
        """
        tag = b"batch=" + reference
        return b"".join([self._inside(data, tag) if mine else data for data, mine in gathered])

    def _isOneBatch(self, gathered: list[tuple[bytes, bool]]) -> bool:
        """
        Whether the whole answer is one batch already, which then carries the label itself.
        """
        lines = [line for data, mine in gathered if mine for line in data.splitlines(keepends=True)]
        words = lines[0].rstrip(CRLF).split(b" ", 4)
        if words[0].startswith(b"@"):
            words = words[1:]
        if len(words) < 3 or words[1] != b"BATCH":
            return False
        reference = words[2].removeprefix(b"+")
        return lines[-1].endswith(b"BATCH -" + reference + CRLF)

    def _labelled(self, gathered: list[tuple[bytes, bool]], tag: bytes) -> list[bytes]:
        """
        Put the label on the first line that is the client's own.
        """
        parts = []
        for data, mine in gathered:
            if mine and tag:
                first, end, rest = data.partition(CRLF)
                data, tag = withTag(first + end, tag) + rest, b""
            parts.append(data)
        return parts

    def _inside(self, data: bytes, tag: bytes) -> bytes:
        """
        Put lines into the batch, but for those that are in one already.
        """
        lines = []
        for line in data.splitlines(keepends=True):
            tags = line.split(b" ", 1)[0] if line.startswith(b"@") else b""
            nested = tags.startswith(b"@batch=") or b";batch=" in tags
            lines.append(line if nested else withTag(line, tag))
        return b"".join(lines)

    def flush(self) -> None:
        """
        Write what was gathered.
        """
        if self._gathered and not self._label:
            gathered, self._gathered = self._gathered, []
            self._outbox.divert(None)
            self._write(b"".join([data for data, _ in gathered]))
