"""
What people type on each wire: commands that are right, nearly right and wrong.

A template has slots, such as C{{nick}}; most are filled with what makes sense where the client is,
some with anything.
"""

from __future__ import annotations

import re
from base64 import b64encode
from itertools import chain, pairwise

from hypothesis import strategies as st

from tests.fuzz.texts import encoded, garbage, texts, words
from twisted_chat.frontends.commands.table import TABLE as SLASH
from twisted_chat.frontends.irc.capabilities import CAPABILITIES
from twisted_chat.frontends.irc.commands.table import TABLE as IRC

PASSWORD = "correct horse"

SENSE = {
    "chan": ("#lobby", "#lobby", "#lobby", "#room", "#hall", "@#lobby", "#none"),
    "room": ("lobby", "lobby", "room", "#room", "hall", "@ivy"),
    "nick": ("ivy", "lin", "mallory", "mallory2", "nobody", "chat.example", "NickServ"),
    "mask": ("*!*@*", "ivy", "lin!*@*", "*@10.0.0.0/8", "a:mallory", "m:a:ivy", "m:lin", "*!~m@*"),
    "who": ("ivy", "lin", "account:mallory", "*@10.0.0.0/8", "192.0.2.9", "2001:db8::/32", "x*"),
    "id": ("$ID", "$ID", "$ID", "none"),
    "ref": ("msgid=$ID", "timestamp=2026-09-21T20:26:40.000Z", "*", "timestamp=x"),
    "n": ("0", "1", "5", "100", "-1", "2", "99999999999"),
    "number": ("last", "1", "2", "3", "lobby/1", "room/1", "@ivy/1"),
    "time": ("1h", "90s", "7d", "1m", "0s", "2w"),
    "flag": ("+i", "-n", "+s", "+m-t", "+b", "+e", "+I", "+k", "-k+l", "+o", "+v-h", "+qa", "+R"),
    "umode": ("+B", "-i+w", "+s", "-o"),
    "key": ("avatar", "display-name", "homepage", "x.y/z"),
    "cap": tuple(CAPABILITIES),
    "emoji": ("x", "\U0001f44d", "heart"),
    "setting": ("open", "password", "limit", "slow", "history", "topic", "moderated"),
    "value": ("on", "off", "5", "everyone", "2h"),
    "act": ("1", "2", "$ID"),
    "code": ("none", "aaaa-bbbb-cccc-dddd"),
    "level": ("1", "2", "3", "0"),
    "word": ("one", "two"),
    "text": ("hello there", "\x02bold\x02 \x0304,12red", "\x01ACTION waves\x01", "a" * 500,
             "é" * 250),
}  # fmt: skip
"""By slot, what makes sense."""

