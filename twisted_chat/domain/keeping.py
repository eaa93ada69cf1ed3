"""
What a store keeps beside the log: of the network itself, and of people.

L{IStore<twisted_chat.domain.interfaces.IStore>} has all of it; it stands here by noun. As there,
every Deferred fails with L{errors.NotSaved} where the disk or the database does not do its part.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from twisted.internet.defer import Deferred
from zope.interface import Interface

if TYPE_CHECKING:
    from twisted_chat.domain.events import Event
    from twisted_chat.domain.records import Account, Act, Invitation, ReadMark
    from twisted_chat.domain.values import Mask


MOST_KEYS: Final = 50
"""Under so many keys something may be noted of a person or a room."""


class INetworkKeeping(Interface):
    """
    What lasts of the network itself: its state, who may come in, what operators did; and what
    housekeeping does about the log as a whole (L{expire}, L{conversationIds}, L{removeCopies}).
    """

    def networkFacts() -> Deferred[Mapping[str, object]]:
        """
        What the network has to remember of itself, by name: C{lockdown}, C{claim} ...
        """

    def setNetworkFact(name: str, value: object | None) -> Deferred[None]:
        """
        Remember something that JSON can say, or forget it (C{None}).
        """

    def serverBans() -> Deferred[Sequence[Mask]]:
        """
        Who is kept out of the whole network, also the entries that have run out, oldest first.
        """

    def putServerBan(entry: Mask) -> Deferred[None]:
        """
        Keep somebody out; an entry of the same mask is replaced.
        """

    def removeServerBan(mask: str) -> Deferred[Mask | None]:
        """
        Let somebody in again.

        @return: the entry that was there.
        """

    def createInvitation(invitation: Invitation) -> Deferred[None]:
        """
        Keep an invitation to the network; one of the same code is replaced.
        """

    def invitations() -> Deferred[Sequence[Invitation]]:
        """
        All invitations that are kept, oldest first.
        """

    def removeInvitation(code: str) -> Deferred[Invitation | None]:
        """
        Take an invitation back.
        """

    def recordAct(act: Act) -> Deferred[None]:
        """
        Remember what an operator did, so that it can be undone. Of an act that deletes texts it is
        told first: L{forgetActs} keeps no texts of acts that it does not know.
        """

    def acts(since: float) -> Deferred[Sequence[Act]]:
        """
        What operators did since a time and was not undone, the newest first; at most 1000.
        """

    def markUndone(act: str) -> Deferred[bool]:
        """
        An act is undone, and what it has hidden still is forgotten for good.

        @return: whether it was there and was not undone before.
        """

    def hidden(act: str) -> Deferred[Sequence[tuple[str, int, str]]]:
        """
        What an act has hidden: conversation, seq and text, oldest first. Messages and topics come
        from L{Deleted<twisted_chat.domain.events.Deleted>} with an C{act}, and one that is
        L{restored<twisted_chat.domain.events.Restored>} is hidden no longer; reactions from
        L{Unreacted<twisted_chat.domain.events.Unreacted>} with one, their text is the emoji; the
        reasons of other events from L{IPersonalKeeping.blankRemarks}, their text is for
        L{restoreReasons} alone.
        """

    def restoreReasons(act: str) -> Deferred[int]:
        """
        Put the reasons back that an act has hidden: they are hidden no longer.

        @return: of how many events.
        """

    def forgetActs(before: float) -> Deferred[None]:
        """
        Forget acts of before a time, and the texts that they had hidden, for good.
        """

    def removeCopies(before: float) -> Deferred[Sequence[str]]:
        """
        Remove the copies of the data that the store made when it was upgraded, before a time: what
        was deleted since is in them.

        @return: what they were called.
        """

    def expire(conversation: str, before: float, limit: int) -> Deferred[int]:
        """
        Remove from the log, and from whatever can be searched, what happened in a conversation
        before a time, the oldest first, and blank the texts that messages among it were given
        since. The numbers stay taken.

        @param limit: how many rows at most, 1 or more.
        @return: how many rows are gone; fewer than C{limit} when no more are left.
        """

    def conversationIds(after: str, limit: int) -> Deferred[Sequence[str]]:
        """
        The ids of all conversations, in the order of ids, beginning behind one.
        """


class IAccountsKeeping(Interface):
    """
    What is kept of registered people.
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


class IPersonalKeeping(Interface):
    """
    What lasts of a person.
    """

    def accounts(after: str = "", limit: int = 1000) -> Deferred[Sequence[Account]]:
        """
        The accounts in the order of their folded names, beginning behind one.
        """

    def eraseAccount(id: str, at: float) -> Deferred[Sequence[str]]:
        """
        Blank an account: all that it holds but its folded name, which nobody gets again and which
        is its C{name} then; its memberships, roles, marks, keys, devices and metadata go.
        Its private conversations stay for the others; rooms are not told. From then on nothing more
        is kept with it: it enters no room, makes none, and has no marks and preferences.

        @return: the ids of the rooms of which it was a member still.
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

    def blankRemarks(rows: Sequence[int], act: str) -> Deferred[None]:
        """
        Take what people said in few words out of rows of the log: the reasons that they gave, and
        their reactions, which nobody reads again then. Other rows are left as they are.

        @param rows: their numbers, from L{writtenBy}.
        @param act: the act that does it: as long as it can be undone, reasons are kept aside;
            C{""}: they are gone.
        """

    def forgetHidden(person: str) -> Deferred[None]:
        """
        Forget, for good, the texts of somebody's messages and reports that acts have hidden: they
        can't be restored any more.
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

    def deviceMarks(person: str, device: str) -> Deferred[Mapping[str, int]]:
        """
        Up to which seq one of somebody's devices was told of each conversation.
        """

    def setDeviceMarks(person: str, device: str, marks: Mapping[str, int]) -> Deferred[None]:
        """
        A device was told more; a mark never goes back. At most 20 devices of one person are kept,
        those that were marked last.
        """

    def readMark(person: str, conversation: str) -> Deferred[ReadMark | None]:
        """
        Up to where somebody has read a conversation.
        """


class IPlacesKeeping(Interface):
    """
    Finding places in the log.
    """

    def placeOfId(id: str) -> Deferred[tuple[str, int] | None]:
        """
        The conversation and seq of an event; for an edit, or a restoration, those of the message
        that it is about.
        """

    def seqAt(conversation: str, at: float) -> Deferred[int]:
        """
        The seq of the newest event of a conversation with C{event.at <= at}; 0 if there is none.
        """

    def lastSaid(conversations: Sequence[str]) -> Deferred[Mapping[str, float]]:
        """
        When the newest message that is not deleted was said, for each conversation that has any.
        """
