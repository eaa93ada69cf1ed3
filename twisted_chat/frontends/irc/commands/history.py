"""
History (IRCv3 draft/chathistory): CHATHISTORY.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from twisted_chat.domain.errors import ChatError
from twisted_chat.domain.events import Event
from twisted_chat.domain.ids import isDirect
from twisted_chat.frontends.irc.commands.command import Noun
from twisted_chat.frontends.irc.lines import channel
from twisted_chat.frontends.irc.message import Message, spell
from twisted_chat.frontends.irc.missed import CHATHISTORY
from twisted_chat.frontends.irc.moments import lastMoment, millisecond, readTime, timeText
from twisted_chat.frontends.irc.pages import spelledInTurn
from twisted_chat.frontends.irc.targets import conversationOf, shown, targetOf

if TYPE_CHECKING:
    from twisted_chat.frontends.irc.client import IrcClient

HISTORY = Noun()

EVENTS: Final = "draft/event-playback"
TARGETS: Final = "draft/chathistory-targets"

_ANY: Final = "*"
_UNREADABLE: Final = "Messages could not be retrieved"


class _Wrong(Exception):
    """
    The command can't be obeyed.

    @ivar answer: the parameters of the standard reply.
    """

    def __init__(self, *answer: str) -> None:
        super().__init__(answer)
        self.answer = answer


@dataclass(frozen=True, slots=True)
class Place:
    """
    A place in a conversation, between the seqs of what is before and of what is behind it: the
    same but for two, if it is that of a message, which is on neither side.

    @ivar before: what is below this seq is before it.
    @ivar after: what is above this seq is behind it.
    """

    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Asked:
    """
    What a client wants to read.

    @ivar command: such as C{LATEST}.
    @ivar target: as the client spells it.
    """

    client: IrcClient
    command: str
    target: str
    conversation: str
    limit: int

    async def part(
        self, limit: int, after: int = 0, before: int = 0, oldest: bool = False
    ) -> list[Event]:
        """
        A part of the conversation: see L{Session.part<twisted_chat.domain.playback.Playback.part>}.
        """
        session, messages = self.client.session, EVENTS not in self.client.caps
        found: list[Event] = await session.part(
            self.conversation, limit, after, before, oldest, messages, self._isTold
        )
        return found

    def _isTold(self, event: Event) -> bool:
        """
        Whether the client reads anything of an event: a part without a line would be taken for the
        end of what there is.
        """
        client, place = self.client, _placeOf(self.client, self.conversation)
        return bool(client.formatFor(self.conversation).spell(event, place))

    async def place(self, reference: str) -> Place:
        """
        The place that C{msgid=...} or C{timestamp=...} means.
        """
        kind, equals, value = reference.partition("=")
        session = self.client.session
        if kind == "msgid":
            try:
                seq = await session.seqOf(self.conversation, value)
            except ChatError:
                context = (self.command, shown(self.target), shown(reference))
                raise _Wrong("MESSAGE_ERROR", *context, _UNREADABLE) from None
            return Place(seq, seq)
        if not equals and reference != _ANY:
            text = "That is no reference to a message"
            raise _Wrong("INVALID_PARAMS", self.command, shown(reference), text)
        if kind != "timestamp":
            text = "Messages are found by msgid and timestamp"
            raise _Wrong("INVALID_MSGREFTYPE", self.command, shown(self.target), text)
        at = _time(self.command, reference)
        before = await session.seqAt(self.conversation, lastMoment(at - 1))
        return Place(before + 1, await session.seqAt(self.conversation, lastMoment(at)))


def _time(command: str, reference: str) -> int:
    """
    @return: POSIX milliseconds.
    """
    at = readTime(reference.removeprefix("timestamp="))
    if at is None or not reference.startswith("timestamp="):
        raise _Wrong("INVALID_PARAMS", command, shown(reference), "Invalid timestamp")
    return at


def _limit(command: str, text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise _Wrong("INVALID_PARAMS", command, shown(text), "Invalid limit")
    return int(text[:9])


# What can be asked, by name.


async def _before(asked: Asked, references: Sequence[str]) -> list[Event]:
    place = await asked.place(references[0])
    return await asked.part(asked.limit, before=place.before)


async def _after(asked: Asked, references: Sequence[str]) -> list[Event]:
    place = await asked.place(references[0])
    return await asked.part(asked.limit, after=place.after, oldest=True)


async def _latest(asked: Asked, references: Sequence[str]) -> list[Event]:
    if references[0] == _ANY:
        return await asked.part(asked.limit)
    place = await asked.place(references[0])
    return await asked.part(asked.limit, after=place.after)


async def _around(asked: Asked, references: Sequence[str]) -> list[Event]:
    """
    Half of what is asked for is before the place; the message that is there, if one is, begins the
    other half. Where one side has too little, the other one has more.
    """
    place = await asked.place(references[0])
    limit = min(asked.limit, asked.client.facts.limits.page)
    behind = await asked.part(limit, after=place.before - 1, oldest=True)
    before = await asked.part(limit, before=place.before)
    half = max(limit // 2, limit - len(behind))
    before = before[max(len(before) - half, 0) :]
    return before + behind[: limit - len(before)]


async def _between(asked: Asked, references: Sequence[str]) -> list[Event]:
    one, other = [await asked.place(each) for each in references]
    if one.before <= other.before:
        return await asked.part(asked.limit, one.after, other.before, oldest=True)
    return await asked.part(asked.limit, other.after, one.before)


_READ: Final[dict[str, tuple[int, Callable[[Asked, Sequence[str]], Awaitable[list[Event]]]]]] = {
    "BEFORE": (1, _before),
    "AFTER": (1, _after),
    "LATEST": (1, _latest),
    "AROUND": (1, _around),
    "BETWEEN": (2, _between),
}
"""By name, how many references are given, and what is read."""


@HISTORY.command("CHATHISTORY", least=1, asks=True, needs=CHATHISTORY)
async def chathistory(client: IrcClient, message: Message) -> None:
    """
    Read what was said: CHATHISTORY LATEST TARGET * LIMIT, and the like.
    """
    command, *params = message.params
    command = command.upper()
    try:
        if command == "TARGETS":
            await _targets(client, params)
        else:
            await _read(client, command, params)
    except _Wrong as wrong:
        client.fail("CHATHISTORY", *wrong.answer)
    except ChatError:
        # It waits for a batch, or for this. TARGETS is about no single target.
        target = _ANY if command == "TARGETS" else shown(params[0])
        client.fail("CHATHISTORY", "MESSAGE_ERROR", command, target, _UNREADABLE)


def _checkCount(command: str, params: Sequence[str], needed: int) -> None:
    if len(params) < needed:
        raise _Wrong("INVALID_PARAMS", command, "Insufficient parameters")
    if len(params) > needed:
        raise _Wrong("INVALID_PARAMS", command, "Too many parameters")


async def _read(client: IrcClient, command: str, params: Sequence[str]) -> None:
    if command not in _READ:
        raise _Wrong("INVALID_PARAMS", shown(command), "Unknown command")
    many, read = _READ[command]
    _checkCount(command, params, 1 + many + 1)
    target, limit = params[0], _limit(command, params[-1])
    try:
        conversation = await conversationOf(client, target)
        client.session.readableFrom(conversation)
    except ChatError:
        raise _Wrong("INVALID_TARGET", command, shown(target), _UNREADABLE) from None
    events = await read(Asked(client, command, target, conversation, limit), params[1:-1])
    # A channel is told by its canonical name (chathistory, "CHATHISTORY Command"); who asks for
    # somebody by another spelling of a nick waits for that, as irctest does.
    name = target if isDirect(conversation) else channel(client.session.placeOf(conversation))
    await playBack(client, conversation, name, events)


async def playBack(
    client: IrcClient, conversation: str, target: str, events: Sequence[Event]
) -> None:
    """
    Show a client a part of a conversation.

    @param target: the name of the batch.
    """
    place = _placeOf(client, conversation)
    lines = await spelledInTurn(client, [(event, place) for event in events])
    sendBatch(client, lines, "chathistory", target)


def _placeOf(client: IrcClient, conversation: str) -> str:
    """
    @return: the name of a room, without its sign; C{""} for a private conversation.
    """
    return "" if isDirect(conversation) else client.session.placeOf(conversation)


def sendBatch(client: IrcClient, lines: bytes, kind: str, *params: str) -> None:
    """
    Send lines, in a batch if the client has asked for such.

    @param kind: of the batch.
    @param params: of it.
    """
    with client.batched(kind, *params):
        client.replies.spelled(lines)


async def _targets(client: IrcClient, params: Sequence[str]) -> None:
    _checkCount("TARGETS", params, 3)
    one, other = [_time("TARGETS", each) for each in params[:2]]
    limit = min(_limit("TARGETS", params[2]), client.facts.limits.page)
    low, high = min(one, other), max(one, other)
    last = [each for each in await client.session.lastSaid() if low < millisecond(each.at) < high]
    last = last[:limit] if one <= other else last[max(len(last) - limit, 0) :]
    lines = []
    for each in last:
        name = targetOf(each.conversation, each.place)
        lines.append(spell("CHATHISTORY", ("TARGETS", name, timeText(each.at)), client.serverName))
    sendBatch(client, b"".join(lines), TARGETS)
