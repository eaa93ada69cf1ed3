"""
Services: NickServ, ChanServ and OperServ, since people type them. They are thin faces of accounts,
rooms and the network.

To add what a service can be asked, decorate a function in its file; what it is called with is said
by the usage, and what it does by the first line of its docstring. A slash command of other wires is
taken over as it is.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from inspect import cleandoc
from typing import TYPE_CHECKING, Final, Protocol

from twisted_chat.domain.accounterrors import Insecure
from twisted_chat.domain.errors import ChatError
from twisted_chat.frontends.commands.command import Command, WrongUsage
from twisted_chat.frontends.commands.usage import split
from twisted_chat.frontends.irc.commands.command import Noun
from twisted_chat.frontends.irc.message import Message
from twisted_chat.frontends.irc.talking import SERVICES, SHOWN, serviceHost
from twisted_chat.frontends.irc.visit import ask

if TYPE_CHECKING:
    from twisted_chat.frontends.irc.client import IrcClient

Answer = Awaitable[Sequence[str]]

Function = Callable[["IrcClient", list[str]], Answer]

_TEXTS: Final = ("TEXT", "[TEXT]")
"""What stands at the end of a usage for the rest of a line."""

_QUOTED: Final = re.compile(r'"([^"]+)"(?!\S)|(\S+)')


class WrongUse(Exception):
    """
    Something was asked in a way in which it can't be.
    """


class Verb(Protocol):
    """
    What a service can be asked.
    """

    @property
    def usage(self) -> str:
        """
        The name, and what stands behind it; what need not is in brackets.
        """

    @property
    def help(self) -> Sequence[str]:
        """
        What it does: a line, and paragraphs that say more.
        """

    def answer(self, client: IrcClient, text: str) -> Answer:
        """
        Do it.

        @param text: what stands behind the name.
        @return: the lines of the answer. It fails with L{WrongUse}, or a L{ChatError}.
        """


@dataclass(frozen=True, slots=True)
class Own:
    """
    What this service alone can be asked.

    @ivar function: does it, with the client and the words behind the name.
    @ivar secret: whether a password is among the words.
    """

    usage: str
    help: Sequence[str]
    function: Function
    secret: bool

    async def answer(self, client: IrcClient, text: str) -> Sequence[str]:
        """
        Do it: see L{Verb.answer}.
        """
        if self.secret and not client.secure:
            raise Insecure(hint=client.factory.hint)
        words = self._words(text.strip())
        if len(words) < len(re.sub(r"\[[^]]*\]", "", self.usage).split()) - 1:
            raise WrongUse
        return await self.function(client, words)

    def _words(self, text: str) -> list[str]:
        if self.secret:
            # Elsewhere, too, a password with spaces in it stands in quotes.
            return [quoted or word for quoted, word in _QUOTED.findall(text)]
        _, *params = self.usage.split()
        # A text that others read stays as it was typed.
        return text.split(None, len(params) - 1 if params and params[-1] in _TEXTS else -1)


@dataclass(frozen=True, slots=True)
class Shared:
    """
    What people elsewhere type after a slash.
    """

    command: Command

    @property
    def usage(self) -> str:
        """
        The usage of the command, without the slash.
        """
        usage = self.command.usage
        return f"{usage.name.upper()}{usage.shown.removeprefix('/' + usage.name)}"

    @property
    def help(self) -> Sequence[str]:
        """
        What the command says of itself, without slashes.
        """
        return [
            re.sub(r"(?<!\S)/([a-z]+)", lambda found: found[1].upper(), text)
            for text in (self.command.about, *self.command.more)
        ]

    async def answer(self, client: IrcClient, text: str) -> Sequence[str]:
        """
        Do it: see L{Verb.answer}.
        """
        return await ask(client, self.command, text)


@dataclass(frozen=True, slots=True)
class InChannel(Shared):
    """
    What people elsewhere type after a slash in a room: here the channel stands before all else.
    """

    @property
    def usage(self) -> str:
        """
        The usage of the command, with the channel.
        """
        name, _, rest = super(InChannel, self).usage.replace(" [#ROOM]", "").partition(" ")
        return f"{name} #CHANNEL {rest}".rstrip()

    async def answer(self, client: IrcClient, text: str) -> Sequence[str]:
        """
        Do it: see L{Verb.answer}.
        """
        place, given = split(text)
        if not place:
            raise WrongUse
        return await ask(client, self.command, given, await client.session.roomCalled(place))


class Service:
    """
    Somebody who is nobody, and can be asked things.

    @ivar name: what it is called.
    @ivar noun: the commands that ask it.
    """

    def __init__(self, name: str, short: str, about: str) -> None:
        """
        @param short: the short name of the command that asks it, beside the long one.
        @param about: what it is for, in a line.
        """
        self.name = name
        self._about = about
        self._verbs: dict[str, Verb] = {}
        self._all: list[Verb] = []
        SERVICES[name.lower()] = self.told
        SHOWN[name.lower()] = (name, about)
        self.noun = Noun()
        self.noun.command(name.upper(), short)(self._asked)

    def verb(
        self, usage: str, *others: str, secret: bool = False
    ) -> Callable[[Function], Function]:
        """
        Make something that can be asked of a function: see L{Verb}.

        @param others: other names of the same.
        """

        def declare(function: Function) -> Function:
            about = cleandoc(function.__doc__ or "").partition("\n")[0]
            self._add(Own(usage, [about], function, secret), (usage.split()[0], *others))
            return function

        return declare

    def share(self, commands: Iterable[Command], kind: type[Shared] = Shared) -> None:
        """
        Take over commands that people elsewhere type after a slash.
        """
        for command in commands:
            names = (command.usage.name, *command.aliases)
            self._add(kind(command), [name.upper() for name in names])

    def _add(self, verb: Verb, names: Iterable[str]) -> None:
        self._all.append(verb)
        self._verbs.update(dict.fromkeys(names, verb))

    def _asked(self, client: IrcClient, message: Message) -> Awaitable[None]:
        """
        Ask a service something, as by a message to it: HELP shows what.
        """
        return self._obey(client, " ".join(message.params))

    def told(self, client: IrcClient, text: str, notice: bool) -> Awaitable[None] | None:
        """
        Somebody has sent it a message: see L{talking.Service}.
        """
        return None if notice else self._obey(client, text)

    async def _obey(self, client: IrcClient, text: str) -> None:
        verb, given = self._find(text)
        if verb is None:
            name, rest = split(text.strip() or "HELP")
            self._say(client, self._help(rest) if name.upper() == "HELP" else self._lost(name))
            return
        try:
            lines = await verb.answer(client, given)
        except (WrongUse, WrongUsage):
            lines = [f"Usage: {verb.usage}"]
        except ChatError as refusal:
            # It says itself what it refuses, rather than the server by a numeric.
            client.factory.counts.refusals[refusal.code] += 1
            lines = [refusal.sentence]
        if not client.outbox.closed:
            self._say(client, lines)

    def _find(self, text: str) -> tuple[Verb | None, str]:
        """
        @return: what is asked for, by a name of two words or one, and what stands behind it.
        """
        name, given = split(text)
        second, rest = split(given)
        if (verb := self._verbs.get(f"{name} {second}".upper())) is not None:
            return verb, rest
        return self._verbs.get(name.upper()), given

    def _lost(self, name: str) -> Sequence[str]:
        """
        What somebody reads who asks for what there is not, or for one of several.
        """
        forms = [verb.usage for verb in self._all if verb.usage.startswith(f"{name.upper()} ")]
        if forms:
            return [f"Usage: {usage}" for usage in forms]
        return [f"There is no such command. /msg {self.name} HELP shows them."]

    def _help(self, about: str) -> Sequence[str]:
        if about:
            verb, _ = self._find(about)
            return self._lost(split(about)[0]) if verb is None else [verb.usage, *verb.help]
        return [self._about, *(f"{verb.usage} - {verb.help[0]}" for verb in self._all)]

    def _say(self, client: IrcClient, lines: Sequence[str]) -> None:
        for line in lines:
            client.notice(line, f"{self.name}!{self.name}@{serviceHost(client.serverName)}")
