"""
Saying something for an IRC client: to a channel or a nick, with answers and reactions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct
from msgspec.structs import replace
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from twisted_chat.domain.coroutines import begun
from twisted_chat.domain.errors import BadInput, BadName, ChatError, NoSuchRoom
from twisted_chat.domain.events import Event, Said, Tagged
from twisted_chat.domain.ids import directId
from twisted_chat.domain.person import AWAY, ONLINE
from twisted_chat.domain.room import Room
from twisted_chat.domain.values import Author
from twisted_chat.frontends.irc.ircformat import ircFormat
from twisted_chat.frontends.irc.numerics import RPL_AWAY
from twisted_chat.frontends.irc.peoplelines import AWAY_TEXT
from twisted_chat.frontends.irc.talking import (
    Pairs,
    Target,
    Words,
    ctcpTags,
    serviceCalled,
    serviceOf,
)
from twisted_chat.frontends.irc.talklines import NO_CTCP, REACT, REPLY, UNREACT
from twisted_chat.frontends.irc.targets import roomWithin, shown

if TYPE_CHECKING:
    from twisted_chat.frontends.irc.client import IrcClient

REACTIONS: Final = {REACT: False, UNREACT: True, "+react": False, "+unreact": True}
"""The tags of reactions, as drafts and later, and whether they take one back."""

KEPT: Final = frozenset({"+draft/persist", "+persist"})
"""The tags of what clients want to read again in the history."""

_OFFLINE_TEXT: Final = "Not connected now; your message waits for them"


class Saying(Struct, frozen=True):
    """
    Something that is to be said.

    @ivar tags: those of the client that go on to others.
    @ivar cuts: further tags, which are for the server.
    """

    words: Words
    notice: bool
    tags: Mapping[str, str]
    cuts: Pairs = ()


class Answered(Struct, frozen=True):
    """
    What is answered.

    @ivar seq: the message's; 0: nothing that the person may read.
    @ivar id: what the client calls it; after an edit it may be called otherwise than at first.
    """

    seq: int = 0
    id: str = ""


def deliver(client: IrcClient, target: Target, saying: Saying) -> Deferred[Any]:
    """
    Say something to a channel or to somebody.
    """
    if not target.isChannel:
        return begun(_tell(client, target.name, saying))
    if not saying.tags:
        return _sayIn(client, target, saying, Answered())
    return begun(_sayTagged(client, target, saying))


# In channels.


def _in(client: IrcClient, target: Target, act: Callable[[Room], Deferred[Any]]) -> Deferred[Any]:
    """
    Do something in a channel, also from outside, if that is allowed there.
    """
    room = client.roomIn(target.name)
    if room is not None:
        return act(room)
    done: Deferred[Any] = client.session.outside(target.name, act)
    return done.addErrback(_noSuchChannel, target.name)


def _noSuchChannel(why: Failure, name: str) -> None:
    why.trap(BadName)
    raise NoSuchRoom(room=shown(name).removeprefix("#"))


def _sayIn(client: IrcClient, target: Target, saying: Saying, answered: Answered) -> Deferred[Any]:
    words, session = saying.words, client.session
    tags = (*saying.tags.items(), *saying.cuts)
    if words.ctcp:
        sent = (*ctcpTags(words, saying.notice), *tags)
        return _in(client, target, lambda room: session.tag(room, sent, target.atLeast, asks=True))
    return _in(
        client,
        target,
        lambda room: session.say(
            room,
            words.text,
            words.action,
            saying.notice,
            answered.seq,
            meant=answered.id,
            styles=words.styles,
            tags=tags,
            atLeast=target.atLeast,
        ),
    )


async def _sayTagged(client: IrcClient, target: Target, saying: Saying) -> None:
    room = await roomWithin(client, target.name)
    answered = Answered()
    if room is not None:
        answered = await answeredBy(client, room.id, saying.tags)
    await _sayIn(client, target, withoutReply(saying, answered), answered)


async def answeredBy(client: IrcClient, conversation: str, tags: Mapping[str, str]) -> Answered:
    """
    @return: the message that the tags say is answered.
    """
    id = next((tags[key] for key in REPLY if tags.get(key)), "")
    if not id:
        return Answered()
    try:
        seq = await client.session.seqOf(conversation, id)
        return Answered((await client.session.message(conversation, seq)).seq, id)
    except ChatError:
        # It goes on as a tag: clients may know what it is about.
        return Answered()


def withoutReply(saying: Saying, answered: Answered) -> Saying:
    """
    What is known to be an answer does not need to say so itself.
    """
    if not answered.seq:
        return saying
    left = {key: value for key, value in saying.tags.items() if key not in REPLY}
    return replace(saying, tags=left)


# In private.


async def _tell(client: IrcClient, name: str, saying: Saying) -> None:
    words, session = saying.words, client.session
    service = serviceOf(name)
    if service is not None:
        _echoToService(client, name, saying)
        answering = service(client, words.ctcp or words.text, saying.notice)
        if answering is not None:
            await answering
        return
    answered = Answered()
    if saying.tags:
        answered = await answeredBy(client, await _private(client, name), saying.tags)
        saying = withoutReply(saying, answered)
    tags = (*saying.tags.items(), *saying.cuts)
    told: Event | None
    if words.ctcp:
        told = await session.tagPerson(name, (*ctcpTags(words, saying.notice), *tags))
    else:
        told = await session.tell(
            name,
            words.text,
            words.action,
            saying.notice,
            answered.seq,
            meant=answered.id,
            styles=words.styles,
            tags=tags,
        )
    _echoToSelf(client, told, bool(words.ctcp))
    if not (saying.notice or words.ctcp):
        await _tellAway(client, told)


async def _private(client: IrcClient, name: str) -> str:
    """
    @return: the id of the conversation with whoever has a name now.
    """
    peer: Author = await client.session.findPerson(name)
    return directId(client.session.identity, peer.id)


def _echoToSelf(client: IrcClient, told: Event | None, ctcp: bool = False) -> None:
    """
    What clients that get back what they say (echo-message) say to themselves comes twice: once as
    from anybody else. Nor does what they ask others (CTCP) come back otherwise where they want to
    be asked nothing themselves.
    """
    if told is None or told.peer is None or "echo-message" not in client.caps:
        return
    if told.peer.id == told.author.id or (ctcp and NO_CTCP in client.modes):
        spelled = ircFormat(client.caps, client.serverName).spell(told, "")
        client.replies.spelled(spelled or b"")


def _echoToService(client: IrcClient, name: str, saying: Saying) -> None:
    """
    What is said to a service nobody is told of; but whoever wants back what they say (echo-message)
    shows nothing of it until it comes.
    """
    words, tags = saying.words, tuple(saying.tags.items())
    if words.ctcp:
        return _echo(client, name, Tagged, tags=(*ctcpTags(words, saying.notice), *tags))
    how = {"action": words.action, "notice": saying.notice, "styles": words.styles}
    return _echo(client, name, Said, text=words.text, tags=(*tags, *saying.cuts), **how)


def _echo(client: IrcClient, name: str, kind: type[Event], **fields: Any) -> None:
    called, session = serviceCalled(name), client.session
    if called and "echo-message" in client.caps:
        peer, at = Author("", called), session.now
        event = kind(
            id=session.hub.ids(), author=session.author, conversations=("",), peer=peer, at=at,
            **fields,
        )  # fmt: skip
        client.replies.spelled(client.formatFor("").spell(event, "") or b"")


async def _tellAway(client: IrcClient, told: Event | None) -> None:
    """
    Tell who says something to somebody that they are away, or not here.
    """
    peer = told.peer if told is not None else None
    if peer is None:
        return
    known = client.session.hub.roster.people.get(peer.id)
    if known is not None and known.name == peer.name and known.presence == ONLINE:
        return
    sights = await client.session.look(peer.name)
    if not sights:
        client.numeric(RPL_AWAY, peer.name, _OFFLINE_TEXT)
    elif sights[0].record.presence == AWAY:
        client.numeric(RPL_AWAY, peer.name, sights[0].record.away or AWAY_TEXT)


# Without words.


async def tag(client: IrcClient, target: Target, tags: Mapping[str, str]) -> None:
    """
    Tell the clients in a channel, or those of somebody, something without a message.
    """
    if serviceOf(target.name) is not None:
        _echo(client, target.name, Tagged, tags=tuple(tags.items()))
        return
    if any(key in tags for key in REACTIONS) and await _react(client, target, tags):
        return
    sent, keep = tuple(tags.items()), not KEPT.isdisjoint(tags)
    if target.isChannel:
        tell = partial(client.session.tag, tags=sent, atLeast=target.atLeast, keep=keep)
        await _in(client, target, tell)
    else:
        _echoToSelf(client, await client.session.tagPerson(target.name, sent, keep))


async def _react(client: IrcClient, target: Target, tags: Mapping[str, str]) -> bool:
    """
    React to a message, if it is in the log.

    @return: whether it is done.
    """
    if target.isChannel:
        room = await roomWithin(client, target.name)
        if room is None or target.atLeast:
            return False
        conversation = room.id
    else:
        conversation = await _private(client, target.name)
    answered = await answeredBy(client, conversation, tags)
    if not answered.seq:
        return False
    key = next(each for each in tags if each in REACTIONS)
    # All go on as they are; but what the event says itself need not be kept twice.
    told = {*REPLY, key} & {*REPLY, REACT, UNREACT}
    more = tuple((name, tags[name]) for name in tags if name not in told)
    try:
        reacted = await client.session.react(
            conversation, answered.seq, tags[key], REACTIONS[key], more, answered.id
        )
    except BadInput:
        # What is too long to be counted can still be shown.
        return False
    _echoToSelf(client, reacted)
    return True
