"""
What has to hold for every parser, whatever it is given.
"""

from __future__ import annotations

import re
import tempfile
from base64 import b64encode
from pathlib import Path
from typing import Any

from hypothesis import assume
from hypothesis import strategies as st

from tests.fuzz.property import forAll
from tests.fuzz.texts import encoded, garbage, texts, words
from twisted_chat.config import load, rules
from twisted_chat.domain.errors import BadInput, BadName, ChatError
from twisted_chat.domain.masks import (
    Subject,
    maskMatches,
    parseMask,
)
from twisted_chat.domain.names import (
    cleanLine,
    cleanText,
    emoji,
    fold,
    foldRoom,
    noted,
    personName,
    roomName,
    skeleton,
)
from twisted_chat.domain.quantities import durationOf
from twisted_chat.domain.scramkeys import makeScramKeys
from twisted_chat.domain.servermasks import parseServerMask, serverMaskMatches
from twisted_chat.doors.proxyprotocol import SIGNATURE, BadHeader, readHeader
from twisted_chat.frontends.commands.table import TABLE
from twisted_chat.frontends.commands.times import parseZone, showZone
from twisted_chat.frontends.irc import styles
from twisted_chat.frontends.irc.capabilities import CAPABILITIES, Negotiation, offered
from twisted_chat.frontends.irc.commands.modes import changesIn, listMask
from twisted_chat.frontends.irc.facts import ServerFacts
from twisted_chat.frontends.irc.message import BadLine, parse, spell
from twisted_chat.frontends.irc.modeletters import readExtban
from twisted_chat.frontends.irc.sasl import MECHANISMS, Exchange
from twisted_chat.frontends.irc.wrapping import wrap, wrapStyled
from twisted_chat.frontends.telnet import TelnetFilter
from twisted_chat.settings.environment import variable
from twisted_chat.settings.kinds import SettingsError, duration

MOST_BYTES = 512
SECRET = b"sixteen bytes at least"


def isClean(text: str) -> bool:
    """
    @return: whether a text has nothing in it that acts on a terminal or on a wire.
    """
    return not any(ord(each) < 32 or 127 <= ord(each) < 160 for each in text)


def saysWhy(text: str) -> None:
    """
    Check what somebody reads who was refused: a line that acts on nothing.
    """
    assert text
    assert isClean(text)


# IRC.


decoded = words.filter(lambda word: "\ud800" not in word)
"""What can come of bytes."""

lines = st.one_of(
    garbage,
    texts.map(encoded),
    st.tuples(texts, texts).map(lambda both: encoded(f"@{both[0]} {both[1]}")),
    st.tuples(texts, st.sampled_from(["", ":x!y@z "]), st.lists(words, max_size=5)).map(
        lambda parts: encoded(f"@{parts[0].replace(' ', ';')} {parts[1]}{' '.join(parts[2])}")
    ),
)


@forAll(lines)
def ircMessage(line: bytes) -> None:
    """A line is read, or refused by name; what was read comes out again as one line."""
    try:
        message = parse(line)
    except BadLine as wrong:
        saysWhy(wrong.command or "nothing")
        return
    assert message.command
    assert " " not in message.command
    for param in message.params[:-1]:
        assert param
        assert " " not in param
    spelled = spell(message.command, message.params, tags=message.tags)
    rest = spelled.partition(b" ")[2] if spelled.startswith(b"@") else spelled
    if len(rest) < MOST_BYTES and message.command.isalnum():
        again = parse(spelled.removesuffix(b"\r\n"))
        assert again.params == message.params
        assert again.tags == message.tags


@forAll(words, st.lists(texts, max_size=5), texts, st.dictionaries(words, texts, max_size=3))
def ircSpelling(command: str, params: list[str], source: str, tags: dict[str, str]) -> None:
    """Whatever is spelled is one line of at most 512 bytes after its tags, in UTF-8."""
    assume(command and "\0" not in command)
    keys = {key: value for key, value in tags.items() if key.isalnum() and key.isascii()}
    spelled = spell(command, params, source, keys)
    assert spelled.endswith(b"\r\n")
    assert not set(spelled[:-2]) & set(b"\r\n\0")
    spelled.decode()
    rest = spelled.partition(b" ")[2] if keys else spelled
    assert len(rest) <= MOST_BYTES


@forAll(texts)
def ircStyles(text: str) -> None:
    """A plain text has no codes, its styles lie within it, and both survive a round trip."""
    plain, spans = styles.parse(text)
    assert all(isClean(line) for line in plain.split("\n"))
    last = 0
    for start, end, _ in spans:
        assert last <= start < end <= len(plain)
        last = end
    assert styles.parse(styles.render(plain, spans)) == (plain, spans)


