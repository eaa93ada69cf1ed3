"""
What a store keeps of the network itself, and of what its operators do.

L{IStore<twisted_chat.domain.interfaces.IStore>} has all of it, and says how its methods fail.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from twisted.internet.defer import Deferred
from zope.interface import Interface

if TYPE_CHECKING:
    from twisted_chat.domain.records import Act, Invitation
    from twisted_chat.domain.values import Mask


class INetworkKeeping(Interface):
    """
    What lasts of the network itself: its state, and who may come in.
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


class IActsKeeping(Interface):
    """
    What operators did, and what can be undone of it.
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
        reasons of other events from L{ITracesKeeping.blankRemarks
        <twisted_chat.domain.keeping.ITracesKeeping.blankRemarks>}, their text is for
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

    def forgetHidden(person: str) -> Deferred[None]:
        """
        Forget, for good, the texts of somebody's messages and reports that acts have hidden: they
        can't be restored any more.
        """
