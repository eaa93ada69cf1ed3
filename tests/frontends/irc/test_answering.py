"""
L{twisted_chat.frontends.irc.answering}: what all are told alike has each one's own nick in it.
"""

from __future__ import annotations

import pytest

from twisted_chat.domain.names import MAX_NAME_BYTES
from twisted_chat.frontends.irc.answering import NICK, forAll
from twisted_chat.frontends.irc.message import MOST_TEXT, spell

LONGEST = "n" * MAX_NAME_BYTES


def lines(nick: str, text: str) -> list[tuple[str, ...]]:
    return [("001", nick, f"Welcome, {nick}"), ("002", nick, text), ("003", nick, "word")]


@pytest.mark.parametrize("nick", ["bea", "\N{GREEK SMALL LETTER BETA}\u03b5\u03b1", LONGEST])
def test_itReadsAsIfItWereSpelledForEach(nick: str) -> None:
    told = nick.encode().join(forAll("chat.example", lines(NICK, "your host")))
    alone = [spell(line[0], line[1:], "chat.example") for line in lines(nick, "your host")]
    assert told == b"".join(alone)


@pytest.mark.parametrize("length", range(MOST_TEXT - 90, MOST_TEXT, 7))
def test_noLineIsTooLongHoweverLongTheNickIs(length: int) -> None:
    parts = forAll("chat.example", [("001", NICK, "x" * length + NICK)])
    told = LONGEST.encode().join(parts)
    assert told.endswith(b"\r\n")
    assert len(told) <= MOST_TEXT + 2
    # Of a mark that was cut in two nothing is left.
    assert NICK[:1].encode() not in told
    assert told.startswith(b":chat.example 001 " + LONGEST.encode() + b" x")
