"""
What a store does with the log.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from twisted.internet.defer import Deferred
from zope.interface import Interface

from twisted_chat.domain.records import ANY, Criteria

if TYPE_CHECKING:
    from twisted_chat.domain.events import Event, Said
    from twisted_chat.domain.records import Page, Placement


class ILogKeeping(Interface):
    """
    The log: events at their places, and what is to be read of them.
    """

    def append(events: Sequence[Event]) -> Deferred[Sequence[Placement]]:
        """
        Give the events their places, in the order given, and commit them, with all that follows
        from them (rooms' topics, roles, settings, lists, memberships; texts that are edited or
        blanked), in one transaction. Never called again before it has fired.

        One whose C{basis} is below the C{rightsSeq} of one of its conversations is not placed but
        outdated, and so is all that the same origin has behind it. An edit or deletion whose target
        is gone, is not a message (or not a topic, where that is meant), or was said by somebody
        whose id is not C{targetAuthor}'s, is refused with L{errors.NoSuchMessage}; and so is a
        restoration of what is not hidden.

        @return: one placement for each event, in order. It fails as a whole when nothing of
            it was committed. After an unknown outcome the store finds out by the ids.
        """

    def heads(conversations: Sequence[str]) -> Deferred[Mapping[str, int]]:
        """
        The seq of the newest event of each conversation that exists.
        """

    def replay(conversation: str, after: int, limit: int) -> Deferred[Sequence[Event]]:
        """
        The events with C{seq > after} as they happened, oldest first, at most C{limit}. A deleted
        message comes without text (C{""}), and so do its edits, and a topic, which says that it is
        deleted; what is restored comes with its text.
        """

    def history(
        conversation: str,
        first: int = 1,
        before: int = 0,
        after: int = 0,
        limit: int = 50,
        oldest: bool = False,
        wide: bool = False,
    ) -> Deferred[Page]:
        """
        What a conversation reads like now: present texts (C{Said.edited} set where it is a later
        one), topics, kicks, renames; neither what is deleted nor the edits, deletions, reactions
        and changes of rights as such.

        @param first: nothing below this seq, whatever else is asked.
        @param before: only what is below this seq; 0 for no bound.
        @param after: only what is above this seq.
        @param oldest: whether the oldest C{limit} of the range are given; they are too with an
            C{after}, and else the newest.
        @param wide: whether reactions, changes of rights and what clients have told each other are
            given with it. Then nothing is counted but what is given.
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

    def search(
        readable: Sequence[tuple[str, int]],
        words: str | None,
        limit: int = 20,
        criteria: Criteria = ANY,
    ) -> Deferred[Page]:
        """
        The newest messages whose present text has all the words (whatever their case and accents).

        @raise errors.SearchTooLong: it would take too long.
        @param readable: the conversations to search, each with the lowest seq that may be read.
        @param words: C{None}: the criteria alone are asked.
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


class ILogUpkeep(Interface):
    """
    What housekeeping does about the log as a whole, and about the files that it is in.
    """

    def conversationIds(after: str, limit: int) -> Deferred[Sequence[str]]:
        """
        The ids of all conversations, in the order of ids, beginning behind one.
        """

    def expire(conversation: str, before: float, limit: int) -> Deferred[int]:
        """
        Remove from the log, and from whatever can be searched, what happened in a conversation
        before a time, the oldest first, and blank the texts that messages among it were given
        since. The numbers stay taken.

        @param limit: how many rows at most, 1 or more.
        @return: how many rows are gone; fewer than C{limit} when no more are left.
        """

    def sweepDeleted() -> Deferred[None]:
        """
        See to it that the bytes of what has been deleted are in no file any more.
        """

    def removeCopies(before: float) -> Deferred[Sequence[str]]:
        """
        Remove the copies of the data that the store made when it was upgraded, before a time: what
        was deleted since is in them.

        @return: what they were called.
        """