IRC_RIGHT = tuple(
    """
JOIN {chan}
JOIN {chan},{chan} {word}
JOIN 0
PART {chan} :{text}
KICK {chan} {nick} :{text}
INVITE {nick} {chan}
INVITE
TOPIC {chan}
TOPIC {chan} :{text}
RENAME {chan} {chan} :{text}
NAMES {chan}
NAMES
LIST
LIST {chan}
LIST >{n},U<{n},T>{n},*o*
MODE {chan}
MODE {chan} {flag} {mask} {nick}
MODE {chan} {flag} {nick} {n}
MODE {chan} {flag} {word}
MODE {nick} {umode}
MODE mallory
WHO {chan}
WHO {nick} %tcuihsnfdlaor,{n}
WHO * o
WHOIS {nick}
WHOIS {nick} {nick}
WHOWAS {nick} {n}
USERHOST {nick} {nick}
ISON {nick} {nick}
AWAY :{text}
AWAY
AWAY *
MONITOR + {nick},{nick}
MONITOR - {nick}
MONITOR L
MONITOR S
MONITOR C
LUSERS
MOTD
VERSION
ADMIN
INFO
TIME
LINKS
MAP
STATS {word}
STATS u
USERS
HELP
HELP {word}
WALLOPS :{text}
KILL {nick} :{text}
REHASH
OPER mallory :correct horse
OPER {nick} {word}
SETNAME :{text}
NICK {nick}
NICK mallory2
DLINE {time} {who} :{text}
KLINE {n} {who} :{text}
UNDLINE {who}
UNKLINE {who}
DLINE list
SAJOIN {nick} {chan}
SAMODE {chan} {flag} {nick}
SQUERY {nick} :{text}
TRACE
SERVLIST
REGISTER * * :correct horse
REGISTER {word} {word} :{text}
VERIFY {word} {code}
AUTHENTICATE PLAIN
AUTHENTICATE SCRAM-SHA-256
AUTHENTICATE EXTERNAL
AUTHENTICATE *
AUTHENTICATE +
AUTHENTICATE AG1hbGxvcnkAY29ycmVjdCBob3JzZQ==
AUTHENTICATE AG1hbGxvcnkAd3Jvbmc=
AUTHENTICATE biwsbj1tYWxsb3J5LHI9YWJjZGVm
CAP LS 302
CAP LIST
CAP REQ :{cap} {cap}
CAP REQ :-{cap}
CAP END
CHATHISTORY LATEST {chan} * {n}
CHATHISTORY LATEST {nick} {ref} {n}
CHATHISTORY BEFORE {chan} {ref} {n}
CHATHISTORY AFTER {chan} {ref} {n}
CHATHISTORY AROUND {chan} {ref} {n}
CHATHISTORY BETWEEN {chan} {ref} {ref} {n}
CHATHISTORY TARGETS {ref} {ref} {n}
MARKREAD {chan}
MARKREAD {chan} {ref}
REDACT {chan} {id} :{text}
REDACT {nick} {id}
PRIVMSG {chan} :{text}
PRIVMSG {chan} :{text}
PRIVMSG {nick} :{text}
NOTICE {chan},{nick} :{text}
@+typing=active TAGMSG {chan}
@+draft/react={emoji};+draft/reply={id} TAGMSG {chan}
@+draft/unreact={emoji};+draft/reply={id} TAGMSG {chan}
@+reply={id} PRIVMSG {chan} :{text}
@label=x1 PRIVMSG {chan} :{text}
@label=x2 WHOIS {nick}
@label=x3 JOIN {chan}
BATCH +1 draft/multiline {chan}
@batch=1 PRIVMSG {chan} :{text}
BATCH -1
@batch=1;draft/multiline-concat PRIVMSG {chan} :{text}
METADATA * SET {key} :{text}
METADATA * GET {key}
METADATA {chan} LIST
METADATA * SUB {key} {key}
METADATA * UNSUB {key}
METADATA * SUBS
METADATA {nick} SYNC
METADATA * CLEAR
METADATA {chan} SET {key} :{text}
RELAYMSG {chan} a/b :{text}
WEBIRC x y h 192.0.2.9
NS REGISTER correct-horse
NS IDENTIFY mallory correct-horse
NS INFO {nick}
NS HELP
NS {word} {nick} {word}
CS HELP
CS OP {chan} {nick}
CS {word} {chan} {nick}
PRIVMSG NickServ :help {word}
PRIVMSG ChanServ :info {chan}
PRIVMSG {chan} :\x01VERSION\x01
PRIVMSG {nick} :\x01PING 1\x01
NOTICE {nick} :\x01VERSION x\x01
PING {word}
PONG {word}
ISUPPORT
PASS mallory:correct horse
USER a 0 * :{text}
QUIT :{text}
ERROR :{text}
CONNECT {word}
""".strip().split("\n")
)
"""Lines of IRC that are right, if their slots are."""

_USED = {
    **dict.fromkeys(("old", "new", "words", "password", "command"), "word"),
    **dict.fromkeys(("reason", "why"), "text"),
    "name": "nick",
    "#room": "chan",
    "roomname": "room",
    "row": "n",
    "id": "act",
    "room|@name": "room",
    "number|last": "number",
    "who|number": "who",
}


def _slot(word: str) -> str:
    """
    @return: a word of a usage string as a slot.
    """
    name = word.rstrip(".…").lower()
    name = _USED.get(name, name)
    if name in SENSE:
        return "{" + name + "}"
    return word if word.islower() and "|" not in word else "{word}"


