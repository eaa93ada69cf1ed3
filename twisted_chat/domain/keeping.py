"""
What a store keeps of rooms and of people, beside the log.

L{IStore<twisted_chat.domain.interfaces.IStore>} has all of it, and says how its methods fail.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from twisted.internet.defer import Deferred
from zope.interface import Interface

if TYPE_CHECKING:
    from twisted_chat.domain.events import Event
    from twisted_chat.domain.records import (
        Account,
        DirectListing,
        Membership,
        ReadMark,
        RoomListing,
        RoomRecord,
    )
    from twisted_chat.domain.values import Author

MOST_KEYS: Final = 50
"""Under how many keys something may be noted of a person or a room."""

MOST_DIRECTS: Final = 1000
"""Of how many private conversations of one person a store tells."""


class IRoomsKeeping(Interface):
    """
    Rooms, and the private conversations.
    """

    def openRoom(
        name: str, fold: str, creator: Author | None, at: float, id: str = "", taking: str = ""
    ) -> Deferred[RoomRecord | None]:
        """
        The room of a name; made if there is none and a C{creator} is given, who then is its owner
        (its operator, if a guest). A creator with an empty id makes a room that nobody owns; to
        any other, the room that L{formerRoomId} finds is given rather than a new one.

        @param id: of the room, if it is made; C{""} for one that the store gives.
        @param taking: the id of the room that loses this former name to the new one.
        """

    def roomId(fold: str) -> Deferred[str | None]:
        """
        The id of the room of a folded name, if there is one.
        """

    def formerRoomId(fold: str) -> Deferred[str | None]:
        """
        The id of the room to which a folded name leads that it has no longer: for 30 days, unless
        it is hidden, and for the five names that it had last. No other room gets that name, but by
        a L{RoomRenamed<twisted_chat.domain.events.RoomRenamed>} that is C{taking} it.
        """

    def room(id: str) -> Deferred[RoomRecord | None]:
        """
        The room of an id.
        """

    def rooms() -> Deferred[Sequence[RoomListing]]:
        """
        All rooms, by name.
        """

    def idleRooms(before: float, unused: float = 0.0) -> Deferred[Sequence[str]]:
        """
        The ids of the rooms that nobody owns, that have no members, and that nobody has entered
        or spoken in since a time in POSIX seconds.

        @param unused: the same for rooms in whose log nothing ever was.
        """

    def roomsOwned(person: str) -> Deferred[int]:
        """
        How many rooms somebody owns.
        """

    def memberships(person: str) -> Deferred[Sequence[Membership]]:
        """
        The rooms in which somebody is a stored member, by name.
        """

    def directs(person: str) -> Deferred[Sequence[DirectListing]]:
        """
        The private conversations of somebody, the one with the newest event first; at most
        L{MOST_DIRECTS}.
        """


class IAccountsKeeping(Interface):
    """
    Accounts, and the certificates that stand for them.
    """

    def createAccount(account: Account, invitation: str = "") -> Deferred[None]:
        """
        Keep a new account, and use an invitation once for it, or do neither. The last use of an
        invitation removes it.

        @param invitation: the hash of its code, as in L{Invitation.code}; C{""} for none.
        @raise NameTaken: there is an account of that C{fold}.
        @raise NameTooAlike: there is one of that C{skeleton}.
        @raise WrongCode: there is no such invitation, or it has run out or is used up.
        """

    def account(fold: str) -> Deferred[Account | None]:
        """
        The account of a folded name.
        """

    def accountLike(skeleton: str) -> Deferred[Account | None]:
        """
        The account whose name looks like one of that L{lookalikes.skeleton}.
        """

    def accountById(id: str) -> Deferred[Account | None]:
        """
        The account of an id.
        """

    def accounts(after: str = "", limit: int = 1000) -> Deferred[Sequence[Account]]:
        """
        The accounts in the order of their folded names, beginning behind one.
        """

    def changeAccount(
        id: str,
        password: str | None = None,
        seenAt: float | None = None,
        preferences: Mapping[str, object] | None = None,
        **others: object,
    ) -> Deferred[None]:
        """
        Change what is given of an account.

        @param preferences: they are L{merged<twisted_chat.domain.preferences.merged>} into those
            that there are.
        @param others: C{operator}, C{suspended}, C{scram}, C{reset}, C{resetUntil}: see L{Account}.
        """

    def eraseAccount(id: str, at: float) -> Deferred[Sequence[str]]:
        """
        Blank an account: all that it holds but its folded name, which nobody gets again and which
        is its C{name} then; its memberships, roles, marks, keys, devices and metadata go.
        Its private conversations stay for the others; rooms are not told. From then on nothing more
        is kept with it: it enters no room, makes none, and has no marks and preferences.

        @return: the ids of the rooms of which it was a member still.
        """

    def addFingerprint(account: str, fingerprint: str) -> Deferred[bool]:
        """
        Let a certificate stand for an account.

        @param fingerprint: SHA-256, 64 lower-case hex digits.
        @return: whether it stood for none before.
        """

    def removeFingerprint(account: str, fingerprint: str) -> Deferred[bool]:
        """
        A certificate stands for an account no longer.

        @return: whether it did.
        """

    def fingerprints(account: str) -> Deferred[Sequence[str]]:
        """
        The certificates that stand for an account.
        """

    def accountOfFingerprint(fingerprint: str) -> Deferred[Account | None]:
        """
        The account for which a certificate stands.
        """


class ITracesKeeping(Interface):
    """
    What somebody has left behind: for the export of an account, and for its end.
    """

    def writtenBy(
        person: str, after: int, limit: int, since: float = 0.0
    ) -> Deferred[Sequence[tuple[int, Event]]]:
        """
        What somebody has in the log, in all conversations, oldest first, with its row's number:
        present texts as in L{history<twisted_chat.domain.interfaces.IStore.history>}, and nothing
        that is deleted.

        @param after: only rows with a number above this.
        @param since: only what is not older, in POSIX seconds.
        """

    def reportedBy(person: str, limit: int, since: float = 0.0) -> Deferred[Sequence[Event]]:
        """
        The messages in which the operators are told what somebody reports (see
        L{REPORT<twisted_chat.domain.ids.REPORT>}), oldest first, and none that is deleted.

        @param since: only what is not older, in POSIX seconds.
        """

    def outlivedTopics(person: str, name: str) -> Deferred[Sequence[str]]:
        """
        The rooms whose topic was set by somebody so long ago that it is in their logs no more.

        @param name: their name: of old topics no more is known.
        """

    def reasonsListed(
        person: str, name: str, since: float = 0.0
    ) -> Deferred[Sequence[tuple[str, str, str]]]:
        """
        The entries of the lists of rooms for which somebody has given a reason, list by list: the
        room's id, the list and the mask.

        @param name: their name: of old entries no more is known.
        @param since: only what is not older, in POSIX seconds.
        """

    def heldAbout(person: str) -> Deferred[Mapping[str, object]]:
        """
        All that is held about somebody beside the account and the log, as JSON can say it:
        C{memberships}, C{roles}, C{marks} and C{devices}, C{lists} of rooms and C{bans} of the
        network that name them or that they have set, C{keys} (fingerprints only) and
        C{metadata}.
        """

    def blankRemarks(rows: Sequence[int], act: str) -> Deferred[None]:
        """
        Take what people said in few words out of rows of the log: the reasons that they gave, and
        their reactions, which nobody reads again then. Other rows are left as they are.

        @param rows: their numbers, from L{writtenBy}.
        @param act: the act that does it: as long as it can be undone, reasons are kept aside;
            C{""}: they are gone.
        """


class IMarksKeeping(Interface):
    """
    How far people have read, and what their devices were told.
    """

    def readMark(person: str, conversation: str) -> Deferred[ReadMark | None]:
        """
        Up to where somebody has read a conversation.
        """

    def markRead(person: str, conversation: str, seq: int, at: float = 0.0) -> Deferred[ReadMark]:
        """
        Somebody has read a conversation up to a seq; a mark never goes back.

        @param at: the time to keep with it, in POSIX seconds; 0 for that of the newest event at or
            below C{seq}. One that belongs to an earlier seq than the mark's is not taken.
        @return: the mark as it stands then.
        """

    def deviceMarks(person: str, device: str) -> Deferred[Mapping[str, int]]:
        """
        Up to which seq one of somebody's devices was told of each conversation.
        """

    def setDeviceMarks(person: str, device: str, marks: Mapping[str, int]) -> Deferred[None]:
        """
        A device was told more; a mark never goes back. At most 20 devices of one person are kept,
        those that were marked last.
        """


class IMetadataKeeping(Interface):
    """
    What is noted of people and rooms, by key.
    """

    def metadata(target: str) -> Deferred[Mapping[str, str]]:
        """
        What is noted of a registered person or a room, by key.

        @param target: the id.
        """

    def setMetadata(target: str, key: str, value: str | None) -> Deferred[None]:
        """
        Note something, or forget it (C{None}). What people change comes as an event instead:
        L{MetadataChanged<twisted_chat.domain.events.MetadataChanged>} with an C{owner}.

        @raise TooMany: something is noted under L{MOST_KEYS} other keys.
        @raise AccountDeleted: the account is gone.
        """
