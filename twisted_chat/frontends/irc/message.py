"""
Lines of IRC and what they say.

The format is that of the Modern IRC Client Protocol ("Client-to-Server Protocol Structure") with
the tags of IRCv3 (message-tags).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from msgspec import Struct

from twisted_chat.domain.names import cleanLine

MOST_TAG_DATA: Final = 4094
"""Bytes of tags that a client may send, without the C{@} and the space around them."""
MOST_TEXT: Final = 510
"""Bytes of a line without its tags and without its end."""
CLIENT_LINE: Final = 1 + MOST_TAG_DATA + 1 + MOST_TEXT
"""Bytes of a line from a client without its end: a longer one can't be right."""

CRLF: Final = b"\r\n"
"""The end of a line."""

_WITH_COLON: Final = frozenset(
    {"301", "302", "303", "311", "312", "314", "319", "322", "332", "353"}
    | {"CAP", "ERROR", "NOTICE", "PING", "PRIVMSG", "QUIT", "TOPIC"}
)
"""
Where there is a colon before the last parameter although it is one word, as with other servers:
clients (mIRC, scripts, many bots) look for it there, and find nothing otherwise, or nobody.
"""

NO_TAGS: Final[Mapping[str, str]] = MappingProxyType({})


class Message(Struct, frozen=True):
    """
    One message.

    @ivar tags: by key, unescaped; C{""} where a tag has no value.
    @ivar source: who sent it, or C{""}; servers don't believe it of clients.
    @ivar command: in upper case.
    @ivar params: all parameters, the last one without its colon.
    """

    tags: Mapping[str, str]
    source: str
    command: str
    params: tuple[str, ...]


class BadLine(Exception):
    """
    A line that says nothing.

    @ivar command: the command, as far as it could be read, else C{""}.
    @ivar tags: the tags, as far as they could be read: a label is wanted for the answer.
    """

    def __init__(self, command: str = "", tags: Mapping[str, str] = NO_TAGS) -> None:
        """
        @param command: the command, if it could be read.
        @param tags: the tags, if they could be read.
        """
        super().__init__(command)
        self.command = command
        self.tags = tags


class TooLong(BadLine):
    """
    The tags or the rest are longer than a client may send: ERR_INPUTTOOLONG (417).
    """


class NotUtf8(BadLine):
    """
    It is not UTF-8: FAIL with INVALID_UTF8 (utf8-only).
    """


class Empty(BadLine):
    """
    There is no command in it. It is passed over in silence.
    """


# What can't be within a line.
_BREAK: Final = re.compile("[\r\n\0]")
_COMMAND: Final = re.compile(rb"(?::[^ ]* +)?([A-Za-z]{1,32}|[0-9]{3})(?![^ ])")
# Keys are opaque, but nothing that is not seen goes on to others in one.
_KEY: Final = re.compile(r"[!-:<>-~]+").fullmatch


def parse(line: bytes) -> Message:
    """
    Read a line.

    @param line: from a client, without its CR LF.
    @raise TooLong: see there.
    @raise NotUtf8: see there.
    @raise Empty: see there.
    """
    tags = NO_TAGS
    if line.startswith(b"@"):
        tags, line = _takeTags(line)
    if len(line) > MOST_TEXT:
        raise TooLong(_commandIn(line), tags)
    try:
        text = line.decode()
    except UnicodeDecodeError:
        raise NotUtf8(_commandIn(line), tags) from None
    if "\0" in text or "\r" in text or "\n" in text:
        text = _BREAK.sub("", text)
    source = ""
    text = text.lstrip(" ")
    if text.startswith(":"):
        source, _, text = text[1:].partition(" ")
        text = text.lstrip(" ")
    # Only spaces separate: str.split without an argument would take formatting codes for some.
    head, colon, last = text.partition(" :")
    words = head.split(" ")
    if "" in words:
        words = [word for word in words if word]
    if not words or words[0][0] == ":":
        raise Empty("", tags)
    command = words[0]
    if colon:
        words.append(last)
    # Outside of ASCII there are letters whose capitals are in it.
    upper = command.upper() if command.isascii() else command
    return Message(tags, source, upper, tuple(words[1:]))


def _takeTags(line: bytes) -> tuple[Mapping[str, str], bytes]:
    """
    @return: the tags, and the line without them.
    """
    data, _, rest = line.partition(b" ")
    if len(data) - 1 > MOST_TAG_DATA:
        raise TooLong(_commandIn(rest) if len(rest) <= MOST_TEXT else "")
    rest = rest.lstrip(b" ")
    try:
        text = data[1:].decode()
    except UnicodeDecodeError:
        raise NotUtf8(_commandIn(rest), readTags(data[1:].decode("utf-8", "ignore"))) from None
    return readTags(text), rest