@forAll(texts, st.integers(104, 400))
def ircWrapping(text: str, size: int) -> None:
    """Pieces fit, and are the text again; with styles too."""
    plain, spans = styles.parse(text.replace("\n", " ").replace("\r", " "))
    pieces = wrap(plain, size)
    assert "".join(pieces) == plain.encode("utf-8", "replace").decode()
    assert all(len(piece.encode()) <= size for piece in pieces)
    styled = wrapStyled(plain, spans, size)
    assert all(len(piece.encode()) <= size for piece in styled)
    assert "".join(styles.parse(piece + ".")[0][:-1] for piece in styled) == plain


@forAll(texts, st.lists(words, max_size=6), st.integers(1, 20))
def ircModes(text: str, params: list[str], most: int) -> None:
    """A MODE command is taken apart, never with more parameters than there were."""
    changes = list(changesIn(text, params, most))
    assert len(changes) <= len(text)
    assert [each.param for each in changes if each.param is not None] == params[
        : sum(each.param is not None for each in changes)
    ]


@forAll(st.sampled_from("beI"), words | texts)
def ircListMasks(letter: str, text: str) -> None:
    """A mask has one spelling, or is refused; its spelling, as a mask, is itself."""
    extban = readExtban(text)
    assert readExtban(str(extban)) == extban
    try:
        name, mask = listMask(letter, text)
    except BadInput:
        return
    assert name
    assert parseMask(mask) == mask
    assert isClean(mask)


@forAll(
    st.lists(
        st.tuples(
            st.sampled_from(["LS", "LIST", "REQ", "END", "ACK", ""]),
            st.lists(st.sampled_from([*CAPABILITIES, "-batch", "302", "="]) | decoded, max_size=6),
        ),
        max_size=5,
    )
)
def ircCapabilities(commands: list[tuple[str, list[str]]]) -> None:
    """Only what is offered is ever enabled, and every answer fits into lines."""
    facts = ServerFacts(server="chat.example", network="chat.example")
    negotiation = Negotiation(facts)
    for name, asked in commands:
        for answer in negotiation.command((name, " ".join(asked))):
            assert len(spell(answer.command, ("*", *answer.params))) <= MOST_BYTES
        assert negotiation.enabled <= set(offered(facts))


pieces = st.one_of(
    words,
    texts.map(lambda text: b64encode(encoded(text)).decode()),
    st.lists(words, min_size=2, max_size=3).map(lambda parts: coded("\0".join(parts))),
    st.tuples(st.sampled_from("nyp"), words, words, words).map(
        lambda parts: coded(f"{parts[0]},{parts[1]},n={parts[2]},r={parts[3]}")
    ),
    st.tuples(words, words).map(lambda parts: coded(f"c=biws,r={parts[0]},p={parts[1]}")),
    st.sampled_from(["+", "*", "A" * 400, "A" * 401]),
)


def coded(text: str) -> str:
    """
    @return: base64.
    """
    return b64encode(encoded(text)).decode()


KEYS = makeScramKeys("correct horse", 4096)


@forAll(st.sampled_from(sorted(MECHANISMS)), st.lists(pieces, max_size=30), st.booleans())
def saslExchange(mechanism: str, sent: list[str], known: bool) -> None:
    """Whatever comes, there is a next step; nobody is in who has not proven it."""
    exchange = Exchange(mechanism, SECRET)
    step: Any = exchange.begin()
    for piece in sent:
        step = exchange.receive(piece)
        if step.kind == "lookup":
            step = exchange.answer(KEYS if known else "")
        elif step.kind in ("check", "fingerprint"):
            step = exchange.answer("")
        assert step.kind in ("send", "wait", "failed")
        if step.kind == "failed":
            return


# Names, masks, times.


@forAll(words | texts)
def names(text: str) -> None:
    """A name has one spelling and one folded form, or is refused with a reason."""
    for clean, folded in ((personName, fold), (roomName, foldRoom)):
        try:
            name = clean(text)
        except BadName as refusal:
            saysWhy(refusal.text)
            continue
        assert isClean(name)
        assert " " not in name
        assert clean("#" + name if clean is roomName else name) == name
        assert folded(folded(name)) == folded(name)
        name.encode()
        skeleton(name)


@forAll(texts)
def cleansing(text: str) -> None:
    """What is cleansed is clean, and stays as it is."""
    line = cleanLine(text)
    assert isClean(line)
    assert cleanLine(line) == line
    whole = cleanText(text)
    assert cleanText(whole) == whole
    whole.encode()
    for check in (emoji, lambda typed: noted(typed, 20)):
        try:
            assert isClean(check(text))
        except ChatError as refusal:
            saysWhy(refusal.text)


@forAll(words | texts, words, words)
def masks(text: str, name: str, address: str) -> None:
    """A mask is in its canonical form after one reading, and can be asked about anybody."""
    somebody = Subject(name, name, address, address, name)
    for read, about in ((parseMask, maskMatches), (parseServerMask, serverMaskMatches)):
        try:
            mask = read(text)
        except BadInput as refusal:
            saysWhy(refusal.text)
            continue
        assert read(mask) == mask
        assert isClean(mask)
        about(mask, somebody)


