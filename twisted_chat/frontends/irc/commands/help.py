"""
Help: what a client may ask.
"""

from __future__ import annotations

from inspect import cleandoc
from typing import TYPE_CHECKING, Final

from twisted_chat.frontends.irc.answering import spaceFor
from twisted_chat.frontends.irc.commands.command import Command, Noun
from twisted_chat.frontends.irc.message import Message
from twisted_chat.frontends.irc.modehelp import CHANNEL_MODES, OWN_MODES
from twisted_chat.frontends.irc.numerics import (
    ERR_HELPNOTFOUND,
    RPL_ENDOFHELP,
    RPL_HELPSTART,
    RPL_HELPTXT,
)
from twisted_chat.frontends.irc.targets import shown
from twisted_chat.frontends.irc.wrapping import wrap

if TYPE_CHECKING:
    from twisted_chat.frontends.irc.client import IrcClient

HELP = Noun()

INDEX: Final = "index"
"""The subject if none is asked for."""

_MODES: Final = {"CMODES": CHANNEL_MODES, "UMODES": OWN_MODES}
"""Subjects that are no commands."""


@HELP.command("HELP", "HELPOP", asks=True)
def help_(client: IrcClient, message: Message) -> None:
    """
    See what a command does: HELP COMMAND; without one, see which there are. HELP CMODES and HELP
    UMODES show the modes of channels, and one's own.
    """
    # The table has this command in it.
    from twisted_chat.frontends.irc.commands.table import TABLE

    subject = message.params[0].strip() if message.params else ""
    if not subject or subject.lower() == INDEX:
        topics = " and ".join(f"HELP {topic}" for topic in _MODES)
        lines = [f"HELP COMMAND says what a command does, {topics} what modes are. There are:"]
        lines += _columns(client, sorted(TABLE))
        _tell(client, INDEX, lines)
        return
    command, modes = TABLE.get(subject.upper()), _MODES.get(subject.upper())
    if modes is not None:
        _tell(client, subject.upper(), [subject.upper(), *modes])
    elif command is None:
        # What can't be repeated as one parameter is named by a star.
        named = subject if shown(subject) == subject and subject[0] != ":" else "*"
        client.numeric(ERR_HELPNOTFOUND, named, "No help available on this topic")
    else:
        _tell(client, command.name, _about(command))


def _about(command: Command) -> list[str]:
    """
    What is said of a command: the first paragraph of its function's docstring.
    """
    text = cleandoc(command.function.__doc__ or "").split("\n\n@")[0]
    return [command.name, " ".join(text.replace("C{", "").replace("}", "").split())]


def _columns(client: IrcClient, names: list[str]) -> list[str]:
    return wrap(" ".join(names), _room(client, INDEX))


def _room(client: IrcClient, subject: str) -> int:
    return spaceFor(client.serverName, RPL_HELPTXT, client.nick, (subject,))


def _tell(client: IrcClient, subject: str, lines: list[str]) -> None:
    first, *rest = lines
    client.numeric(RPL_HELPSTART, subject, first)
    for line in rest:
        for piece in wrap(line, _room(client, subject)):
            client.numeric(RPL_HELPTXT, subject, piece)
    client.numeric(RPL_ENDOFHELP, subject, "End of /HELP.")