def readTags(text: str) -> Mapping[str, str]:
    """
    @param text: such as C{key=value;key}.
    @return: tags; of those with one key the last one counts.
    """
    tags: dict[str, str] = {}
    for each in _BREAK.sub("", text).split(";"):
        key, _, value = each.partition("=")
        if _KEY(key):
            tags[key] = unescape(value) if "\\" in value else value
    return tags


def _commandIn(line: bytes) -> str:
    """
    @return: the command of a line that can't be read as a whole, or C{""}.
    """
    found = _COMMAND.match(line)
    return found[1].decode("ascii").upper() if found else ""


_MEANS: Final = {":": ";", "s": " ", "r": "\r", "n": "\n"}
_ESCAPED: Final = re.compile(r"\\(.?)", re.DOTALL)
_SPECIAL: Final = re.compile(r"[; \\\r\n\0]")
_ESCAPES: Final = str.maketrans(
    {";": "\\:", " ": "\\s", "\\": "\\\\", "\r": "\\r", "\n": "\\n", "\0": ""}
)


def unescape(value: str) -> str:
    """
    A tag's value as it is meant (message-tags, "Escaping values").
    """
    return _ESCAPED.sub(lambda found: _MEANS.get(found[1], found[1]), value)


def escape(value: str) -> str:
    """
    A tag's value as it stands in a line.
    """
    return value.translate(_ESCAPES) if _SPECIAL.search(value) else value


def clientTags(tags: Mapping[str, str]) -> dict[str, str]:
    """
    Those of a client's tags that go on to others: client-only ones. Control characters are not
    passed on in them. They take no more room than the client was allowed.
    """
    return {
        key: value if value.isprintable() else cleanLine(value.replace("\t", ""))
        for key, value in tags.items()
        if key.startswith("+")
    }


def spellTags(pairs: Iterable[tuple[str, str]]) -> bytes:
    """
    Tags as they stand before a line, with the space that follows; C{b""} without any.

    @param pairs: keys and values; those of the server have to stand before those of clients.
    """
    text = ";".join([f"{key}={escape(value)}" if value else key for key, value in pairs])
    return f"@{text} ".encode("utf-8", "replace") if text else b""


def withTag(line: bytes, tag: bytes) -> bytes:
    """
    Put one more tag on a spelled line, before those that it has.

    @param tag: key and value as they stand in a line, see L{escape}.
    """
    return b"@" + tag + (b";" + line[1:] if line.startswith(b"@") else b" " + line)


def spell(
    command: str,
    params: Sequence[str],
    source: str = "",
    tags: Mapping[str, str] | None = None,
) -> bytes:
    r"""
    A message as a line, with its C{\r\n}. Whatever the parameters are, it is one line with as many
    parameters: what can't stand where it is, is left out.

    @param params: only the last one may be empty, begin with a colon or have spaces in it.
    @param tags: tags to set before it, as many as are wanted.
    @return: at most 512 bytes after the tags; it is cut between two characters if need be.
    """
    if params:
        *middle, last = params
        for index, param in enumerate(middle):
            if not param or " " in param or param[0] == ":":
                middle[index] = param.lstrip(": ").partition(" ")[0] or "*"
        if not last or " " in last or last[0] == ":" or command in _WITH_COLON:
            last = ":" + last
        text = " ".join((command, *middle, last))
    else:
        text = command
    if source:
        text = f":{source} {text}"
    if "\r" in text or "\n" in text or "\0" in text:
        # Before all else, since what is left of a parameter may be empty.
        params = [_BREAK.sub("", param) for param in params]
        return spell(_BREAK.sub("", command), params, _BREAK.sub("", source), tags)
    line = text.encode("utf-8", "replace")
    if len(line) > MOST_TEXT:
        line = cut(line, MOST_TEXT)
    return (spellTags(tags.items()) if tags else b"") + line + b"\r\n"


def cut(data: bytes, size: int) -> bytes:
    """
    The first bytes of a text.

    @param data: UTF-8.
    @param size: how many bytes at most.
    @return: none of its characters is cut in two.
    """
    if len(data) > size:
        while size and data[size] & 0xC0 == 0x80:
            size -= 1
    return data[:size]