@forAll(
    words | texts | st.from_regex(r"[0-9]{1,12} ?[a-z]{1,8}( [0-9]{1,3}[a-z])?", fullmatch=True)
)
def times(text: str) -> None:
    """A length of time is positive and has an end, or is refused."""
    try:
        assert 1 <= durationOf(text) < 1e10
    except BadInput as refusal:
        saysWhy(refusal.text)
    try:
        assert parseZone(showZone(parseZone(text))) == parseZone(text)
    except BadInput:
        pass
    try:
        assert 0 <= duration(text) < 1e10
    except ValueError as error:
        saysWhy(str(error))


@forAll(st.sampled_from(sorted(TABLE.commands)), texts)
def usages(name: str, typed: str) -> None:
    """What is typed after a command fits its usage or does not."""
    found = TABLE.commands[name].usage.arguments(typed)
    assert found is None or all(isinstance(value, str) for value in found.values())
    word, _ = TABLE.split(f"{name} {typed}")
    assert TABLE.publishes(f"{name} {typed}") in (True, False)
    TABLE.forms(word)
    TABLE.nearest(typed)
    TABLE.complete(typed)


# Bytes before there are lines.


@forAll(
    st.lists(garbage | texts.map(encoded) | st.sampled_from([b"\xff", b"\r", b"\0"]), max_size=6)
)
def telnet(chunks: list[bytes]) -> None:
    """However bytes are cut, the text and the answers are the same."""
    whole, cut = TelnetFilter(), TelnetFilter()
    text, answers = whole.feed(b"".join(chunks))
    fed = [cut.feed(bytes((byte,))) for byte in b"".join(chunks)]
    assert b"".join(part for part, _ in fed) == text
    # What is asked for again in the same chunk is answered once for it.
    apart = re.findall(rb"\[Here\]\r\n|\xff..", b"".join(part for _, part in fed), re.DOTALL)
    assert b"".join(dict.fromkeys(apart)) == answers


headers = st.one_of(
    garbage,
    texts.map(lambda text: b"PROXY " + encoded(text) + b"\r\n"),
    st.lists(words, min_size=5, max_size=5).map(
        lambda parts: b"PROXY " + encoded(" ".join(parts)) + b"\r\n"
    ),
    st.tuples(st.sampled_from(["TCP4", "TCP6"]), words, words, words, words).map(
        lambda parts: b"PROXY " + encoded(" ".join(parts)) + b"\r\n"
    ),
    st.binary(max_size=60).map(lambda rest: SIGNATURE + rest),
    st.tuples(
        st.sampled_from([0x20, 0x21]),
        st.sampled_from([0, 0x11, 0x21, 0x31]),
        st.integers(0, 60),
        st.binary(max_size=60),
    ).map(lambda parts: SIGNATURE + bytes(parts[:2]) + parts[2].to_bytes(2, "big") + parts[3]),
)


@forAll(headers)
def proxyHeader(data: bytes) -> None:
    """A header is read when it is whole, not earlier; more bytes don't change what was read."""
    found = None
    for end in range(len(data) + 1):
        try:
            found = readHeader(data[:end])
        except BadHeader:
            return
        if found is not None:
            assert 0 < found[1] <= end
            assert readHeader(data[:end] + b"more") == found
            return


# Settings.


paths = st.sampled_from(sorted(rules()))
values = st.one_of(
    words, texts, st.integers(), st.floats(), st.booleans(), st.lists(words, max_size=3),
    st.dictionaries(words, words, max_size=2),
)  # fmt: skip


@forAll(st.dictionaries(paths | words, values, max_size=3))
def settingValues(overrides: dict[str, object]) -> None:
    """Settings are checked, or refused in one line."""
    _loads(overrides=overrides)


@forAll(st.dictionaries(paths, texts, max_size=3))
def settingVariables(given: dict[str, str]) -> None:
    """So are the variables of the environment."""
    _loads(environ={variable(path): text for path, text in given.items()})


@forAll(
    st.one_of(
        garbage,
        texts.map(encoded),
        st.lists(st.tuples(paths, texts | words), max_size=3).map(
            lambda pairs: encoded(
                "\n".join(
                    f"[{path.partition('.')[0]}]\n{path.partition('.')[2]} = {text}"
                    for path, text in pairs
                )
            )
        ),
    )
)
def settingsFile(content: bytes) -> None:
    """So is a file."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "chat.toml"
        file.write_bytes(content)
        _loads(file=file)


def _loads(**how: Any) -> None:
    with tempfile.TemporaryDirectory() as folder:
        try:
            load(folder=Path(folder), **how)
        except SettingsError as error:
            assert len(str(error).splitlines()) == 1, "one line says what is wrong"  # noqa: PT017


PROPERTIES = (
    ircMessage, ircSpelling, ircStyles, ircWrapping, ircModes, ircListMasks, ircCapabilities,
    saslExchange, names, cleansing, masks, times, usages, telnet, proxyHeader, settingValues,
    settingVariables, settingsFile,
)  # fmt: skip
"""All of them."""
