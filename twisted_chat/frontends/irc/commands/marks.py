"""
Read marks (IRCv3 draft/read-marker): MARKREAD.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from twisted_chat.domain.errors import ChatError, NotSaved
from twisted_chat.domain.events import ReadMarked
from twisted_chat.domain.records import ReadMark
from twisted_chat.frontends.irc.commands.command import Noun
from twisted_chat.frontends.irc.message import Message
from twisted_chat.frontends.irc.moments import lastMoment, readTime
from twisted_chat.frontends.irc.particular import TOLD
from twisted_chat.frontends.irc.readmarks import CAPABILITY, tellMark
from twisted_chat.frontends.irc.targets import conversationOf, shown, targetOf

if TYPE_CHECKING:
    from twisted_chat.frontends.irc.client import IrcClient

MARKS = Noun()


@MARKS.command("MARKREAD", needs=CAPABILITY)
async def markread(client: IrcClient, message: Message) -> None:
    """
    Say, or ask, up to when one has read a channel or a private conversation: MARKREAD TARGET
    timestamp=TIME, MARKREAD TARGET.
    """
    if not message.params:
        client.fail("MARKREAD", "NEED_MORE_PARAMS", "Missing parameters")
        return
    target = shown(message.params[0])
    if len(message.params) == 1:
        try:
            mark = await client.session.readMark(await conversationOf(client, target))
        except NotSaved as refusal:
            client.fail("MARKREAD", "INTERNAL_ERROR", target, refusal.text)
            return
        except ChatError:
            mark = None
        tellMark(client, target, mark)
        return
    kind, _, value = message.params[1].partition("=")
    at = readTime(value) if kind == "timestamp" else None
    if at is None:
        client.fail("MARKREAD", "INVALID_PARAMS", shown(message.params[1]), "Invalid timestamp")
        return
    try:
        conversation = await conversationOf(client, target)
        tellMark(client, target, await client.session.readUpto(conversation, lastMoment(at)))
    except NotSaved as refusal:
        client.fail("MARKREAD", "INTERNAL_ERROR", target, refusal.text)
    except ChatError as refusal:
        client.fail("MARKREAD", "INVALID_PARAMS", target, refusal.sentence)


def _toldOfMark(client: IrcClient, event: ReadMarked) -> None:
    """
    Something was read on another connection.
    """
    if CAPABILITY not in client.caps or event.origin == client.session.id:
        return
    target = targetOf(event.where, client.session.placeOf(event.where))
    if target not in ("", "#"):
        tellMark(client, target, ReadMark(event.upto, event.time))


TOLD[ReadMarked.kind] = _toldOfMark
