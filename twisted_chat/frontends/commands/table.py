"""
The table of all commands.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from difflib import get_close_matches

from twisted.internet.defer import Deferred

from twisted_chat.domain.coroutines import begun
from twisted_chat.domain.names import cleanLine
from twisted_chat.frontends.commands.account import ACCOUNT
from twisted_chat.frontends.commands.columns import INDENT, WIDTH, aligned
from twisted_chat.frontends.commands.command import (
    Command,
    Lines,
    Noun,
    Stay,
    UnknownCommand,
    Visit,
)
from twisted_chat.frontends.commands.moderation import MODERATION
from twisted_chat.frontends.commands.operators import OPERATORS
from twisted_chat.frontends.commands.people import PEOPLE
from twisted_chat.frontends.commands.reading import READING
from twisted_chat.frontends.commands.roles import ROLES
from twisted_chat.frontends.commands.rooms import ROOMS
from twisted_chat.frontends.commands.roomsettings import ROOM_SETTINGS
from twisted_chat.frontends.commands.talk import TALK
from twisted_chat.frontends.commands.usage import split

LONGEST_SHOWN = 20
"""Of a command that there is not, so many characters are shown."""

FOOT = (
    "Where a command is about the current room, another one's #NAME may come first.",
    "NUMBER is the number of a message: 118, dev/118, @bea/3; NUMBER|last is that,",
    "or the word last for your own last one.",
    "/help COMMAND says more. Text that begins with a slash: //text.",
)


class Table:
    """
    Commands by noun and by name.
    """

    def __init__(self, nouns: Sequence[Noun]) -> None:
        """
        @raise ValueError: two commands have the same name.
        """
        self.nouns = tuple(nouns)
        self.commands: dict[str, Command] = {}
        for command in (command for noun in nouns for command in noun.commands):
            for name in (command.usage.name, *command.aliases):
                if name in self.commands:
                    raise ValueError(f"there are two commands /{name}")
                self.commands[name] = command

    def split(self, text: str) -> tuple[str, str]:
        """
        The command in what was typed, of one word or two, and what comes behind it.

        @param text: without the slash.
        """
        word, rest = split(text)
        second, more = split(rest)
        both = f"{word} {second}".lower()
        return (both, more) if both in self.commands else (word, rest)

    def forms(self, word: str) -> list[Command]:
        """
        The commands of two words that begin with one.
        """
        start = word.lower().removeprefix("/") + " "
        return [command for name, command in self.commands.items() if name.startswith(start)]

    def find(self, word: str) -> Command:
        """
        The command of a name, with or without a slash, whatever its case.

        @raise UnknownCommand: there is none; it names the nearest one.
        """
        name = word.lower().removeprefix("/")
        command = self.commands.get(name)
        if command is None and (forms := self.forms(name)):
            there = ", ".join(f"/{each.usage.name}" for each in forms)
            raise UnknownCommand(word=f"{name} alone", advice=f"There are {there}.")
        if command is None:
            near = self.nearest(name)
            raise UnknownCommand(
                word=cleanLine(word.removeprefix("/"))[:LONGEST_SHOWN],
                advice=f"Did you mean /{near}?" if near else "/help shows the commands.",
            )
        return command

    def nearest(self, word: str) -> str:
        """
        The command that is most like a word; C{""} if none is.
        """
        near = get_close_matches(word.lower()[:LONGEST_SHOWN], self.commands, 1, 0.6)
        return near[0] if near else ""

    def complete(self, start: str) -> list[str]:
        """
        The commands whose names begin with something, in order.

        @param start: without the slash.
        """
        return sorted(name for name in self.commands if name.startswith(start.lower()))

    def publishes(self, text: str) -> bool:
        """
        Whether what was typed only publishes, so that what is typed next need not wait for it.

        @param text: the command and its arguments, without the slash.
        """
        command = self.commands.get(self.split(text)[0].lower())
        return command is not None and command.publishes

    def run(self, visit: Stay, text: str) -> Deferred[Lines]:
        """
        Do what was typed. What it publishes is published, or on its way to be, when this returns.

        @param text: the command and its arguments, without the slash.
        @return: the answer; it fails with a
            L{ChatError<twisted_chat.domain.errors.ChatError>} where the command is refused.
        """
        return begun(self._run(visit, text))

    async def _run(self, visit: Stay, text: str) -> Lines:
        word, rest = self.split(text)
        return await self.find(word).run(visit, rest)

    def overview(self, all: bool = True) -> Lines:
        """
        The commands, in a line each.

        @param all: also those that stand apart.
        """
        lines = []
        for noun in self.nouns:
            if noun.apart and not all:
                lines.append(f"* {noun.name}: /help {noun.apart}")
            else:
                lines += self._listed(noun)
        return [*lines, *(f"* {line}" for line in FOOT)]

    def _listed(self, noun: Noun) -> Lines:
        rows = [(command.usage.short, command.about) for command in noun.commands]
        return [f"* {noun.name}", *aligned(rows)]

    def about(self, word: str) -> Lines:
        """
        All that there is to say about a command.

        @raise UnknownCommand: there is no such command.
        """
        for noun in self.nouns:
            if noun.apart and noun.apart == word.lower():
                return self._listed(noun)
        forms = [(each.usage.short, each.about) for each in self.forms(word)]
        if forms and word.lower().removeprefix("/") not in self.commands:
            return [f"* /{word.removeprefix('/').lower()}:", *aligned(forms)]
        command = self.find(word)
        lines = [f"* Usage: {command.usage.shown}"]
        if command.aliases:
            lines.append(INDENT + "Also: " + ", ".join(f"/{name}" for name in command.aliases))
        for paragraph in (f"{command.about}.", *command.more):
            lines += textwrap.wrap(
                paragraph, WIDTH, initial_indent=INDENT, subsequent_indent=INDENT
            )
        return lines + aligned(forms) if forms else lines

    def markdown(self) -> str:
        """
        The table for documents.
        """
        rows = ["| Command | What it does |", "|---|---|"]
        for noun in self.nouns:
            rows.append(f"| **{noun.name}** | |")
            for command in noun.commands:
                usage = command.usage.shown.replace("|", r"\|")
                rows.append(f"| `{usage}` | {command.about} |")
        return "\n".join(rows) + "\n"


HELP = Noun("Help")


@HELP.command("/help [COMMAND...]", asks=True)
async def help(visit: Visit, command: str = "") -> Lines:
    """
    Show the commands, or what one does
    """
    return (
        TABLE.about(" ".join(command.split()))
        if command
        else TABLE.overview(visit.session.operator)
    )


TABLE = Table(
    (TALK, READING, ROOMS, ROOM_SETTINGS, MODERATION, ROLES, PEOPLE, ACCOUNT, OPERATORS, HELP)
)
"""The commands that people have on every wire for people."""
