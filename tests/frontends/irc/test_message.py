"""
L{twisted_chat.frontends.irc.message}: every line is read, or refused by name; what is spelled is
one line.
"""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from twisted_chat.frontends.irc.message import (
    CLIENT_LINE,
    BadLine,
    Empty,
    Message,
    NotUtf8,
    TooLong,
    clientTags,
    cut,
    escape,
    parse,
    spell,
    spellTags,
    unescape,
    withTag,
)

INSIDE = st.characters(exclude_categories=["Cs"], exclude_characters="\r\n\0")
WORDS = st.text(INSIDE, min_size=1, max_size=20).filter(
    lambda word: " " not in word and not word.startswith(":")
)
COMMANDS = st.from_regex("[A-Z]{1,12}|[0-9]{3}", fullmatch=True)
KEYS = st.from_regex(r"\+?([a-z]{1,5}\.[a-z]{2}/)?[a-z0-9-]{1,10}", fullmatch=True)
VALUES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)


@pytest.mark.parametrize(
    ("line", "command", "params"),
    [
        (b"PING", "PING", ()),
        (b"ping x", "PING", ("x",)),
        (b"PRIVMSG #a :two words", "PRIVMSG", ("#a", "two words")),
        (b"PRIVMSG #a ::)", "PRIVMSG", ("#a", ":)")),
        (b"PRIVMSG #a :", "PRIVMSG", ("#a", "")),
        (b"PRIVMSG #a : :b", "PRIVMSG", ("#a", " :b")),
        (b"  MODE   #a  +o   bea  ", "MODE", ("#a", "+o", "bea")),
        (b"USER u 0 * :a b:c", "USER", ("u", "0", "*", "a b:c")),
        (b":bea NICK  carl", "NICK", ("carl",)),
        (b"TOPIC #a b\x1dc\x1f \xe2\x80\x83d", "TOPIC", ("#a", "b\x1dc\x1f", "\u2003d")),
        (b"PRIVMSG #a :b\rc\0d\n", "PRIVMSG", ("#a", "bcd")),
        (b"A 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16", "A", tuple(map(str, range(1, 17)))),
        ("ſtats".encode(), "ſtats", ()),
    ],
)
def test_aLineIsACommandAndParameters(line: bytes, command: str, params: tuple[str, ...]) -> None:
    message = parse(line)
    assert (message.command, message.params) == (command, params)


def test_theSourceAndTheTagsAreReadToo() -> None:
    assert parse(b"@a=b;+c/d;e=  :bea!u@h   PRIVMSG #a :hi") == Message(
        {"a": "b", "+c/d": "", "e": ""}, "bea!u@h", "PRIVMSG", ("#a", "hi")
    )


@pytest.mark.parametrize("line", [b"", b"   ", b":bea", b":bea  ", b"@a=b", b"@a ", b": :x", b"\0"])
def test_aLineWithoutACommandIsEmpty(line: bytes) -> None:
    with pytest.raises(Empty):
        parse(line)


def test_ofTagsWithOneKeyTheLastCounts() -> None:
    assert parse(b"@a=1;b;a=2 X").tags == {"a": "2", "b": ""}


def test_aKeyThatNobodySeesIsLeftOutAndTheMessageIsTaken() -> None:
    line = "@+ok!=1;=2;;+x\x02y=3;+\u202e=4 X y".encode()
    assert parse(line) == Message({"+ok!": "1"}, "", "X", ("y",))


@pytest.mark.parametrize(
    ("escaped", "value"),
    [
        (r"a\:b\sc\\d\re\nf", "a;b c\\d\re\nf"),
        ("test\\", "test"),
        (r"\b", "b"),
        (r"\\s", r"\s"),
        ("a=b,c:d", "a=b,c:d"),
        (r"\é", "é"),
    ],
)
def test_tagsAreUnescapedAsMessageTagsSays(escaped: str, value: str) -> None:
    assert unescape(escaped) == value
    assert parse(f"@k={escaped} X".encode()).tags == {"k": value}


@given(VALUES)
def test_whatIsEscapedIsTheSameWhenUnescaped(value: str) -> None:
    escaped = escape(value)
    assert unescape(escaped) == value
    assert not set(escaped) & set("; \r\n\0")


def test_tagsMayHave4094Bytes() -> None:
    most = b"@+a=" + b"x" * 4091 + b" X"
    assert len(most.partition(b" ")[0]) == 4095
    assert len(parse(most).tags["+a"]) == 4091
    with pytest.raises(TooLong) as caught:
        parse(b"@+a=" + b"x" * 4092 + b" privmsg #a b")
    assert caught.value.command == "PRIVMSG"


def test_theRestMayHave510Bytes() -> None:
    assert len(parse(b"A " + b"x" * 508).params[0]) == 508
    longest = b"@" + b"t" * 4094 + b" A " + b"x" * 508
    assert len(longest) == CLIENT_LINE
    assert parse(longest).command == "A"
    with pytest.raises(TooLong) as caught:
        parse(b"@label=7 A " + b"x" * 509)
    assert (caught.value.command, caught.value.tags) == ("A", {"label": "7"})


@pytest.mark.parametrize(
    ("line", "command", "tags"),
    [
        (b"privmsg #a :\xff", "PRIVMSG", {}),
        (b"@label=x PRIVMSG #a hi\xaa", "PRIVMSG", {"label": "x"}),
        (b"@label=x;y=\xaa PRIVMSG #a hi", "PRIVMSG", {"label": "x", "y": ""}),
        (b":bea USER \xe8", "USER", {}),
        (b"\xff", "", {}),
        (b"PRIV\xffMSG #a", "", {}),
    ],
)
def test_whatIsNotUtf8IsRefusedWithItsCommand(
    line: bytes, command: str, tags: dict[str, str]
) -> None:
    with pytest.raises(NotUtf8) as caught:
        parse(line)
    assert (caught.value.command, caught.value.tags) == (command, tags)


