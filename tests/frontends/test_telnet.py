"""
L{twisted_chat.frontends.telnet}: telnet's bytes never become text, however they are cut.
"""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twisted_chat.frontends.telnet import HERE, MOST_SUBNEGOTIATION, TelnetFilter

IAC, SE, NOP, AYT, SB = b"\xff", b"\xf0", b"\xf1", b"\xf6", b"\xfa"
EOF, SUSP, ABORT, EOR = b"\xec", b"\xed", b"\xee", b"\xef"
WILL, WONT, DO, DONT = b"\xfb", b"\xfc", b"\xfd", b"\xfe"
BINARY, ECHO, SGA, TIMING_MARK, NAWS, LINEMODE = b"\0", b"\x01", b"\x03", b"\x06", b"\x1f", b"\x22"


def fed(*chunks: bytes) -> tuple[bytes, bytes, bool]:
    """
    The text, the answers, and whether it was a telnet.
    """
    telnet = TelnetFilter()
    parts = [telnet.feed(chunk) for chunk in chunks]
    return b"".join(t for t, _ in parts), b"".join(a for _, a in parts), telnet.isTelnet


CASES = [
    (b"plain text\n", b"plain text\n", b"", False),
    (b"line\r\n", b"line\r\n", b"", False),
    (b"line\r\0next\r\0", b"line\r\nnext\r\n", b"", False),
    (b"a\rb", b"a\rb", b"", False),
    (b"\r\r\0", b"\r\r\n", b"", False),
    ("grüße 👋\r\n".encode(), "grüße 👋\r\n".encode(), b"", False),
    (b"a" + IAC + NOP + b"b", b"ab", b"", True),
    *((b"a" + IAC + key + b"b", b"ab", b"", True) for key in (EOF, SUSP, ABORT, EOR)),
    (IAC + SUSP + IAC + DO + TIMING_MARK, b"", IAC + WONT + TIMING_MARK, True),
    (b"a" + IAC + IAC + b"b", b"a\xffb", b"", False),
    (b"a" + IAC + b"b", b"a\xffb", b"", False),
    (IAC + b"\r\0", b"\xff\r\n", b"", False),
    (b"a\r" + IAC + NOP + b"\0", b"a\r\0", b"", True),
    (IAC + WILL + NAWS + b"x", b"x", IAC + DONT + NAWS, True),
    (IAC + DO + SGA + b"x", b"x", IAC + WONT + SGA, True),
    (IAC + WONT + NAWS + IAC + DONT + SGA, b"", b"", True),
    (IAC + DO + ECHO + IAC + DONT + ECHO, b"", b"", True),
    (IAC + AYT + b"x", b"x", HERE, True),
    (IAC + SB + NAWS + b"\0P\0\x18" + IAC + SE + b"x", b"x", b"", True),
    (IAC + SB + NAWS + b"\0" + IAC + IAC + b"\0\n" + IAC + SE + b"x", b"x", b"", True),
    (IAC + SB + NAWS + IAC + WILL + SGA + b"x", b"x", IAC + DONT + SGA, True),
]


@pytest.mark.parametrize(("data", "text", "answers", "isTelnet"), CASES)
def test_commandsArePartedFromText(
    data: bytes, text: bytes, answers: bytes, isTelnet: bool
) -> None:
    assert fed(data) == (text, answers, isTelnet)


@pytest.mark.parametrize(("data", "text", "answers", "isTelnet"), CASES)
def test_itDoesNotMatterWhereTheChunksAreCut(
    data: bytes, text: bytes, answers: bytes, isTelnet: bool
) -> None:
    assert fed(*(bytes((byte,)) for byte in data)) == (text, answers, isTelnet)


def once(answers: bytes) -> list[bytes]:
    """
    Each of the answers once: what is asked for twice in a chunk is answered once for it.
    """
    return list(dict.fromkeys(re.findall(rb"\[Here\]\r\n|\xff..", answers, re.DOTALL)))


@given(
    st.lists(
        st.one_of(
            st.binary(max_size=4),
            st.sampled_from([IAC, SE, NOP, AYT, SB, WILL, WONT, DO, DONT, b"\r", b"\0"]),
        ),
        max_size=30,
    ).map(b"".join),
    st.integers(0, 60),
)
def test_anyBytesInAnyTwoChunksComeOutAlike(data: bytes, cut: int) -> None:
    (text, answers, isTelnet), (text2, answers2, isTelnet2) = (
        fed(data),
        fed(data[:cut], data[cut:]),
    )
    assert (text, once(answers), isTelnet) == (text2, once(answers2), isTelnet2)


@given(st.text(max_size=60).filter(lambda text: "\r" not in text))
def test_textComesThroughUnchanged(text: str) -> None:
    assert fed(text.encode()) == (text.encode(), b"", False)


def test_anOptionIsRefusedOnceSoThatNothingLoops() -> None:
    assert fed(*[IAC + WILL + NAWS] * 5)[1] == IAC + DONT + NAWS
    assert fed(*[IAC + DO + SGA] * 5)[1] == IAC + WONT + SGA


def test_bytesOfEightBitsAreAgreedOnOnce() -> None:
    assert fed(*[IAC + WILL + BINARY] * 3)[1] == IAC + DO + BINARY
    assert fed(*[IAC + DO + BINARY] * 3)[1] == IAC + WILL + BINARY
    assert fed(IAC + WONT + BINARY + IAC + DONT + BINARY)[1] == b""


def test_whoSendsWholeLinesIsAskedForAllBitsOfThem() -> None:
    asked = IAC + DONT + LINEMODE + IAC + DO + BINARY
    assert fed(IAC + WILL + LINEMODE, IAC + WILL + BINARY)[1] == asked
    assert fed(IAC + WILL + LINEMODE + IAC + WILL + BINARY)[1] == asked


def test_aTimingMarkIsAlwaysAnsweredSinceTelnetShowsNothingUntilThen() -> None:
    assert fed(*[IAC + DO + TIMING_MARK] * 2)[1] == (IAC + WONT + TIMING_MARK) * 2


def test_whoAsksWhetherTheServerIsThereIsAnsweredOnceForEachRead() -> None:
    assert fed(*[(IAC + AYT) * 1000] * 2) == (b"", HERE * 2, True)


def test_theAnswersToAReadAreBoundedWhateverItAsksFor() -> None:
    everything = b"".join(IAC + word + bytes((n,)) for word in (WILL, DO) for n in range(256))
    _, answers, _ = fed(everything * 20)
    assert len(answers) == 3 * (2 * 256 - 1)


def test_aSubnegotiationThatDoesNotEndIsBounded() -> None:
    text, _, _ = fed(IAC + SB + b"x" * MOST_SUBNEGOTIATION + b"text")
    assert text == b"text"
