"""
Commands for talking.
"""

from __future__ import annotations

from twisted_chat.domain.errors import BadInput, ChatError, NotInRoom
from twisted_chat.domain.events import Event, Said, TopicChanged
from twisted_chat.domain.ids import isDirect
from twisted_chat.domain.names import cleanLine, roomName
from twisted_chat.domain.room import Room
from twisted_chat.domain.roomsigns import typedRoom
from twisted_chat.frontends.commands.command import Lines, Noun, Visit

TALK = Noun("Talking")


def receipt(visit: Visit, said: Said | TopicChanged) -> Lines:
    """
    What somebody who wants receipts reads when a line of theirs is kept.
    """
    if not visit.receipts:
        return []
    return [f"* {numbered(visit, said, said.seq)} sent"]


def numbered(visit: Visit, event: Event, seq: int) -> str:
    """
    A message as its number is shown: C{#118} in the current room, C{dev/118} or C{@bea/3}
    elsewhere.

    @param event: something that happened in the same conversation.
    """
    here = isCurrent(visit, event.conversation)
    return f"#{seq}" if here else f"{placeOf(visit, event)}/{seq}"


def placeOf(visit: Visit, event: Event) -> str:
    """
    What people call the conversation in which something happened: C{dev}, or C{@bea}.
    """
    place = visit.session.placeOf(event.conversation)
    if event.peer is None:
        return typedRoom(place)
    if place.removeprefix("@"):
        return place
    mine = event.author.id == visit.session.personId
    return f"@{(event.peer if mine else event.author).name}"


def isCurrent(visit: Visit, conversation: str) -> bool:
    """
    Whether a conversation is that of the current room.
    """
    return visit.room is not None and visit.room.id == conversation


async def chosen(visit: Visit, text: str) -> tuple[str, int]:
    """
    The message that somebody means by a number.

    @return: the conversation and the seq.
    @raise BadInput: C{last}, which means one's own last one, is no answer here.
    """
    conversation, seq = await visit.session.resolve(text, visit.room)
    if seq is None:
        raise BadInput(why="Give the number that stands before the message.")
    return conversation, seq


@TALK.command("/me TEXT...", room="current", publishes=True)
async def me(visit: Visit, room: Room, text: str) -> Lines:
    """
    Say what you do: /me waves
    """
    return receipt(visit, await visit.session.say(room, text, action=True))


@TALK.command("/say TEXT...", room="current", publishes=True)
async def say(visit: Visit, room: Room, text: str) -> Lines:
    """
    Say something that may begin with a slash
    """
    return receipt(visit, await visit.session.say(room, text))


@TALK.command("/reply NUMBER TEXT...")
async def reply(visit: Visit, number: str, text: str) -> Lines:
    """
    Answer a message
    """
    conversation, seq = await chosen(visit, number)
    session = visit.session
    if isDirect(conversation):
        target = await session.message(conversation, seq)
        peer = target.peer if target.author.id == session.identity else target.author
        said = await session.tell(peer or target.author, text, replyTo=seq)
        return visit.spellEvents([said], said.conversation)
    room = next(room for room in session.rooms if room.id == conversation)
    return receipt(visit, await session.say(room, text, replyTo=seq))


@TALK.command("/react NUMBER EMOJI")
async def react(visit: Visit, number: str, emoji: str) -> Lines:
    """
    Put an emoji to a message
    """
    conversation, seq = await chosen(visit, number)
    reacted = await visit.session.react(conversation, seq, emoji)
    return [f"* {cleanLine(emoji)} is at {numbered(visit, reacted, seq)} now"]


@TALK.command("/unreact NUMBER EMOJI")
async def unreact(visit: Visit, number: str, emoji: str) -> Lines:
    """
    Take a reaction back
    """
    conversation, seq = await chosen(visit, number)
    reacted = await visit.session.react(conversation, seq, emoji, back=True)
    return [f"* {cleanLine(emoji)} is no longer at {numbered(visit, reacted, seq)}"]


@TALK.command("/edit NUMBER|last TEXT...")
async def edit(visit: Visit, number: str, text: str) -> Lines:
    """
    Give a message of yours another text

    Search and history show the new text; earlier ones are kept until you /delete the message.
    """
    conversation, seq = await visit.session.resolve(number, visit.room)
    edited = await visit.session.edit(conversation, seq, text)
    first, *others = edited.text.split("\n")
    where = numbered(visit, edited, edited.target)
    return [f"* {where} now reads: {first}", *(f"  {line}" for line in others)]


@TALK.command("/delete NUMBER|last [REASON...]")
async def delete(visit: Visit, number: str, reason: str = "") -> Lines:
    """
    Delete a message of yours

    The text is gone for everyone, and from the server's disk. Operators may delete what others
    said in their room. A topic has a number too, which /receipts on shows who sets it; it goes
    with its text.
    """
    conversation, seq = await visit.session.resolve(number, visit.room)
    deleted = await visit.session.delete(conversation, seq, reason)
    return [f"* {numbered(visit, deleted, deleted.target)} is deleted"]


@TALK.command("/msg NAME|#ROOM TEXT...")
async def msg(visit: Visit, name: str, text: str) -> Lines:
    """
    Say something to one person

    Somebody registered who is not connected reads it at the next login. With #ROOM it is
    said in that room, also from outside if the room allows it.
    """
    if name.startswith("#"):
        try:
            room = await visit.session.roomCalled(name)
        except NotInRoom:
            said = await visit.session.sayOutside(name, text)
            return [f"* Said in {typedRoom(roomName(name))}"]
        said = await visit.session.say(room, text)
    else:
        said = await visit.session.tell(name, text)
    return visit.spellEvents([said], said.conversation)


class NobodyToAnswer(ChatError):
    """
    Nobody has sent you a private message yet. /msg NAME TEXT sends one.
    """

    code = "nobody-to-answer"


@TALK.command("/r TEXT...")
async def r(visit: Visit, text: str) -> Lines:
    """
    Answer the last private message
    """
    author = await visit.session.lastWriter()
    if author is None:
        raise NobodyToAnswer()
    said = await visit.session.tell(author, text)
    return visit.spellEvents([said], said.conversation)


@TALK.command("/receipts on|off")
async def receipts(visit: Visit, choice: str) -> Lines:
    """
    Show the number of each line of yours

    The number comes when the line is kept for good, and is what /edit and /delete take.
    """
    visit.receipts = choice == "on"
    return [f"* Receipts are {choice}"]