@given(st.binary(max_size=600) | st.binary(max_size=40).map(lambda rest: b"@" + rest))
@example(b"@\\")
@example(b"@a\\ \xff")
@example(b":source @command")
def test_anyBytesAreReadOrRefusedByName(line: bytes) -> None:
    try:
        message = parse(line)
    except BadLine:
        return
    assert message.command
    for each in (message.source, message.command, *message.params):
        assert not set(each) & set("\r\n\0")
    # Behind a source, what looks like tags is a command.
    again = spell(message.command, message.params, "source")
    if len(again) < 512:
        assert parse(again[:-2]).params == message.params


@given(
    COMMANDS,
    st.lists(WORDS, max_size=5),
    st.none() | st.text(INSIDE, max_size=40),
    st.just("") | WORDS,
    st.dictionaries(KEYS, VALUES, max_size=4),
)
def test_whatIsSpelledIsTheSameWhenRead(
    command: str, middle: list[str], last: str | None, source: str, tags: dict[str, str]
) -> None:
    params = (*middle, *([] if last is None else [last]))
    line = spell(command, params, source, tags)
    assert parse(line[:-2]) == Message(tags, source, command, params)


@given(st.lists(st.text(max_size=20), max_size=5), st.text(max_size=600))
@example(["\r"], "\n:x")
@example([":", " "], "\r")
@example(["a\0b"], "x")
@example(["a\nb"], "x")
def test_whateverIsSpelledIsOneLineWithAsManyParameters(params: list[str], last: str) -> None:
    line = spell("X", [*params, last], "server", {"k": last[:50]})
    assert line.endswith(b"\r\n")
    assert not set(b"\r\n\0") & set(line[:-2])
    _, _, rest = line.partition(b" ") if line.startswith(b"@") else (b"", b"", line)
    assert len(rest) <= 512
    if len(rest) < 512:
        assert len(parse(line[:-2]).params) == len(params) + 1


@pytest.mark.parametrize(
    ("params", "line"),
    [
        ((), b"X"),
        (("a", "b"), b"X a b"),
        (("a", "b c"), b"X a :b c"),
        (("a", ""), b"X a :"),
        (("a", ":)"), b"X a ::)"),
        (("", "b"), b"X * b"),
        ((":a b", "b"), b"X a b"),
        (("a\r\nQUIT", "b\0\nc"), b"X aQUIT bc"),
    ],
)
def test_aColonStandsOnlyWhereItIsNeeded(params: tuple[str, ...], line: bytes) -> None:
    assert spell("X", params) == line + b"\r\n"


@pytest.mark.parametrize(
    ("command", "params"),
    [
        ("353", ("bea", "=", "#dev", "bea")),
        ("319", ("bea", "bea", "#dev")),
        ("302", ("bea", "bea=+~bea@host")),
        ("303", ("bea", "bea")),
        ("CAP", ("*", "ACK", "sasl")),
        ("PING", ("chat.example",)),
        ("ERROR", ("Quit",)),
        ("PRIVMSG", ("#dev", "hi")),
        ("NOTICE", ("#dev", "hi")),
    ],
)
def test_whereManyClientsLookForAColonThereIsOneBeforeASingleWordToo(
    command: str, params: tuple[str, ...]
) -> None:
    *middle, last = params
    line = spell(command, params, "server")
    assert line == " ".join([":server", command, *middle, f":{last}\r\n"]).encode()


def test_aLineIsCutBetweenTwoCharacters() -> None:
    for letters in range(4):
        line = spell("PRIVMSG", ["#" + "a" * letters, "€" * 400], "bea", {"t": "x" * 600})
        body = line.partition(b" ")[2]
        assert 509 <= len(body) <= 512
        assert body.decode().endswith("€\r\n")


@given(st.text(max_size=40), st.integers(0, 60))
def test_aCutNeverEndsWithinACharacter(text: str, size: int) -> None:
    data = text.encode()
    short = cut(data, size)
    assert data.startswith(short)
    assert text.startswith(short.decode())
    assert size - 3 <= len(short) <= size or short == data


def test_tagsStandBeforeALineAndOneMoreBeforeThem() -> None:
    assert spellTags([]) == b""
    assert spellTags([("a", "b c"), ("+d", "")]) == b"@a=b\\sc;+d "
    assert withTag(b"X\r\n", b"label=1") == b"@label=1 X\r\n"
    assert withTag(b"@a=b X\r\n", b"label=1") == b"@label=1;a=b X\r\n"


def test_onlyClientTagsGoOnAndNoControlCharactersInThem() -> None:
    tags = {"+a": "x\x1b[31my\nz\t\u202e", "label": "1", "+draft/react": "👩‍👩‍👧", "a+": ""}
    assert clientTags(tags) == {"+a": "xyz", "+draft/react": "👩‍👩‍👧"}


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="; \r\n\0")))
def test_tagsThatGoOnTakeNoMoreRoomThanTheyTook(escaped: str) -> None:
    tags = parse(b"@+a=" + escaped.encode() + b" X").tags
    assert len(spellTags(clientTags(tags).items())) <= len(b"@+a=" + escaped.encode() + b" ")
