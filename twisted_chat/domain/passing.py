"""
The events that pass: they go the same way, in order, and are not kept.
"""

from __future__ import annotations

from typing import ClassVar, Self

from msgspec.structs import replace

from twisted_chat.domain.event import Event
from twisted_chat.domain.roles import Role
from twisted_chat.domain.values import PersonRecord


class Ended(Event, frozen=True, kw_only=True):
    """
    A room is gone, its log and all.

    @ivar idleSince: if given, it ends only if nobody has entered it since, in POSIX seconds.
    """

    kind: ClassVar[str] = "ended"
    stored: ClassVar[bool] = False
    rights: ClassVar[bool] = True

    reason: str = ""
    idleSince: float = 0.0


class Joined(Event, frozen=True, kw_only=True):
    """
    Somebody became a member of a room. A registered person's membership is stored and lasts until
    it is ended; a guest is a member while connected.

    @ivar person: what others may know of them.
    @ivar node: the node where they are connected.
    @ivar followed: the seq that the joining followed; -1 as long as it has no place.
    @ivar invitation: the mask of the invitation that they have used up, or C{""}.
    @ivar role: what they are in the room, as each node fills in when it tells others of it.
    @ivar voiced: whether they have a voice beside that.
    """

    kind: ClassVar[str] = "joined"
    stored: ClassVar[bool] = False
    noise: ClassVar[bool] = True

    person: PersonRecord
    node: str
    followed: int = -1
    invitation: str = ""
    role: Role = Role.MEMBER
    voiced: bool = False

    def following(self, after: tuple[int, ...]) -> Self:
        """
        The joining, with what it follows.
        """
        return replace(self, followed=after[0])


class Left(Event, frozen=True, kw_only=True):
    """
    Somebody is no longer a member: of one room, or a guest who is gone of all theirs at once.

    @ivar reason: C{"left"}, C{"quit"}, C{"lost"} (the connection) or C{"ended"} (by the server).
    @ivar text: what they said of it.
    @ivar node: the node from which they are gone; whoever is connected to another one, too, has not
        left. C{""} if they have left wherever they are.
    """

    kind: ClassVar[str] = "left"
    stored: ClassVar[bool] = False
    noise: ClassVar[bool] = True

    reason: str
    text: str = ""
    node: str = ""


class Renamed(Event, frozen=True, kw_only=True):
    """
    Somebody has a new name, everywhere.
    """

    kind: ClassVar[str] = "renamed"
    stored: ClassVar[bool] = False

    old: str
    new: str


class AccountChanged(Event, frozen=True, kw_only=True):
    """
    A guest has registered and so has become, under the same id, the account of that name; or
    somebody goes on under the same id with the rights of another account, or of none.

    @ivar account: the account's name now, or C{""}.
    @ivar identity: the account's id where that is not the person's: L{PersonRecord.identity}.
    @ivar joined: for each of the conversations that is a room, which come first, the seq that the
        person's joining followed: what they might read as a guest they may read on.
    """

    kind: ClassVar[str] = "account"
    stored: ClassVar[bool] = False

    account: str
    identity: str = ""
    joined: tuple[int, ...] = ()


class PresenceChanged(Event, frozen=True, kw_only=True):
    """
    Somebody came online, went away or went offline, on one node.

    @ivar person: what others may know of them now, on that node.
    @ivar before: what they were for the network until then: C{"online"}, C{"away"}, C{"offline"}.
    @ivar now: what they are for the network now; the same if they are connected elsewhere too.
    @ivar again: whether they were away already, and leave another text now.
    @ivar reason: why they are offline: C{"quit"}, C{"lost"} or C{"ended"}; C{""} otherwise.
    @ivar text: what they said of it.
    @ivar role: what they are in the room in which it is told, as each node fills in.
    @ivar voiced: whether they have a voice beside that.
    """

    kind: ClassVar[str] = "presence"
    stored: ClassVar[bool] = False
    noise: ClassVar[bool] = True

    person: PersonRecord
    node: str
    before: str
    now: str
    again: bool = False
    reason: str = ""
    text: str = ""
    role: Role = Role.MEMBER
    voiced: bool = False

    @property
    def arrival(self) -> bool:
        """
        Whether they were offline and are not any more.
        """
        return self.before == "offline" != self.now


