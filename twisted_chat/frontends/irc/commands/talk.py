"""
Talk: PRIVMSG, NOTICE, TAGMSG.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Final

from twisted_chat.domain.errors import BadInput
from twisted_chat.frontends.irc.commands.command import Noun
from twisted_chat.frontends.irc.commands.multiline import addToBatch, isInBatch
from twisted_chat.frontends.irc.facts import MOST_TARGETS
from twisted_chat.frontends.irc.lines import sourceOf
from twisted_chat.frontends.irc.message import MOST_TEXT, Message
from twisted_chat.frontends.irc.numerics import (
    ERR_INPUTTOOLONG,
    ERR_NORECIPIENT,
    ERR_NOTEXTTOSEND,
    ERR_TOOMANYTARGETS,
)
from twisted_chat.frontends.irc.saying import Saying, deliver, tag
from twisted_chat.frontends.irc.talking import Target, Words, readTarget, readWords, tagsOf
from twisted_chat.frontends.irc.targets import attempt, several, shown

if TYPE_CHECKING:
    from twisted_chat.frontends.irc.client import IrcClient

TALK = Noun()

_SHORT: Final = 64
"""Characters of a text that fits into a line whoever says it to whomever."""


@TALK.command("PRIVMSG")
def privmsg(client: IrcClient, message: Message) -> Awaitable[Any] | None:
    """
    Say something: PRIVMSG TARGET,TARGET :TEXT.
    """
    if isInBatch(client, message):
        addToBatch(client, message)
        return None
    if not message.params or not several(message.params[0]):
        client.numeric(ERR_NORECIPIENT, f"No recipient given ({message.command})")
        return None
    words = readWords(message.params[1]) if len(message.params) > 1 else Words("")
    if words.empty:
        client.numeric(ERR_NOTEXTTOSEND, "No text to send")
        return None
    if not _canBeCut(client, message, words):
        client.numeric(ERR_INPUTTOOLONG, "A word of that is too long for a line. Nothing was said.")
        return None
    return _say(client, message, words)


def _canBeCut(client: IrcClient, message: Message, words: Words) -> bool:
    """
    Whether a text fits into lines when it is cut at the ends of words, with its author and target
    before it. What does not is better said otherwise by its author than cut in the midst of a link.
    """
    target, text = message.params[:2]
    if len(text) <= _SHORT or words.ctcp:
        return True
    source = sourceOf(client.session.record, client.serverName)
    longest = max(target.split(","), key=len)
    room = MOST_TEXT - len(f":{source} {message.command} {longest} :".encode())
    if words.action:
        room -= len("\1ACTION \1")
    return all(len(word.encode()) <= room for word in words.text.split(" "))


@TALK.command("NOTICE")
def notice(client: IrcClient, message: Message) -> Awaitable[Any] | None:
    """
    Say something that wants no answer, not even why it could not be said.
    """
    if isInBatch(client, message):
        addToBatch(client, message)
        return None
    words = readWords(message.params[1]) if len(message.params) > 1 else Words("")
    if words.empty or not several(message.params[0]):
        client.refuse(BadInput(why="There is nobody to tell, or nothing to say."), message)
        return None
    return _say(client, message, words)


def _say(client: IrcClient, message: Message, words: Words) -> Awaitable[Any]:
    text = message.params[0]
    saying = Saying(words, message.command == "NOTICE", tagsOf(client, message.tags))
    if "," not in text:
        return deliver(client, readTarget(text), saying)
    return _toAll(client, message, lambda target: deliver(client, target, saying))


@TALK.command("TAGMSG", least=1)
def tagmsg(client: IrcClient, message: Message) -> Awaitable[Any] | None:
    """
    Tell the clients of others something: TAGMSG TARGET,TARGET.
    """
    tags = tagsOf(client, message.tags)
    if not tags:
        return None
    return _toAll(client, message, lambda target: tag(client, target, tags))


async def _toAll(
    client: IrcClient, message: Message, tell: Callable[[Target], Awaitable[Any]]
) -> None:
    """
    Tell several. That one can't be told does not keep the others from it.
    """
    targets = several(message.params[0])
    text = f"At most {MOST_TARGETS} targets at a time. Nobody was told."
    if len(targets) > MOST_TARGETS:
        if message.command == "NOTICE":
            client.refuse(BadInput(why=text), message)
        else:
            client.numeric(ERR_TOOMANYTARGETS, shown(message.params[0]), text)
        return
    for each in targets:
        await attempt(client, message, tell(readTarget(each)), each)
