"""
What an IRC client is answered: numerics, standard replies, notices.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from twisted_chat.domain.names import MAX_NAME_BYTES
from twisted_chat.frontends.irc.connection import IrcConnection
from twisted_chat.frontends.irc.message import MOST_TEXT, spell
from twisted_chat.frontends.irc.wrapping import inLines, wrap

NICK: Final = "\x7f" * MAX_NAME_BYTES
"""
Stands for the nick in L{forAll}: it is as long as the longest one, and in nothing that is shown.
"""

NO_CAPS: Final[frozenset[str]] = frozenset()


def forAll(server: str, lines: Iterable[Sequence[str]]) -> Sequence[bytes]:
    """
    Spell lines once that everybody is told, only that each has their own nick in them.

    @param lines: of each its command and parameters, with L{NICK} for the nick.
    @return: what stands between the nicks.
    """
    spelled = b"".join([spell(line[0], line[1:], server) for line in lines])
    # Of a line that was too long, it may have been cut in two.
    return [part.replace(NICK[:1].encode(), b"") for part in spelled.split(NICK.encode())]


def spaceFor(server: str, number: str, nick: str, before: Sequence[str]) -> int:
    """
    @param before: the parameters before the last one.
    @return: for how many bytes a numeric has space in its last parameter.
    """
    return MOST_TEXT - len(f":{server} {number} {nick} {' '.join(before)} :".encode())


class Answering(IrcConnection):
    """
    A connection that can be answered.

    @ivar caps: the capabilities that the client has asked for.
    """

    __slots__ = ("caps",)

    def __init__(self) -> None:
        super().__init__()
        self.caps = NO_CAPS

    @property
    def nick(self) -> str:
        """
        What the client is called.
        """
        raise NotImplementedError

    def numeric(self, number: str, *params: object) -> None:
        """
        Answer with a numeric.
        """
        self.replies.line(number, self.nick, *map(str, params))

    def alike(self, parts: Sequence[bytes], *numbers: int) -> None:
        """
        Answer with what is the same for all but for their nicks, and for some numbers.

        @param parts: what L{forAll} gives.
        @param numbers: what stands there for each C{%d}, if anything does.
        """
        nick = self.nick.encode("utf-8", "replace")
        if numbers:
            self.replies.spelled(nick.replace(b"%", b"%%").join(parts) % numbers)
        else:
            self.replies.spelled(nick.join(parts))

    def numericLines(self, number: str, before: Sequence[str], words: Sequence[str]) -> None:
        """
        Answer with as many numerics as the words need that one line can't hold.

        @param before: the parameters before the words.
        """
        size = spaceFor(self.serverName, number, self.nick, before)
        for text in inLines(words, size):
            self.numeric(number, *before, text)

    @contextmanager
    def batched(self, kind: str, *params: str) -> Iterator[None]:
        """
        Put what the client is told meanwhile into a batch, if it knows batches.
        """
        if "batch" in self.caps:
            with self.replies.batch(kind, *params):
                yield
        else:
            yield

    def fail(self, command: str, code: str, *context: str) -> None:
        """
        Refuse by a standard reply (IRCv3 standard-replies), whether the client has asked for these
        or not: what is answered so has no numerics.

        @param context: parameters, and the sentence as the last one.
        """
        self.replies.line("FAIL", command, code, *context)

    def notice(self, text: str, source: str = "") -> None:
        """
        Tell the person something in the server's name, or that of one of its services, in as many
        lines as it needs.
        """
        source = source or self.serverName
        room = MOST_TEXT - len(f":{source} NOTICE {self.nick} :".encode())
        for piece in wrap(text, room):
            self.replies.line("NOTICE", self.nick, piece, source=source)
