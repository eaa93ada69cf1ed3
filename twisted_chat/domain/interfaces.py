"""
The plug points: what a wire, a store and a network offer to the domain.

Whatever may cross a network returns a Deferred, on one node too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from twisted.internet.defer import Deferred
from zope.interface import Attribute, Interface

if TYPE_CHECKING:
    from twisted_chat.domain.announcements import (
        Batch,
    )
    from twisted_chat.domain.delivery import Format
    from twisted_chat.domain.events import (
        Event,
        Said,
    )
    from twisted_chat.domain.records import (
        Account,
        DirectListing,
        Membership,
        Page,
        Placement,
        RoomListing,
        RoomRecord,
        RosterPart,
    )
    from twisted_chat.domain.values import (
        Author,
    )


class IReceiver(Interface):
    """
    One client's connection, as the domain sees it: the front end's object.
    """

    address: str = Attribute("Where the client is: an IP address, or C{} if it has none.")

    echo: bool = Attribute("Whether it wants its own events back.")

    def formatFor(conversation: str) -> Format:
        """
        The spelling in which this client gets the events of a conversation. When it changes, the
        front end calls L{Session.reformat<twisted_chat.domain.session.Session.reformat>}.

        @param conversation: its id, or a person's id for what happens to that person.
        """

    def receive(data: bytes) -> None:
        """
        Write what L{formatFor} spelled, whole; never raises, never blocks.
        """

    def disconnect(reason: str) -> None:
        """
        End the connection.

        @param reason: one line for the person.
        """


class IChatUser(Interface):
    """
    What a L{Portal<twisted.cred.portal.Portal>} gives for a login: a
    L{Session<twisted_chat.domain.session.Session>}.
    """


class IPasswords(Interface):
    """
    Hashing of passwords, out of the reactor's thread.
    """

    def hash(password: str) -> Deferred[str]:
        """
        @return: a salted hash, in a notation that tells how to check it.
        @raise Busy: too many wait already.
        """

    def verify(hash: str, password: str) -> Deferred[bool]:
        """
        Whether a password is the right one; with an empty hash it never is, after the same time.

        @raise Busy: too many wait already.
        """


class INode(Interface):
    """
    One node's hub, as the network sees it.
    """

    node: str = Attribute("The name of the node.")
    epoch: int = Attribute("How often the node of that name has been started.")

    def receive(batch: Batch) -> Deferred[None]:
        """
        Take what a node, perhaps this one, has committed. Parts of a batch may come late, twice or
        never; those that come keep their order for one node and conversation.

        @return: fires when all of it has been handed to this node's members.
        """

    def rosterPart(conversation: str) -> RosterPart:
        """
        Who is in a conversation on this node.
        """


class INetwork(Interface):
    """
    What is live on all nodes. It may lose, double and delay announcements; it keeps the order of
    one node's in one conversation.
    """

    lossless: bool = Attribute("Whether it can be relied upon that no announcement is lost.")

    def attach(hub: INode) -> Deferred[None]:
        """
        Take part, from now on.
        """

    def detach() -> Deferred[None]:
        """
        Take part no more: give up the names and subscriptions of this node.
        """

    def announce(batch: Batch) -> Deferred[None]:
        """
        Bring a batch to every node that listens to one of its conversations, this one included.

        @return: fires when this node's own members have it.
        """

    def subscribe(channel: str) -> Deferred[None]:
        """
        Listen to a conversation, or to what happens to a person.

        @return: fires when nothing that is announced from now on will be missed for want of
            listening.
        """

    def unsubscribe(channel: str) -> None:
        """
        Listen no longer.
        """

    def roster(conversation: str) -> Deferred[Sequence[RosterPart]]:
        """
        Who is in a conversation: one part for each node that has anyone in it.
        """

    def claim(fold: str, person: str, name: str) -> Deferred[str]:
        """
        Take a name for a person, unless another has it. A person may claim a name more than once;
        it is free again when it has been released as often.

        @return: the id of the person who has the name now.
        """

    def release(fold: str, person: str) -> Deferred[None]:
        """
        Give a name up.
        """

    def holder(fold: str) -> Deferred[tuple[str, str] | None]:
        """
        Who has a name: the id and the name as spelled, or C{None}.
        """

    def people() -> Deferred[int]:
        """
        How many people are connected, on all nodes.
        """


class IStore(Interface):
    """
    What lasts. All methods may be called from the reactor's thread only and do not block it.

    Every method's Deferred fails with L{errors.NotSaved} where the disk or the database does not
    take or give what it should, the reason in plain words.
    """

    def start() -> Deferred[None]:
        """
        Open the store and bring its schema up to date.
        """

    def stop() -> Deferred[None]:
        """
        Finish what was begun and close the store.
        """

    # The log.

    def append(events: Sequence[Event]) -> Deferred[Sequence[Placement]]:
        """
        Give the events their places, in the order given, and commit them, with all that follows
        from them (rooms' topics, roles, settings, lists, memberships; texts that are edited or
        blanked), in one transaction. Never called again before it has fired.

        One whose C{basis} is below the C{rightsSeq} of one of its conversations is not placed but
        outdated, and so is all that the same origin has behind it. An edit or deletion whose target
        is gone, is not a message, or was said by somebody whose id is not C{targetAuthor}'s, is
        refused with L{errors.NoSuchMessage}.

        @return: one placement for each event, in order. It fails as a whole when nothing of
            it was committed. After an unknown outcome the store finds out by the ids.
        """

    def heads(conversations: Iterable[str]) -> Deferred[Mapping[str, int]]:
        """
        The seq of the newest event of each conversation that exists.
        """

    def replay(conversation: str, after: int, limit: int) -> Deferred[Sequence[Event]]:
        """
        The events with C{seq > after} as they happened, oldest first, at most C{limit}. A deleted
        message comes without text (C{""}), and so do its edits.
        """

    def history(
        conversation: str,
        first: int = 1,
        before: int = 0,
        after: int = 0,
        limit: int = 50,
    ) -> Deferred[Page]:
        """
        What a conversation reads like now: present texts (C{Said.edited} set where it is a later
        one), topics, kicks, renames; neither what is deleted nor the edits, deletions, reactions
        and changes of rights as such.

        @param first: nothing below this seq, whatever else is asked.
        @param before: only what is below this seq; 0 for no bound.
        @param after: only what is above this seq; with C{after} the oldest C{limit} of
            the range are given, without it the newest.
        """

    def missed(conversation: str, first: int, after: int, upto: int, limit: int) -> Deferred[Page]:
        """
        What somebody who has read up to C{after} has missed up to C{upto} (inclusive): as
        L{history}, the newest C{limit}, and with it the edits and deletions of messages at or
        below C{after}.

        @param first: nothing below this seq.
        """

    def message(conversation: str, seq: int) -> Deferred[Said | None]:
        """
        One message with its present text; C{None} if there is none or it is deleted.
        """

    def lastOf(conversation: str, person: str) -> Deferred[Said | None]:
        """
        The newest message that somebody said in a conversation and that is not deleted.
        """

    def search(readable: Sequence[tuple[str, int]], words: str, limit: int = 20) -> Deferred[Page]:
        """
        The newest messages whose present text has all the words (whatever their case and accents).

        @param readable: the conversations to search, each with the lowest seq that may be read.
        """

    # Rooms and memberships.

    def openRoom(
        name: str, fold: str, creator: Author | None, at: float
    ) -> Deferred[RoomRecord | None]:
        """
        The room of a name; made if there is none and a C{creator} is given, who then is its owner
        (its operator, if a guest). A creator with an empty id makes a room that nobody owns.
        """

    def roomId(fold: str) -> Deferred[str | None]:
        """
        The id of the room of a folded name, if there is one.
        """

    def room(id: str) -> Deferred[RoomRecord | None]:
        """
        The room of an id.
        """

    def rooms() -> Deferred[Sequence[RoomListing]]:
        """
        All rooms, by name.
        """

    def memberships(person: str) -> Deferred[Sequence[Membership]]:
        """
        The rooms in which somebody is a stored member, by name.
        """

    def directs(person: str) -> Deferred[Sequence[DirectListing]]:
        """
        The private conversations of somebody, the one with the newest event first; at most 1000.
        """

    def markRead(person: str, conversation: str, seq: int) -> Deferred[None]:
        """
        Somebody has read a conversation up to a seq; a mark never goes back.
        """

    def idleRooms(before: float) -> Deferred[Sequence[str]]:
        """
        The ids of the rooms that nobody owns, that have no members, and that nobody has entered
        or spoken in since a time in POSIX seconds.
        """

    def sweepDeleted() -> Deferred[None]:
        """
        See to it that the bytes of what has been deleted are in no file any more.
        """

    # Accounts.

    def createAccount(account: Account) -> Deferred[None]:
        """
        @raise NameTaken: there is an account of that C{fold}.
        @raise NameTooAlike: there is one of that C{skeleton}.
        """

    def account(fold: str) -> Deferred[Account | None]:
        """
        The account of a folded name.
        """

    def accountLike(skeleton: str) -> Deferred[Account | None]:
        """
        The account whose name looks like one of that L{names.skeleton}.
        """

    def accountById(id: str) -> Deferred[Account | None]:
        """
        The account of an id.
        """

    def changeAccount(
        id: str,
        password: str | None = None,
        seenAt: float | None = None,
        preferences: Mapping[str, object] | None = None,
    ) -> Deferred[None]:
        """
        Change what is given of an account; C{preferences} are merged in, C{None} values removed.
        """
