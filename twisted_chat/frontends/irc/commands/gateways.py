"""
What gateways and bridges do for others: WEBIRC, RELAYMSG.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from ipaddress import IPv6Address, ip_address
from typing import TYPE_CHECKING, Final

from twisted.internet.defer import Deferred

from twisted_chat.domain.errors import BadName, NotAllowed
from twisted_chat.domain.events import Said
from twisted_chat.domain.relaying import relayedName
from twisted_chat.domain.room import Room
from twisted_chat.frontends.irc.commands.command import Noun
from twisted_chat.frontends.irc.message import Message
from twisted_chat.frontends.irc.numerics import ERR_NOTEXTTOSEND, ERR_UNKNOWNCOMMAND
from twisted_chat.frontends.irc.registration import Registration
from twisted_chat.frontends.irc.saying import Answered, Saying, answeredBy, withoutReply
from twisted_chat.frontends.irc.talking import Words, readWords, tagsOf
from twisted_chat.frontends.irc.talklines import RELAYED
from twisted_chat.frontends.irc.targets import nameIn, refuseName, roomWithin

if TYPE_CHECKING:
    from twisted_chat.frontends.irc.client import IrcClient

GATEWAYS = Noun()

FINGERPRINT: Final = "certfp-sha-256"
SECURE: Final = "secure"


@GATEWAYS.command("WEBIRC", least=4, early=True, late=False)
def webirc(client: IrcClient, message: Message) -> None:
    """
    For gateways: tell where somebody really is, before anything else: WEBIRC PASSWORD GATEWAY HOST
    ADDRESS OPTIONS.
    """
    password, _, _, address = message.params[:4]
    options = message.params[4].split(" ") if len(message.params) > 4 else []
    first = client.negotiation is None and client.registration == Registration()
    if not (first and _isGateway(client, password)):
        client.disconnect("Invalid WebIRC password")
        return
    try:
        here = _plain(address)
    except ValueError:
        client.disconnect("Invalid WebIRC address")
        return
    given = {name: value for name, _, value in (option.partition("=") for option in options)}
    _standFor(client, here, SECURE in given, given.get(FINGERPRINT, ""))


def _plain(address: str) -> str:
    """
    @return: the one spelling of an address, without a zone; of an IPv4 address within IPv6 that
        one, which it is banned and counted by.
    @raise ValueError: it is none.
    """
    parsed = ip_address(address.partition("%")[0])
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(parsed)


def _standFor(client: IrcClient, address: str, secure: bool, fingerprint: str) -> None:
    """
    Take a connection of a gateway for that of somebody elsewhere.

    @param secure: whether the way from them to the gateway is encrypted.
    @param fingerprint: the SHA-256 of the certificate that they have shown to it, or C{""}.
    """
    client._log.info("{here} stands for {there}", here=client.address, there=address)
    # It is as secure as the less secure one of the two ways.
    client.throughPlain = not secure
    client.secure = client.secure and secure
    client.fingerprint = fingerprint.lower() if client.secure else ""
    why = client.factory.moved(client, address)
    client._pace = client.factory.hub.rates.lineBucket(address)
    if why:
        client.disconnect(why)


def _isGateway(client: IrcClient, password: str) -> bool:
    given = password.encode("utf-8", "replace")
    return any(
        hmac.compare_digest(given, gateway.password.encode())
        for gateway in client.factory.terms.gateways
        if client.address in gateway.addresses
    )


@GATEWAYS.command("RELAYMSG", least=3)
async def relaymsg(client: IrcClient, message: Message) -> None:
    """
    For bridges: say what somebody said on another network, under their name: RELAYMSG #CHANNEL
    NICK/NETWORK TEXT. An action, formatting and client-only tags go on as those of a PRIVMSG do.
    """
    target, nick, text = message.params[:3]
    separators = client.factory.terms.relaySeparators
    if not separators:
        client.numeric(ERR_UNKNOWNCOMMAND, "RELAYMSG", "Unknown command")
        return
    try:
        name = relayedName(nick, separators)
    except BadName as refusal:
        client.fail("RELAYMSG", "INVALID_NICK", refusal.sentence)
        return
    if nameIn(target) is None:
        refuseName(client, target)
        return
    words = readWords(text)
    if words.empty or words.ctcp:
        client.numeric(ERR_NOTEXTTOSEND, "No text to send")
        return
    try:
        await _relay(client, target, name, words, tagsOf(client, message.tags))
    except NotAllowed as refusal:
        client.fail("RELAYMSG", "PRIVS_NEEDED", refusal.sentence)


async def _relay(
    client: IrcClient, target: str, name: str, words: Words, tags: Mapping[str, str]
) -> None:
    session = client.session
    saying = Saying(words, False, tags, ((RELAYED, session.name),))
    here, answered = await roomWithin(client, target), Answered()
    if here is not None and tags:
        answered = await answeredBy(client, here.id, tags)
        saying = withoutReply(saying, answered)

    def say(room: Room) -> Deferred[Said]:
        return session.relay(
            room,
            name,
            words.text,
            words.action,
            answered.seq,
            meant=answered.id,
            styles=words.styles,
            tags=(*saying.tags.items(), *saying.cuts),
        )

    if here is not None:
        await say(here)
    else:
        await session.outside(target, say)
