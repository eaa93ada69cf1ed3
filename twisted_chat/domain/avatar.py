"""
What all that a session can do has in common: who does it, and how it is published.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, TypeVar

from msgspec.structs import replace
from twisted.internet.defer import Deferred, fail
from twisted.logger import Logger

from twisted_chat.domain.delivery import NOTHING
from twisted_chat.domain.errors import (
    BadInput,
    ChatError,
    Closing,
    NotInRoom,
    TooLong,
)
from twisted_chat.domain.events import Event
from twisted_chat.domain.hold import Hold
from twisted_chat.domain.ids import NETWORK, isDirect, nameChannel, readersOf
from twisted_chat.domain.interfaces import IReceiver
from twisted_chat.domain.masks import Subject
from twisted_chat.domain.names import cleanText, fold, foldRoom, isBlank, noted, roomName
from twisted_chat.domain.official import Official
from twisted_chat.domain.person import Person
from twisted_chat.domain.records import Account
from twisted_chat.domain.room import Room
from twisted_chat.domain.sparse import NONE_YET
from twisted_chat.domain.values import Author, PersonRecord

if TYPE_CHECKING:
    from twisted_chat.domain.hub import Hub
    from twisted_chat.domain.session import Session

E = TypeVar("E", bound=Event)
Check = Callable[[], None]


class Avatar:
    """
    One logged-in connection.

    @ivar id: the session's id.
    @ivar hub: the node where it is.
    @ivar receiver: the front end's object.
    @ivar personId: the id of the person.
    @ivar account: the account, L{bare<Account.bare>}, or C{None} for a guest.
    @ivar address: where the person is connected from.
    @ivar host: the address as others see it.
    @ivar former: in whose place this session comes, until it has; else C{None}.
    @ivar quiet: whether the person wants no joins and leaves.
    @ivar ignored: whom the person ignores: see L{audience.ignoreKey}.
    @ivar receive: how what is published reaches the client now.
    @ivar ended: whether it is over.
    @ivar asked: by the ids of rooms, their names: where others have invited this person to, as far
        as this connection has heard, and they have not gone.
    @ivar operator: whether it acts as an operator of the whole network.
    @ivar since: when it began, in POSIX seconds.
    @ivar actedAt: when its person last did something that others could read, in POSIX seconds.
    """

    _log = Logger()

    __slots__ = (
        "_author", "_held", "_parted", "_subject", "account", "actedAt", "address", "asked",
        "ended", "former", "host", "hub", "id", "ignored", "operator", "personId", "quiet",
        "receive", "receiver", "since",
    )  # fmt: skip

    def __init__(
        self, hub: Hub, receiver: IReceiver, personId: str, account: Account | None
    ) -> None:
        self.hub = hub
        self.receiver = receiver
        self.id = hub.nextSession()
        self.personId = personId
        self.account = account and account.bare
        self.address: str = receiver.address
        self.host = hub.cloak(self.address)
        self.former: Session | None = receiver.former
        self.quiet = False
        self.ignored = NOTHING
        self.receive: Callable[[bytes], None] = receiver.receive
        self.ended = self.operator = False
        self.since = self.actedAt = hub.clock.seconds()
        self.asked: Mapping[str, str] = NONE_YET
        self._held: Hold | None = None
        self._parted: Person | None = None
        self._author: Author | None = None
        self._subject: Subject | None = None

    def __str__(self) -> str:
        """
        Who and from where, for the server's log.
        """
        return f"{self.address}: {self.name}"

    # Who.

    @property
    def person(self) -> Person:
        """
        What others may know of the person; when the session has ended, what that was then.
        """
        known = self.hub.roster.people.get(self.personId) or self._parted
        assert known is not None
        return known

    @property
    def identity(self) -> str:
        """
        The id under which the person has their rights: the account's, or a guest's own.
        """
        return self.account.id if self.account is not None else self.personId

    @property
    def accountId(self) -> str:
        """
        The account's id, or C{""} for a guest.
        """
        return self.account.id if self.account is not None else ""

    @property
    def lasting(self) -> bool:
        """
        Whether the person's memberships are stored: for somebody registered who is here under
        another name than the account's they last as long as the connection, as for a guest.
        """
        return self.account is not None and self.account.id == self.personId

    @property
    def name(self) -> str:
        """
        The person's name.
        """
        return self.person.name

    @property
    def author(self) -> Author:
        """
        The person, as the author of an event.
        """
        record, account = self.person.record, self.account
        name, bot, operator = record.name, record.bot, record.operator
        known = account.name if account is not None else ""
        author = self._author
        if (
            author is None
            or author.name is not name
            or author.account is not known
            or author.bot is not bot
            or author.operator is not operator
        ):
            face = "" if self.identity == self.personId else self.personId
            user = self.receiver.user
            author = Author(self.identity, name, known, face, user, self.host, bot, operator)
            self._author = author
        return author

    @property
    def official(self) -> Official:
        """
        The person, as somebody who does something that the server's log names.
        """
        return Official(self.author, self.address)

    @property
    def subject(self) -> Subject:
        """
        The person, as lists of masks see them.
        """
        name, account = self.person.name, self.account.name if self.account is not None else ""
        subject = self._subject
        if subject is None or subject.name is not name or subject.account is not account:
            subject = self._subject = Subject(
                name, account, self.address, self.host, self.receiver.user
            )
        return subject

    @property
    def record(self) -> PersonRecord:
        """
        The person, as this node tells of them.
        """
        return self.person.on(self.hub.node)

    @property
    def now(self) -> float:
        """
        The time, in POSIX seconds.
        """
        return self.hub.clock.seconds()

    @property
    def busy(self) -> bool:
        """
        Whether so much waits for the log that whatever is published should be waited for.
        """
        return self.hub.commits.full

    # Where.

    @property
    def rooms(self) -> list[Room]:
        """
        The rooms in which this connection listens, in the order of joining.
        """
        person = self.hub.roster.people.get(self.personId)
        rooms = map(self.hub.roster.room, person.rooms if person is not None else ())
        return [room for room in rooms if room is not None and self.isIn(room)]

    def isIn(self, room: Room) -> bool:
        """
        Whether this connection listens in a room.
        """
        conversation = self.hub.roster.conversations.get(room.id)
        return (
            conversation is not None
            and conversation.room is room
            and self in conversation.audience.formats
        )

    def roomNamed(self, text: str) -> Room:
        """
        A room in which this connection listens, by its name as people type it.

        @raise NotInRoom: it does not listen there.
        """
        room = self.roomIfIn(text)
        if room is None:
            raise NotInRoom(room=roomName(text))
        return room

    def roomIfIn(self, text: str) -> Room | None:
        """
        The same, or C{None} if it does not listen there.

        @raise BadName: no room can be called that.
        """
        id = self.hub.roster.roomNames.get(foldRoom(roomName(text)), "")
        known = self.hub.roster.conversations.get(id)
        if known is None or known.room is None or self not in known.audience.formats:
            return None
        return known.room

    def placeOf(self, conversation: str) -> str:
        """
        What people call a conversation: C{lobby}, or C{@bea} for a direct one.
        """
        if isDirect(conversation):
            others = [id for id in readersOf(conversation) if id != self.identity]
            other = self.hub.roster.people.get(others[0] if others else self.identity)
            return f"@{other.name}" if other is not None else "@"
        room = self.hub.roster.room(conversation)
        return "" if room is None else room.name

    @property
    def everywhere(self) -> tuple[str, ...]:
        """
        Where it is told what this person changes about themselves: their rooms, all of their own
        connections, and those who watch their name.
        """
        person = self.person
        return (*person.rooms, person.id, nameChannel(fold(person.name)))

    # Listening.

    def requireGoing(self) -> None:
        """
        Whoever has gone meanwhile must not be heard of again, nor hear anything.

        @raise Closing: this session has ended.
        """
        if self.ended:
            raise Closing()

    @property
    def held(self) -> bool:
        """
        Whether what is published is kept back now.
        """
        return self._held is not None

    def reformat(self) -> None:
        """
        Ask the receiver again for its formats, where it listens.
        """
        known = self.hub.roster.conversations
        rooms = (room.id for room in self.rooms)
        for id in (*rooms, self.personId, self.identity, NETWORK):
            if id in known and self in known[id].audience.formats:
                known[id].audience.add(self, self.receiver.formatFor(id), self.receive)

    def receiveAnswer(self, data: bytes) -> None:
        """
        Pass on to the client what it has done itself and waits for as an answer.
        """
        (self._held or self.receiver).receiveAnswer(data)

    def hold(self) -> None:
        """
        Keep back whatever is published from now on, until L{release}.
        """
        if self._held is None:
            self._held = Hold(self.receiver)
            self.receive = self._held.receive

    def release(self) -> None:
        """
        Pass on what was kept back, and what comes after it at once.
        """
        held, self._held = self._held, None
        if held is not None:
            held.end()
            self.receive = self.receiver.receive
            self.reformat()

    # Publishing.

    def event(self, kind: type[E], *conversations: str, **fields: object) -> E:
        """
        Something that this person does now.
        """
        if kind.stored:
            self.actedAt = self.now
        return kind(
            id=self.hub.ids(),
            author=self.author,
            conversations=conversations,
            origin=self.id,
            **fields,  # type: ignore[arg-type]
        )

    def publishIn(
        self,
        room: Room,
        check: Check,
        kind: type[E],
        renew: Callable[[E], E] = lambda event: event,
        author: Author | None = None,
        **fields: object,
    ) -> Deferred[E]:
        """
        Let something happen in a room, if this person may do it.

        @param check: raises L{ChatError} if they may not. It is asked now, and again if the rights
            have changed before the event has its place.
        @param renew: makes the event what it has to be when the rights have changed.
        @param author: as whom this person does it, if not under their own name.
        """
        if self.ended:
            return fail(NotInRoom(room=room.name))
        try:
            check()
        except ChatError:
            return fail()

        def recheck(event: Event) -> Event:
            check()
            return renew(event.based(self._basis(room)))  # type: ignore[arg-type]

        event = self.event(kind, room.id, basis=self._basis(room), **fields)
        if author is not None:
            event = replace(event, author=author)
        return self.hub.publish(event, recheck, room.name)

    def _basis(self, room: Room) -> tuple[int, ...]:
        known = self.hub.roster.conversations.get(room.id)
        return (known.head if known is not None else room.rightsSeq,)

    # What people type.

    def text(self, text: str) -> str:
        """
        A message that can be said.

        @raise ChatError: it is empty, or too long.
        """
        limits = self.hub.limits
        if len(text) > limits.message:
            raise TooLong(length=len(text), unit="characters", limit=limits.message)
        cleaned = cleanText(text)
        if (lines := cleaned.count("\n") + 1) > limits.lines:
            raise TooLong(length=lines, unit="lines", limit=limits.lines)
        if isBlank(cleaned):
            raise BadInput(why="There is nothing in that message that could be shown.")
        return cleaned

    def note(self, text: str, limit: int = 0) -> str:
        """
        A short text beside something else: a reason, a topic.

        @raise TooLong: it is too long.
        """
        return noted(text, limit or self.hub.limits.note)