class SightChanged(Event, frozen=True, kw_only=True):
    """
    Somebody in a room in which not all see all comes into the sight of others, or goes out of it.
    It follows from what somebody was given or is shown: no node publishes it, each tells its own
    people. To wires that show who is there it is as if somebody joined or left.

    @ivar person: what may be known of them.
    @ivar seen: whether they are seen now.
    """

    kind: ClassVar[str] = "sight"
    stored: ClassVar[bool] = False
    noise: ClassVar[bool] = True

    person: PersonRecord
    seen: bool


class Invited(Event, frozen=True, kw_only=True):
    """
    Somebody is invited to a room. Its conversations are the channel of the invited person and
    the room, where wires may tell of it that have a way to do so without a noise.

    @ivar name: what the invited person is called.
    """

    kind: ClassVar[str] = "invited"
    stored: ClassVar[bool] = False

    room: str
    roomName: str
    name: str = ""


class Tagged(Event, frozen=True, kw_only=True):
    """
    What a client tells others without a message: that somebody types, and the like (IRCv3 TAGMSG).

    @ivar tags: client-only tags and their values.
    """

    kind: ClassVar[str] = "tagged"
    stored: ClassVar[bool] = False

    tags: tuple[tuple[str, str], ...]
    atLeast: int = 0


class ProfileChanged(Event, frozen=True, kw_only=True):
    """
    What others may know of somebody is another: their real name, host, user or marks.

    @ivar person: what may be known now.
    @ivar before: what was known.
    """

    kind: ClassVar[str] = "profile"
    stored: ClassVar[bool] = False

    person: PersonRecord
    before: PersonRecord


class Watched(Event, frozen=True, kw_only=True):
    """
    A name that somebody watches is borne by somebody now, or by nobody. It is no node's to
    publish: the network tells it, see
    L{INode.nameChanged<twisted_chat.domain.interfaces.INode.nameChanged>}.

    @ivar name: the name, as its bearer spells it.
    @ivar borne: whether it is borne.
    """

    kind: ClassVar[str] = "watched"
    stored: ClassVar[bool] = False

    name: str
    borne: bool


class MetadataChanged(Event, frozen=True, kw_only=True):
    """
    Something else is noted of a person or a room, or nothing any more.

    @ivar target: the id of the person or room.
    @ivar value: C{None} if it is gone.
    @ivar owner: the id of the account or room with which it is kept; C{""}: it is not, or is
        already.
    """

    kind: ClassVar[str] = "metadata"
    stored: ClassVar[bool] = False

    target: str
    key: str
    value: str | None
    owner: str = ""

    def size(self) -> int:
        """
        With its value.
        """
        return super().size() + len(self.key) + len(self.value or "")


class ReadMarked(Event, frozen=True, kw_only=True):
    """
    Somebody has read one of their conversations. Its own conversation is the person's channel.
    Where it follows from what they have said, no node publishes it, each tells its own people.

    @ivar where: the id of the conversation that was read.
    @ivar upto: the seq of the mark.
    @ivar time: the time of the mark, in POSIX seconds.
    """

    kind: ClassVar[str] = "readMarked"
    stored: ClassVar[bool] = False

    where: str
    upto: int
    time: float


class Notified(Event, frozen=True, kw_only=True):
    """
    The network's own word to its operators, to everybody (see L{twisted_chat.domain.ids}), or to
    the one person on whose channel it is told.

    @ivar topic: what it is about: C{"kick"}, C{"report"}, C{"wallops"} ...
    """

    kind: ClassVar[str] = "notified"
    stored: ClassVar[bool] = False

    topic: str
    text: str


class Ordered(Event, frozen=True, kw_only=True):
    """
    All nodes have to do something for their part. Nobody is told of it. Its conversation is the
    network's channel.

    @ivar order: what: see L{twisted_chat.domain.orders}.
    @ivar person: the id of whom it is about, or C{""}.
    @ivar name: if given, only their connections under this name are meant.
    @ivar text: why, or what else belongs to it.
    @ivar told: what others read of it, where that is not the text.
    """

    kind: ClassVar[str] = "ordered"
    stored: ClassVar[bool] = False

    order: str
    person: str = ""
    name: str = ""
    text: str = ""
    told: str = ""
