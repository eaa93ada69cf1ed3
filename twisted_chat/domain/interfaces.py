"""
The plug points: what a wire, a store and a network offer to the domain.

Whatever may cross a network returns a Deferred, on one node too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from twisted.internet.defer import Deferred
from zope.interface import Attribute, Interface

from twisted_chat.domain.keeping import (
    IAccountsKeeping,
    IMarksKeeping,
    IMetadataKeeping,
    IRoomsKeeping,
    ITracesKeeping,
)
from twisted_chat.domain.logkeeping import ILogKeeping, ILogUpkeep, IPlacesKeeping
from twisted_chat.domain.networkkeeping import IActsKeeping, INetworkKeeping

if TYPE_CHECKING:
    from twisted_chat.domain.announcements import Batch
    from twisted_chat.domain.delivery import Format
    from twisted_chat.domain.events import Event
    from twisted_chat.domain.passwords import Sealed
    from twisted_chat.domain.records import (
        Census,
        Departure,
        RosterPart,
        Sighting,
    )
    from twisted_chat.domain.session import Session


class IReceiver(Interface):
    """
    One client's connection, as the domain sees it: the front end's object.
    """

    address: str = Attribute("Where the client is: an IP address, or C{} if it has none.")

    user: str = Attribute("What the client calls its user, or C{}.")

    real: str = Attribute("What its person calls themselves in more words, or C{}.")

    encrypted: bool = Attribute("Whether nobody on the way to it can read along.")

    closed: bool = Attribute("Whether it has ended, or is ending, and its client wants no more.")

    lost: bool = Attribute(
        "Whether nobody reads what is written, and what the client had said before is still done."
    )

    former: Session | None = Attribute(
        "The session that its client has until another one that begins takes its place: where that"
        " listens, this one does no more. C{None} if there is none."
    )

    absent: bool = Attribute("Whether nobody is at it now, as its client says.")

    def echoes(event: Event) -> bool:
        """
        Whether it wants an event of its own back.
        """

    def isAnswer(event: Event) -> bool:
        """
        Whether an event of its own that it wants back is an answer, which L{receiveAnswer} writes.
        """

    def happened(event: Event) -> None:
        """
        Something concerns this client in a way that a spelling shared with others can't say: it
        has come into a room by another of its connections, a room has ended or has another name,
        something that it may watch has changed, something was read elsewhere, it is about to be
        disconnected on somebody's order. Called before the event is written, if it is; must not
        write before that.
        """

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

    def receiveAnswer(data: bytes) -> None:
        """
        Write, in the order of both, what was spelled of events that are answers: L{isAnswer}.
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

    def seal(password: str) -> Deferred[Sealed]:
        """
        @return: what is kept of a password.
        @raise Busy: too many wait already.
        """

    def verify(hash: str, password: str) -> Deferred[bool]:
        """
        Whether a password is the right one; with an empty hash it never is, after the same time.

        @raise Busy: too many wait already.
        """


class IAddressCheck(Interface):
    """
    Somebody else's word on who may come in, such as a program of the operator's.
    """

    def refuse(
        address: str, name: str, account: str, isThere: Callable[[], bool]
    ) -> Deferred[str | None]:
        """
        Whether somebody may not come in. It must not take long, and does not fail.

        @param account: the account's name, or C{""}.
        @param isThere: whether they still want to: nobody has to wait behind whoever has gone.
        @return: why not, perhaps C{""}; C{None} if they may.
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

    def nameChanged(folded: str, person: str, name: str) -> None:
        """
        A name that this node watches is somebody's now, or nobody's any more.

        @param folded: the name, folded.
        @param person: the id of whoever has it; C{""} for nobody.
        @param name: the name as they spell it, or did.
        """

    def sightings(mask: str, most: int, whose: str = "") -> Deferred[Sequence[Sighting]]:
        """
        Who is connected to this node under a name that matches a mask, or has a user, host or real
        name that does.

        @param mask: as for L{masks.matches<twisted_chat.domain.masks.matches>}.
        @param most: of so many, any.
        @param whose: if given, only that person: see L{PersonRecord.whose
            <twisted_chat.domain.values.PersonRecord.whose>}; then the mask is their name, folded.
        """

    def departed(mask: str, most: int) -> Sequence[Departure]:
        """
        Who bore a name on this node and does not any more, the last one first.

        @param mask: of the name: see L{sightings}.
        @param most: of so many, the last ones.
        """

    def census() -> Census:
        """
        How many are connected to this node.
        """


class INetwork(Interface):
    """
    What is live on all nodes. It may lose, double and delay announcements; it keeps the order of
    one node's in one conversation.
    """

    lossless: bool = Attribute("Whether it can be relied upon that no announcement is lost.")

    alone: bool = Attribute("Whether there is just one node.")

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

    def claim(fold: str, person: str, name: str, instead: str = "") -> Deferred[str]:
        """
        Take a name for a person, unless another has it. A person may claim a name more than once;
        it is free again when it has been released as often.

        @param name: as it is spelled from now on.
        @param instead: the id under which whoever claims it has it until now. If they have claimed
            it just once, that claim becomes this one, and the name is nobody's at no time.
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

    def watch(fold: str) -> Deferred[None]:
        """
        Let this node be told (L{INode.nameChanged}) when a name that nobody had is somebody's, and
        when it is nobody's again.

        @return: fires when nothing of that will be missed from now on.
        """

    def unwatch(fold: str) -> None:
        """
        The reverse of L{watch}.
        """

    def people() -> Deferred[int]:
        """
        How many people are connected, on all nodes.
        """

    def census() -> Deferred[Census]:
        """
        How many are connected to which of the nodes, added up.
        """

    def sightings(mask: str, most: int, fold: str = "") -> Deferred[Sequence[Sighting]]:
        """
        Who is connected, on all nodes: see L{INode.sightings}. Whoever is connected to several
        nodes is seen on each.

        @param fold: if given, only who bears the name that is folded so; the mask is not asked.
        """

    def departed(mask: str, most: int) -> Deferred[Sequence[Departure]]:
        """
        Who bore a name on any node and does not any more, the last one first: see
        L{INode.departed}.
        """


class IStore(
    ILogKeeping,
    IPlacesKeeping,
    ILogUpkeep,
    IRoomsKeeping,
    IAccountsKeeping,
    ITracesKeeping,
    IMarksKeeping,
    IMetadataKeeping,
    INetworkKeeping,
    IActsKeeping,
):
    """
    What lasts. All methods may be called from the reactor's thread only and do not block it.

    Every method's Deferred fails with L{errors.NotSaved} where the disk or the database does not
    take or give what it should, the reason in plain words. It is certain then that nothing was
    written, but for L{errors.NotKnown}. Events of which that is not known are looked up by their
    ids when they are appended again.
    """

    def start() -> Deferred[None]:
        """
        Open the store and bring its schema up to date.
        """

    def stop() -> Deferred[None]:
        """
        Finish what was begun and close the store.
        """
