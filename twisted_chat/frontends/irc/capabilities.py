"""
Capabilities and how they are negotiated (IRCv3 capability-negotiation).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from twisted_chat.domain.keeping import MOST_KEYS
from twisted_chat.domain.noting import LONGEST_VALUE
from twisted_chat.frontends.irc.facts import MOST_SUBSCRIPTIONS, ServerFacts
from twisted_chat.frontends.irc.message import MOST_TEXT
from twisted_chat.frontends.irc.numerics import ERR_INVALIDCAPCMD, ERR_NEEDMOREPARAMS
from twisted_chat.frontends.irc.wrapping import inLines

VALUES_SINCE: Final = 302
"""The version from which on clients know values, replies of several lines, and cap-notify."""

_LONGEST_SHOWN: Final = 64


def _always(facts: ServerFacts) -> str | None:
    return ""


@dataclass(frozen=True, slots=True)
class Capability:
    """
    Something that a client may ask for.

    @ivar value: makes its value; C{""} is none, C{None}: it is not to be had here.
    @ivar spelling: whether what is published is spelled differently for clients that have it.
    @ivar bare: whether it means something without its value, so that clients that know no values
        are told of it.
    @ivar asked: whether it may be asked for.
    """

    name: str
    value: Callable[[ServerFacts], str | None] = _always
    spelling: bool = False
    bare: bool = True
    asked: bool = True


def _sasl(facts: ServerFacts) -> str | None:
    return ",".join(facts.saslMechanisms) or None


def _sts(facts: ServerFacts) -> str | None:
    if facts.stsPort:
        return f"port={facts.stsPort}"
    preload = ",preload" if facts.stsPreload else ""
    return f"duration={facts.stsDuration}{preload}" if facts.stsDuration else None


def _registration(facts: ServerFacts) -> str | None:
    if not facts.registration:
        return None
    return "before-connect" if facts.registrationBeforeConnect else ""


def _metadata(facts: ServerFacts) -> str:
    return (
        f"before-connect,max-subs={MOST_SUBSCRIPTIONS},max-keys={MOST_KEYS},"
        f"max-value-bytes={LONGEST_VALUE}"
    )


def _multiline(facts: ServerFacts) -> str:
    return f"max-bytes={facts.limits.message},max-lines={facts.limits.lines}"


def _relaying(facts: ServerFacts) -> str | None:
    return facts.relaySeparators or None


CAPABILITIES: Final = {
    capability.name: capability
    for capability in (
        # The old ones first: what does not fit into one line is not shown to old clients.
        Capability("account-notify", spelling=True),
        Capability("account-tag", spelling=True),
        Capability("away-notify", spelling=True),
        Capability("batch", spelling=True),
        Capability("cap-notify"),
        Capability("chghost", spelling=True),
        Capability("echo-message"),
        Capability("extended-join", spelling=True),
        Capability("extended-monitor"),
        Capability("invite-notify", spelling=True),
        Capability("labeled-response"),
        Capability("message-tags", spelling=True),
        Capability("multi-prefix"),
        Capability("sasl", _sasl),
        Capability("server-time", spelling=True),
        Capability("setname", spelling=True),
        Capability("standard-replies"),
        Capability("sts", _sts, bare=False, asked=False),
        Capability("userhost-in-names"),
        Capability("no-implicit-names"),
        Capability("draft/account-registration", _registration),
        Capability("draft/channel-rename", spelling=True),
        Capability("draft/chathistory"),
        Capability("draft/event-playback"),
        Capability("draft/extended-isupport"),
        Capability("draft/message-redaction", spelling=True),
        Capability("draft/metadata-2", _metadata),
        Capability("draft/metadata-3", _metadata),
        Capability("draft/multiline", _multiline, spelling=True, bare=False),
        Capability("draft/no-implicit-names"),
        Capability("draft/oper-tag", spelling=True),
        Capability("draft/pre-away"),
        Capability("draft/read-marker"),
        Capability("draft/relaymsg", _relaying, spelling=True),
        Capability("draft/whoami"),
        Capability("soju.im/search"),
        Capability("znc.in/playback"),
        # What one says in private on another connection comes to all; some clients ask whether so.
        Capability("znc.in/self-message"),
    )
}
"""All capabilities by name."""

SPELLING: Final = frozenset(name for name, each in CAPABILITIES.items() if each.spelling)
"""Those that a format cares for."""


def offered(facts: ServerFacts) -> dict[str, str]:
    """
    What is to be had at a door.

    @return: values by name, in the order in which they are shown; C{""} for none.
    """
    values = ((name, each.value(facts)) for name, each in CAPABILITIES.items())
    return {name: value for name, value in values if value is not None}


@dataclass(frozen=True, slots=True)
class Answer:
    """
    A line to send.

    @ivar command: C{CAP} or a numeric.
    @ivar params: those after the nick.
    """

    command: str
    params: tuple[str, ...]


@lru_cache(maxsize=1024)
def _shared(names: frozenset[str]) -> frozenset[str]:
    """
    @return: an equal set, the same one for all clients: there are many clients of few kinds, and
        all that one of them is able to do takes kilobytes.
    """
    return names


class Negotiation:
    """
    The capabilities of one client.

    @ivar enabled: what it has asked for and was given.
    @ivar version: the highest version that it has named; 0 if none.
    @ivar open: whether registration has to wait for C{CAP END}.
    """

    __slots__ = ("_facts", "enabled", "open", "version")

    def __init__(self, facts: ServerFacts) -> None:
        """
        @param facts: what the server can do at this door.
        """
        self._facts = facts
        self.enabled = _shared(frozenset())
        self.version = 0
        self.open = False

    @property
    def notified(self) -> bool:
        """
        Whether it is told when capabilities come and go.
        """
        return self.version >= VALUES_SINCE or "cap-notify" in self.enabled

    def command(self, params: Sequence[str], nick: str = "*") -> list[Answer]:
        """
        Obey C{CAP}.

        @param params: those of the client's command.
        @param nick: what the client is called in answers.
        @return: the answers. What they say is in force already: they are the last ones that are
            spelled as before.
        """
        if not params:
            return [Answer(ERR_NEEDMOREPARAMS, ("CAP", "Not enough parameters"))]
        name, *rest = params
        obey = {
            "LS": self._cap_LS,
            "LIST": self._cap_LIST,
            "REQ": self._cap_REQ,
            "END": self._cap_END,
        }.get(name.upper())
        if obey is None:
            shown = name[:_LONGEST_SHOWN] or "*"
            return [Answer(ERR_INVALIDCAPCMD, (shown, "Invalid CAP command"))]
        return obey(rest, nick)

    def _cap_LS(self, params: Sequence[str], nick: str) -> list[Answer]:
        self.open = True
        named = params[0] if params else ""
        # With a lower number than before it is answered so, but what it knows it knows.
        version = int(named) if named.isascii() and named.isdigit() and len(named) < 7 else 0
        self.version = max(self.version, version)
        values = offered(self._facts)
        if version >= VALUES_SINCE:
            return self._several("LS", _shown(values), nick)
        return self._one("LS", [name for name in values if CAPABILITIES[name].bare], nick)

    def _cap_LIST(self, params: Sequence[str], nick: str) -> list[Answer]:
        names = [name for name in CAPABILITIES if name in self.enabled]
        if self.version >= VALUES_SINCE:
            return self._several("LIST", names, nick)
        return self._one("LIST", names, nick)

    def _cap_REQ(self, params: Sequence[str], nick: str) -> list[Answer]:
        self.open = True
        words = [word for word in (params[-1] if params else "").split(" ") if word]
        there = offered(self._facts)
        wanted = set(self.enabled)
        for word in words:
            name = word.removeprefix("-")
            if name not in there or not CAPABILITIES[name].asked:
                return self._lines("NAK", words, nick)
            if word == name:
                wanted.add(name)
            else:
                wanted.discard(name)
        self.enabled = _shared(frozenset(wanted))
        return self._lines("ACK", words, nick)

    def _cap_END(self, params: Sequence[str], nick: str) -> list[Answer]:
        self.open = False
        return []

    def change(self, facts: ServerFacts, nick: str = "*") -> list[Answer]:
        """
        What is to be had has changed.

        @return: what to tell the client (C{CAP DEL}, C{CAP NEW}), if it is to be told. What is no
            longer to be had is not enabled any more.
        """
        before, now = offered(self._facts), offered(facts)
        self._facts = facts
        # A policy of sts ends by its duration, never by CAP DEL (sts, "Mechanism").
        gone = [name for name in before if name not in now and CAPABILITIES[name].asked]
        self.enabled = _shared(self.enabled.difference(gone))
        if not self.notified:
            return []
        new = {name: value for name, value in now.items() if before.get(name) != value}
        if self.version >= VALUES_SINCE:
            told = _shown(new)
        else:
            told = [name for name in new if name not in before and CAPABILITIES[name].bare]
        answers = self._lines("DEL", gone, nick) if gone else []
        return answers + (self._lines("NEW", told, nick) if told else [])

    def _lines(self, subcommand: str, words: Iterable[str], nick: str) -> list[Answer]:
        """
        @return: as many lines as it takes, all alike.
        """
        before = f":{self._facts.server} CAP {nick} {subcommand} * :"
        lines = [*inLines([*words], MOST_TEXT - len(before.encode()))] or [""]
        return [Answer("CAP", (subcommand, line)) for line in lines]

    def _several(self, subcommand: str, words: Iterable[str], nick: str) -> list[Answer]:
        """
        @return: as many lines as it takes, with a C{*} in all but the last one.
        """
        *first, last = self._lines(subcommand, words, nick)
        marked = [Answer("CAP", (subcommand, "*", answer.params[1])) for answer in first]
        return [*marked, last]

    def _one(self, subcommand: str, words: Iterable[str], nick: str) -> list[Answer]:
        """
        @return: one line; what does not fit into it is left out.
        """
        return self._lines(subcommand, words, nick)[:1]


def _shown(values: dict[str, str]) -> list[str]:
    return [f"{name}={value}" if value else name for name, value in values.items()]
