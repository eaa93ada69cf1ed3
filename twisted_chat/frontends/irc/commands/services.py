"""
Services: NickServ and ChanServ, since people type them. They are thin faces of accounts and rooms:
whatever they do can be done without them.

To add what a service can be asked, decorate a function in its file; what it is called with is said
by the usage, and what it does by the first line of its docstring.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from inspect import cleandoc
from typing import TYPE_CHECKING

from twisted_chat.domain.errors import ChatError, Insecure
from twisted_chat.frontends.irc.commands.command import Noun
from twisted_chat.frontends.irc.message import Message
from twisted_chat.frontends.irc.talking import SERVICES

if TYPE_CHECKING:
    from twisted_chat.frontends.irc.client import IrcClient

Answer = Awaitable[Sequence[str]]

Function = Callable[["IrcClient", list[str]], Answer]


class WrongUse(Exception):
    """
    Something was asked in a way in which it can't be.
    """


@dataclass(frozen=True, slots=True)
class Verb:
    """
    What a service can be asked.

    @ivar usage: the name, and what stands behind it; what need not is in brackets.
    @ivar about: what it does, in a line.
    @ivar function: does it, with the client and the words behind the name, and gives the lines of
        its answer.
    @ivar secret: whether a password is among the words.
    """

    usage: str
    about: str
    function: Function
    secret: bool

    @property
    def least(self) -> int:
        """
        How many words there have to be.
        """
        return len(re.sub(r"\[[^]]*\]", "", self.usage).split()) - 1


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
            verb = Verb(usage, about, function, secret)
            self._all.append(verb)
            for name in (usage.split()[0], *others):
                self._verbs[name] = verb
            return function

        return declare

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
        name, *words = text.split() or ["HELP"]
        verb = self._verbs.get(name.upper())
        if verb is None:
            self._say(client, self._help(words) if name.upper() == "HELP" else self._lost)
            return
        try:
            if verb.secret and not client.secure:
                raise Insecure(hint=client.factory.hint)
            if len(words) < verb.least:
                raise WrongUse
            lines = await verb.function(client, words)
        except WrongUse:
            lines = [f"Usage: {verb.usage}"]
        except ChatError as refusal:
            # It says itself what it refuses, rather than the server by a numeric.
            client.factory.counts.refusals[refusal.code] += 1
            lines = [refusal.sentence]
        if not client.outbox.closed:
            self._say(client, lines)

    @property
    def _lost(self) -> Sequence[str]:
        return [f"There is no such command. /msg {self.name} HELP shows them."]

    def _help(self, words: Sequence[str]) -> Sequence[str]:
        if words:
            verb = self._verbs.get(words[0].upper())
            return self._lost if verb is None else [verb.usage, verb.about]
        return [self._about, *(f"{verb.usage} - {verb.about}" for verb in self._all)]

    def _say(self, client: IrcClient, lines: Sequence[str]) -> None:
        source = f"{self.name}!{self.name}@services.{client.serverName}"
        for line in lines:
            client.notice(line, source)
