"""
What an IRC client knows of its channels, from nothing but the lines that it was sent.

It does what clients do: it puts people into a channel at JOIN, takes them out at PART, KICK and
QUIT, and renames them. Where a line tells of what can't be, as it has been told so far, that is a
failure: a client would show something that is not so.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import IntEnum

PREFIXES = dict(zip("~&@%+", "qaohv", strict=True))
WITH_PARAMETER = frozenset("qaohvbeIk")
WHEN_SET = frozenset("fl")
_TOKEN = re.compile(r"\bt\d+\b")


class Contradiction(AssertionError):
    """
    A line does not go with those before.
    """


@dataclass
class Line:
    """
    A line, taken apart.

    @ivar nick: of its source, without user and host.
    """

    tags: dict[str, str]
    nick: str
    user: str
    command: str
    params: list[str]

    @classmethod
    def of(cls, text: str) -> Line:
        """
        @param text: without its end.
        """
        tags: dict[str, str] = {}
        if text.startswith("@"):
            first, _, text = text.partition(" ")
            tags = dict(part.partition("=")[::2] for part in first[1:].split(";"))
        source = ""
        if text.startswith(":"):
            source, _, text = text[1:].partition(" ")
        words, colon, last = text.partition(" :")
        command, *params = words.split()
        nick, _, user = source.partition("@")[0].partition("!")
        return cls(tags, nick, user.lstrip("~"), command, params + ([last] if colon else []))


@dataclass
class Stay:
    """
    A time in a channel without a break.

    @ivar since: when it began, for who is told times.
    @ivar live: what was said meanwhile, as it was heard: the tokens in the texts.
    """

    since: str = ""
    live: list[str] = field(default_factory=list)


@dataclass
class Channel:
    """
    A channel as the client knows it.

    @ivar people: the letters of what each is, by nick.
    @ivar named: whether it has been told who is there.
    @ivar modes: with their parameters; C{None} if it has not been told yet.
    @ivar bans: likewise who is banned.
    @ivar listed: the names that are just being told.
    @ivar banned: likewise the bans.
    @ivar were: who was ever there.
    """

    stay: Stay
    people: dict[str, set[str]] = field(default_factory=dict)
    named: bool = False
    modes: dict[str, str] | None = None
    bans: set[str] | None = None
    listed: dict[str, set[str]] | None = None
    banned: set[str] | None = None
    were: set[str] = field(default_factory=set)


class Trust(IntEnum):
    """
    What a client may rely upon: all of it, where there is one node; where there are several, that
    who speaks is there, or was a moment ago; nothing of that kind where announcements get lost.
    """

    LOSSY = 0
    LATE = 1
    ALONE = 2


class View:
    """
    What one connection knows.

    Until it knows who is in a channel, nothing there contradicts anything: what has happened while
    it came in may be told behind the names.

    @ivar several: who is connected twice. What they say by one connection while they go, or take
        another nick, by the other one, may come behind that.
    @ivar asking: the channels whose names it has just been told.
    @ivar trust: what it may rely upon.
    @ivar joinedNow: the channels that it has just come into.
    """

    def __init__(self, nick: str, multi: bool, trust: Trust = Trust.ALONE) -> None:
        self.trust = trust
        self.nick = self.before = self.user = nick
        self.nickAt = 0
        self.multi = multi
        self.channels: dict[str, Channel] = {}
        self.batches: dict[str, str] = {}
        self.log: list[str] = []
        self.joinedNow: list[str] = []
        self.welcome = False
        self.several: set[str] = set()
        self.asking: list[str] = []

    def take(self, text: str) -> None:
        """
        @raise Contradiction: see above.
        """
        self.log.append(text)
        line = Line.of(text)
        obey = getattr(self, "on_" + line.command, None)
        if obey is not None:
            obey(line)
        for each in self.channels.values():
            each.were.update(each.people)

    def wrong(self, why: str) -> None:
        """
        @raise Contradiction: always.
        """
        raise Contradiction(f"{self.nick}: {why}\n" + "\n".join(self.log[-25:]))

    def channel(self, name: str) -> Channel:
        """
        One in which the client is.
        """
        if name not in self.channels:
            self.wrong(f"not in {name}")
        return self.channels[name]

    @property
    def named(self) -> bool:
        """
        Whether who is in them is known of all channels.
        """
        return all(each.named for each in self.channels.values())

    def on_001(self, line: Line) -> None:
        self.nick = line.params[0]
        self.welcome = True

    def on_JOIN(self, line: Line) -> None:
        name = line.params[0]
        if line.nick == self.nick or (
            # Another connection has just given them another nick.
            (line.nick, line.user) == (self.before, self.user) and len(self.log) - self.nickAt <= 2
        ):
            if name in self.channels:
                if self.channels[name].named:
                    self.wrong(f"joins {name} again")
                return
            stay = Stay(line.tags.get("time", ""))
            self.channels[name] = Channel(stay, {self.nick: set()})
            self.joinedNow.append(name)
            return
        people = self.channel(name).people
        if line.nick in people and self.channel(name).named:
            self.wrong(f"{line.nick} joins {name} again")
        people[line.nick] = set()

    def _out(self, name: str, nick: str, late: bool = False) -> None:
        channel = self.channel(name)
        if nick not in channel.people and channel.named and not late:
            self.wrong(f"{nick} is not in {name}")
        channel.people.pop(nick, None)
        if nick == self.nick:
            del self.channels[name]

    def on_PART(self, line: Line) -> None:
        self._out(line.params[0], line.nick, late=self.trust is Trust.LOSSY)

    def on_KICK(self, line: Line) -> None:
        # Whoever put them out had not heard yet that they had gone.
        self._out(line.params[0], line.params[1], late=self.trust < Trust.ALONE)

    def on_QUIT(self, line: Line) -> None:
        there = [each for each in self.channels.values() if line.nick in each.people]
        lossy = self.trust is Trust.LOSSY
        if not there and line.nick != self.nick and self.named and not lossy:
            self.wrong(f"{line.nick} quits, who is nowhere")
        for each in there:
            del each.people[line.nick]

    def on_NICK(self, line: Line) -> None:
        new = line.params[0]
        there = [each for each in self.channels.values() if line.nick in each.people]
        if not there and line.nick != self.nick and self.named:
            self.wrong(f"{line.nick} renames, who is nowhere")
        for each in there:
            if new in each.people and new != line.nick and each.named:
                self.wrong(f"{new} is there twice")
            each.people[new] = each.people.pop(line.nick)
        if line.nick == self.nick:
            self.nick, self.before, self.nickAt = new, self.nick, len(self.log)

    def on_RENAME(self, line: Line) -> None:
        old, new = line.params[:2]
        channel = self.channel(old)
        if new in self.channels:
            self.wrong(f"{new} is there already")
        del self.channels[old]
        self.channels[new] = channel

    def on_353(self, line: Line) -> None:
        name = line.params[2]
        found = self.channels.get(name)
        if found is None:
            return
        if found.listed is None:
            found.listed = {}
        for word in line.params[3].split():
            mask = word.lstrip("".join(PREFIXES))
            nick = mask.partition("!")[0]
            if nick in found.listed:
                self.wrong(f"{nick} is listed twice")
            found.listed[nick] = {PREFIXES[sign] for sign in word.removesuffix(mask)}

    def on_366(self, line: Line) -> None:
        found = self.channels.get(line.params[1])
        if found is None or found.listed is None:
            return
        if found.named:
            self.compare(line.params[1], found, found.listed)
        found.people = found.listed
        found.listed = None
        if not found.named:
            self.asking.append(line.params[1])

    def on_PONG(self, line: Line) -> None:
        if line.params[-1] in self.channels:
            self.channels[line.params[-1]].named = True

    def compare(self, name: str, channel: Channel, listed: dict[str, set[str]]) -> None:
        """
        What is told now must be what was known.
        """
        if listed.keys() != channel.people.keys():
            self.wrong(f"in {name} are {sorted(listed)}, and not {sorted(channel.people)}")
        for nick, letters in listed.items():
            known = channel.people[nick]
            best = next((each for each in "qaohv" if each in known), "")
            if letters != (known if self.multi else set(best)):
                self.wrong(f"in {name} {nick} is {letters}, and not {known}")

    def on_MODE(self, line: Line) -> None:
        name, *rest = line.params
        if not name.startswith("#"):
            return
        channel = self.channel(name)
        for on, letter, param in changes(rest):
            if letter in PREFIXES.values():
                # Who is a member and not there has a role too.
                letters = channel.people.get(param, set())
                (letters.add if on else letters.discard)(letter)
            elif letter == "b":
                if channel.bans is not None:
                    (channel.bans.add if on else channel.bans.discard)(param)
            elif letter not in "eI" and channel.modes is not None:
                if on:
                    channel.modes[letter] = param
                else:
                    channel.modes.pop(letter, None)

    def on_324(self, line: Line) -> None:
        name, *rest = line.params[1:]
        channel = self.channels.get(name)
        if channel is None:
            return
        told = {letter: param for _, letter, param in changes(rest)}
        if channel.modes is not None and told != channel.modes:
            self.wrong(f"{name} has {told}, and not {channel.modes}")
        channel.modes = told

    def on_367(self, line: Line) -> None:
        channel = self.channel(line.params[1])
        if channel.banned is None:
            channel.banned = set()
        channel.banned.add(line.params[2])

    def on_368(self, line: Line) -> None:
        channel = self.channels.get(line.params[1])
        if channel is None:
            return
        told, channel.banned = channel.banned or set(), None
        if channel.bans is not None and told != channel.bans:
            self.wrong(f"banned in {line.params[1]} are {told}, and not {channel.bans}")
        channel.bans = told

    def on_BATCH(self, line: Line) -> None:
        name = line.params[0]
        if name[0] == "+":
            self.batches[name[1:]] = line.params[1]
        else:
            del self.batches[name[1:]]

    def on_PRIVMSG(self, line: Line) -> None:
        target, text = line.params
        token = _TOKEN.search(text)
        if token is None or "@services" in text:
            return
        place = target.lstrip("".join(PREFIXES))
        if self.batches.get(line.tags.get("batch", "")) == "chathistory" or text.startswith(
            ("[", "\x01ACTION [")
        ):
            return
        if not place.startswith("#"):
            return
        channel = self.channel(place)
        if line.tags.get("time", "9") < channel.stay.since:
            return
        if (
            line.nick not in channel.people
            and channel.named
            and not self._mayHaveGone(channel, line)
        ):
            self.wrong(f"{line.nick} speaks, who is not in {place}")
        if token[0] in channel.stay.live:
            self.wrong(f"{token[0]} again")
        channel.stay.live.append(token[0])

    on_NOTICE = on_PRIVMSG

    def _mayHaveGone(self, channel: Channel, line: Line) -> bool:
        """
        Whether somebody may have spoken just before they went.
        """
        if line.user in self.several or self.trust is Trust.LOSSY:
            return True
        return self.trust is Trust.LATE and line.nick in channel.were


def changes(words: list[str]) -> list[tuple[bool, str, str]]:
    """
    @param words: what stands behind the channel in MODE.
    """
    found, on, params = [], True, words[1:]
    for letter in words[0]:
        if letter in "+-":
            on = letter == "+"
        elif letter in WITH_PARAMETER or (letter in WHEN_SET and on):
            found.append((on, letter, params.pop(0)))
        else:
            found.append((on, letter, ""))
    return found
