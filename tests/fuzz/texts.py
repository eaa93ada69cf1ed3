"""
What is thrown at the parsers: texts and bytes that have once broken something somewhere.
"""

from __future__ import annotations

from hypothesis import strategies as st

NASTY = (
    "\0", "\r", "\n", "\t", "\x1b[31m", "\x1b]0;title\x07", "\x9b2J", "\x90", "\x07", "\x08",
    "\x02", "\x0304,12", "\x03", "\x04ff0000,00ff00", "\x0f", "\x11", "\x16", "\x1d", "\x1e",
    "\x1f", "\x01", "\x01ACTION ", "\u202e", "\u2028", "\ufeff", "\u200d", "\ud800",
    "\U000e0041", "e" + "\u0301" * 6, "\U0001f468\u200d\U0001f469\u200d\U0001f467", "\u00df",
    "\u0130", "\u017f", "\u212a", "\u1e9e", "\u05d0", "\u0660", "\uff03", "\ufb01",
)  # fmt: skip
"""Characters that mean something on a wire, on a terminal, or to Unicode."""

SIGNS = "#&~@%+-!*?:;,./\\|\"'[](){}<>=_^`$ "

WORDS = (
    "*", "#lobby", "#", "##", "#x,#y", "lobby", "bea", "bea!*@*", "*!*@*", "*@10.0.0.0/8", "a:bea",
    "m:*!*@*", "~a:x", "$a:", "account:bea", "bea@127.0.0.1", "::1", "2001:db8::/32", "0", "1",
    "-1", "999999999999999999999", "1e309", "nan", "0x10", "٣", "²", "2h", "7d", "1h30m", "0s",
    "90 days", "+02:00", "UTC", "timestamp=2020-01-01T00:00:00.000Z", "timestamp=x", "msgid=",
    "LS", "REQ", "END", "LIST", "302", "+", "-", "+ov", "-k+k", "+beI", "+l", "PLAIN",
    "SCRAM-SHA-256", "AAAA", "=", "YQ==", "last", "/1", "lobby/1", "1-3", "on", "off", "for",
    "before", "[EXIT]", "", ":", "::", "%tcuihsnfdlaor,999", "o",
)  # fmt: skip
"""Words that a command somewhere takes, or nearly."""

words = st.one_of(
    st.sampled_from(WORDS),
    st.text(st.sampled_from("abcz019" + SIGNS), max_size=12),
    st.text(max_size=12),
    st.sampled_from(NASTY),
    st.sampled_from(["a", "é", "\u20ac", "\U0001f600", "#", "b" * 30]).flatmap(
        lambda piece: st.integers(1, 700 // len(piece)).map(lambda count: piece * count)
    ),
)
"""Single words, more or less: now and then one is long."""

texts = st.one_of(
    st.lists(words, max_size=6).map(" ".join),
    st.lists(st.sampled_from(NASTY) | st.text("ab ,1", max_size=4), max_size=8).map("".join),
    st.text(max_size=60),
)
"""Texts."""


def encoded(text: str) -> bytes:
    """
    @return: UTF-8; lone surrogates as the bytes that are none.
    """
    return text.encode("utf-8", "surrogatepass")


garbage = st.one_of(
    st.binary(max_size=40),
    st.sampled_from(
        [
            b"\xff\xfb\x01\xff\xfd\x03",
            b"\xff\xf4\xff\xfd\x06",
            b"\xff\xfa\x18" + b"x" * 40,
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
            b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
            b"PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n",
            b"\r\n\r\n\x00\r\nQUIT\n",
            b"\x80\xc3\xe2\x82",
            b"\n" * 30,
            b"x" * 9000,
        ]
    ),
)
"""Bytes that are no text, or another protocol's."""
