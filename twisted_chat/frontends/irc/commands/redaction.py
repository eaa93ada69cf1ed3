"""
Deleting messages (IRCv3 draft/message-redaction): REDACT.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from twisted_chat.domain.errors import ChatError, NoSuchMessage
from twisted_chat.frontends.irc.commands.command import Noun
from twisted_chat.frontends.irc.message import Message
from twisted_chat.frontends.irc.targets import conversationOf, noteIn, shown

if TYPE_CHECKING:
    from twisted_chat.frontends.irc.client import IrcClient

REDACTION = Noun()

_UNKNOWN: Final = "There is no such message that you can read"


@REDACTION.command("REDACT", least=2, needs="draft/message-redaction")
async def redact(client: IrcClient, message: Message) -> None:
    """
    Delete a message of one's own or, as an operator of a channel, any: REDACT TARGET MSGID :REASON.
    One's own reaction is taken back.
    """
    target, id = message.params[:2]
    between = (shown(target), shown(id))
    session = client.session
    try:
        conversation = await conversationOf(client, target)
    except ChatError:
        text = f"You can delete nothing in {between[0]}"
        client.fail("REDACT", "INVALID_TARGET", between[0], text)
        return
    try:
        await session.redact(conversation, id, noteIn(client, message, 2))
    except NoSuchMessage:
        client.fail("REDACT", "UNKNOWN_MSGID", *between, _UNKNOWN)
    except ChatError as refusal:
        client.fail("REDACT", "REDACT_FORBIDDEN", *between, refusal.sentence)
