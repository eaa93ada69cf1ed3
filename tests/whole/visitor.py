"""
Somebody on the line protocol, who has nothing but what stands on the screen.

A number alone means the current room, and so does what is typed: so where a line of a message
stands, on either side of the answers that make another room the current one, must be true of it.
What was said while they came into a room names it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.frontends.clients import Doors, Line
from tests.frontends.irc.clients import PASSWORD
from tests.whole.view import Contradiction
from twisted_chat.domain.session import Session

_SAID = re.compile(
    r"\d\d:\d\d (?:#|(?P<room>[^ @/#]+)/)(?P<number>\d+) [-<*].*?\b(?P<token>t\d+)\b"
)
_PLACE = re.compile(r"\* You are in (?P<room>\w+)(?:, alone| with .*)\.(?: Topic: .*)?")
_LEFT = re.compile(r"\* You have left (?P<room>\w+)")
_KICKED = re.compile(r"\* \w+ kicked (?P<name>\w+)(?: from (?P<room>\w+))?(?: \(.*\))?")
_OUT = re.compile(r"\* (?P<name>\w+) is out of (?P<room>\w+)")
_BANNED = re.compile(r"\* account:(?P<name>\w+) is banned from (?P<room>\w+)")
_CALLED = re.compile(r"\* (?P<old>\w+) is (?:now )?called (?P<new>\w+)(?: now)?")
_OWN = re.compile(r"\* You are called (?P<name>\w+)(?: now|, as on .*)")
_GONE = re.compile(r"\* (?P<room>\w+) is gone(?: \(.*\))?")
_JOINED = re.compile(r"\* (?P<name>\w+) joined (?P<room>\w+)")
_PARTED = re.compile(r"\* (?P<name>\w+) left (?P<room>\w+)(?:: .*| \(.*\))?")
_OFFLINE = re.compile(r"\* (?P<name>\w+) went offline(?: \(.*\))?")
_MISSED = re.compile(r"\* (?:More than )?[\d,]+ new in (?P<room>\w+) since you left(?:: /.*)?")
_NOWHERE = re.compile(r"\* You are in (?:no room|.*, but talk in no room now).*")
_QUESTION = re.compile(r"Your name: |Password: |Room \[\w+\]: ")

DEEDS = {
    "/join {any}": 8,
    "/switch {chan}": 6,
    "/leave {chan} bye": 3,
    "{token}": 30,
    "/msg {nick} {token}": 3,
    "/kick {chan} {nick} out": 4,
    "/nick {new}": 4,
    "/topic {chan} {token}": 2,
    "/{role} {chan} {nick}": 4,
    "/set {chan} moderated {onoff}": 1,
    "/set {chan} invite-only {onoff}": 1,
    "/ban {chan} {nick}": 1,
    "/unban {chan} {nick}": 1,
    "/invite {chan} {nick}": 2,
    "/renameroom {chan} {any}": 2,
    "/edit last {token}": 2,
    "/delete last": 1,
    "/away {token}": 1,
    "/back": 1,
    "/names": 1,
    "/quit x": 1,
    "LOSE": 2,
}
"""What people do there, and how often."""

ROLES = ("op", "deop", "voice", "devoice", "halfop", "admin", "deadmin")


@dataclass
class Screen:
    """
    What somebody makes of what they read.

    @ivar who: under which name they have come in.
    @ivar nick: what they are called.
    @ivar here: the room that they have before them.
    @ivar rooms: by the name of each that they are in, the numbers and texts that were read there.
    @ivar came: by the same, who has come while they were there, and not gone.
    @ivar log: all lines, and those that they typed.
    """

    who: str
    nick: str
    here: str = ""
    rooms: dict[str, list[tuple[int, str]]] = field(default_factory=dict)
    came: dict[str, set[str]] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)

    def wrong(self, why: str) -> None:
        """
        @raise Contradiction: always.
        """
        raise Contradiction(f"{self.nick}: {why}\n" + "\n".join(self.log[-30:]))

    def takeAll(self, lines: list[str]) -> None:
        """
        Take what has come in one piece: behind where they are now, it is what was.
        """
        was = False
        for line in lines:
            # What is typed is not on this screen, nor is the end of its line.
            self.take(_QUESTION.sub("", line), was)
            was = was or _PLACE.fullmatch(line) is not None

    def take(self, line: str, was: bool) -> None:
        """
        @raise Contradiction: a line does not go with those before.
        """
        self.log.append(line)
        for pattern, obey in _OBEYED:
            if not was and (found := pattern.fullmatch(line)):
                obey(self, **found.groupdict(""))
                return
        if found := _SAID.match(line):
            self.said(found["room"] or "", int(found["number"]), found["token"])

    def said(self, room: str, number: int, token: str) -> None:
        """
        A message.
        """
        if not room and not self.here:
            self.wrong("a number alone, but no room is the current one")
        # Somebody registered is in rooms that are not named when they come.
        self.isThere(room or self.here)
        heard = self.rooms[room or self.here]
        if heard and heard[-1][0] >= number:
            self.wrong(f"{number} behind {heard[-1][0]}")
        heard.append((number, token))

    def isIn(self, room: str) -> None:
        """
        A room is the current one now.
        """
        self.here = room
        self.isThere(room)

    def isThere(self, room: str) -> None:
        """
        They are in a room.
        """
        self.rooms.setdefault(room, [])
        self.came.setdefault(room, set())

    def isOut(self, room: str) -> None:
        """
        They are in a room no longer.
        """
        self.isPutOut(room)
        if room == self.here:
            self.here = ""

    def isPutOut(self, room: str) -> None:
        """
        Likewise by other people, or by another connection of theirs. If that is the current one, it
        is so again when they are back before they have typed anything.
        """
        self.rooms.pop(room, None)
        self.came.pop(room, None)

    def kicked(self, name: str, room: str) -> None:
        """
        Somebody is put out of a room, of the current one if none is named.
        """
        if name == self.nick:
            self.isPutOut(room or self.here)
        else:
            self.parted(name, room or self.here)

    def banned(self, name: str, room: str) -> None:
        """
        They have banned somebody, perhaps themselves.
        """
        if name == self.who:
            self.isPutOut(room)
        elif room in self.came:
            # Who of those who came that was, only the account tells.
            self.came[room].clear()

    def called(self, old: str, new: str) -> None:
        """
        A person or a room has another name.
        """
        if old in self.rooms:
            self.rooms[new], self.came[new] = self.rooms.pop(old), self.came.pop(old)
            self.here = new if self.here == old else self.here
        if old == self.nick:
            self.nick = new
        for came in self.came.values():
            if old in came:
                came.remove(old)
                came.add(new)

    def isCalled(self, name: str) -> None:
        """
        They are called something now.
        """
        self.nick = name

    def joined(self, name: str, room: str) -> None:
        """
        Somebody has come.
        """
        if name == self.nick:
            # By another connection.
            self.isThere(room)
            return
        self.isThere(room)
        if name in self.came[room]:
            self.wrong(f"{name} joins {room} again")
        self.came[room].add(name)

    def parted(self, name: str, room: str) -> None:
        """
        Somebody has gone.
        """
        if name == self.nick:
            # By another connection.
            self.isPutOut(room)
        else:
            self.came.get(room, set()).discard(name)

    def offline(self, name: str) -> None:
        """
        Somebody is gone from all rooms; what they are called may be somebody else's name next.
        """
        for came in self.came.values():
            came.discard(name)

    def isNowhere(self) -> None:
        """
        No room is the current one.
        """
        self.here = ""


_OBEYED = (
    (_PLACE, Screen.isIn),
    (_LEFT, Screen.isOut),
    (_KICKED, Screen.kicked),
    (_OUT, Screen.parted),
    (_BANNED, Screen.banned),
    (_CALLED, Screen.called),
    (_OWN, Screen.isCalled),
    (_GONE, Screen.isOut),
    (_JOINED, Screen.joined),
    (_PARTED, Screen.parted),
    (_OFFLINE, Screen.offline),
    (_NOWHERE, Screen.isNowhere),
    (_MISSED, Screen.isThere),
)


class Visitor:
    """
    One connection.

    @ivar who: under which name it has come in.
    @ivar screen: what is read there.
    @ivar over: whether the connection is lost.
    """

    deeds = DEEDS

    def __init__(self, doors: Doors, who: str, node: int) -> None:
        self.who = who
        self.line: Line = doors.connect(node=node)
        self.screen = Screen(who, who)
        self.over = False
        self._unread = ""
        self._choices = iter("abc")
        self.send(who)

    @property
    def nick(self) -> str:
        """
        What they are called.
        """
        return self.screen.nick

    @property
    def places(self) -> list[str]:
        """
        The rooms that they are in, as all wires take them.
        """
        return [f"#{name}" for name in self.screen.rooms]

    @property
    def ready(self) -> bool:
        """
        Whether they have come in.
        """
        return self.line.protocol.state in ("Menu", "Talk")

    @property
    def ended(self) -> bool:
        """
        Whether the server has ended the connection.
        """
        return bool(self.line.ended)

    def send(self, *lines: str) -> None:
        """
        Type lines, and read what comes at once.
        """
        for line in lines:
            self.screen.log.append(f"                 >>> {line}")
            self.line.protocol.dataReceived(line.encode() + b"\n")
        self.take()

    def take(self) -> None:
        """
        Read what has come, and answer what is asked.
        """
        written = [data.decode().replace("\r\n", "\n") for data in self.line.pipe.written]
        self.line.pipe.clear()
        for text in written:
            *lines, self._unread = (self._unread + text).split("\n")
            self.screen.takeAll(lines)
        if self.over or self.ended:
            return
        question, self._unread = self._unread, ""
        if question == "Password: ":
            self.send(PASSWORD)
        elif question.startswith("Room ["):
            self.send(next(self._choices, "[EXIT]"))
        elif question == "Your name: " and len(self.screen.log) > 3:
            # The name is taken.
            self.send("[EXIT]")
        else:
            self._unread = question

    def says(self, place: str, text: str) -> str:
        """
        @return: the line that says something, in the current room.
        """
        return text

    def heard(self, place: str, said: Mapping[str, tuple[str, int]]) -> list[tuple[str, int]]:
        """
        Where in the log stands what was said in a room that they are in.

        @param said: the same by the text, as it was first said.
        """
        room = self.session.roomNamed(place).id
        heard = self.screen.rooms[place.removeprefix("#")]
        return [said.get(token, (room, number)) for number, token in heard]

    @property
    def log(self) -> list[str]:
        """
        All lines.
        """
        return self.screen.log

    @property
    def session(self) -> Session:
        """
        What they may do.
        """
        return self.line.protocol.present().session

    def lose(self) -> None:
        """
        Its connection is lost.
        """
        self.over = True
        self.line.lose()