def _forms(usage: str) -> list[str]:
    """
    @return: a usage string as templates: with all that is optional, and without.
    """
    full = usage.replace("[", " ").replace("]", " ").split()
    least = re.sub(r"\[[^][]*(\[[^][]*\][^][]*)*\]", " ", usage).split()
    return [" ".join([form[0], *map(_slot, form[1:])]) for form in (full, least)]


LINE_RIGHT = (
    *(form for command in SLASH.commands.values() for form in _forms(command.usage.shown)),
    *"""
/set {chan} {setting} {value}
/set {setting} {value}
/set
/register correct-horse
/login mallory correct horse
/login correct horse
/operator add {nick}
/quiet on
/account delete correct horse
/purge {who} {time}
/invitation {room} uses {n} for {time}
{text}
{text}
{text}
hello there
//escaped
/me {text}
/edit last {text}
/delete last
[LEAVE]
[LOBBY]
[EXIT]
/react {number} {emoji}
/msg {nick} {text}
/history {room} {n}
""".strip().split("\n"),
)
"""Lines of the line protocol that are right, if their slots are."""

_SLOT = re.compile(r"\{(\w+)\}")


@st.composite
def filled(draw: st.DrawFn, templates: tuple[str, ...]) -> bytes:
    """
    A line of a template.
    """
    template = draw(st.sampled_from(templates))

    def fill(found: re.Match[str]) -> str:
        name = found[1]
        if draw(st.integers(0, 9)) == 0:
            return draw(texts if name == "text" else words)
        return draw(st.sampled_from(SENSE[name]))

    return encoded(_SLOT.sub(fill, template))


ircAnything = st.one_of(
    st.tuples(
        st.sampled_from(sorted(IRC)), st.lists(words | texts.map(":".__add__), max_size=5)
    ).map(lambda parts: encoded(" ".join([parts[0], *parts[1]]))),
    st.tuples(words, st.sampled_from(sorted(IRC)), texts).map(
        lambda parts: encoded(f"@{parts[0].replace(' ', ';')} {parts[1]} {parts[2]}")
    ),
    st.lists(words, min_size=2, max_size=3).map(
        lambda parts: b"AUTHENTICATE " + b64encode(encoded("\0".join(parts)))
    ),
    texts.map(encoded),
    garbage,
)
lineAnything = st.one_of(
    st.tuples(st.sampled_from(sorted(SLASH.commands)), st.lists(words, max_size=4)).map(
        lambda parts: encoded("/" + " ".join([parts[0], *parts[1]]))
    ),
    texts.map(encoded),
    words.map(encoded),
    garbage,
    st.sampled_from([b"\xff\xf4\xff\xfd\x06", b"\xff\xfb\x01", b"\x04", b"\x03"]),
)

MOST_LINES = 20


def _cutInto(data: bytes, places: list[int]) -> list[bytes]:
    marks = sorted({0, len(data), *(place % (len(data) + 1) for place in places)})
    return [data[start:end] for start, end in pairwise(marks)]


def _streams(
    right: tuple[str, ...], anything: st.SearchStrategy[bytes]
) -> st.SearchStrategy[list[bytes]]:
    """
    @return: lines with their ends, in pieces; most are nearly right.
    """
    # A choice with st.one_of would count every branch within as one.
    one = st.integers(0, 5).flatmap(lambda die: filled(right) if die else anything)
    ends = st.sampled_from([b"\r\n", b"\n", b"\n", b"\r\n", b"\r\n", b"\r", b""])
    some = st.lists(st.tuples(one, ends).map(b"".join), max_size=MOST_LINES)
    # A list alone would be short nearly always.
    lines = st.lists(some, min_size=3, max_size=3).map(lambda parts: [*chain.from_iterable(parts)])
    places = st.lists(st.integers(0, 5000), max_size=4)
    whole = lines.map(b"".join)
    return st.one_of(lines, st.tuples(whole, places).map(lambda both: _cutInto(*both)))


ircStreams = _streams(IRC_RIGHT, ircAnything)
lineStreams = _streams(LINE_RIGHT, lineAnything)
