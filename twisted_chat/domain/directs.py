"""
The private conversations that one node knows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from twisted_chat.domain.conversation import Conversation
from twisted_chat.domain.ids import readersOf
from twisted_chat.domain.keeping import MOST_DIRECTS

if TYPE_CHECKING:
    from twisted_chat.domain.attendance import Attendance

MOST_KEPT = 2 * MOST_DIRECTS
"""
When so many are known, those with people who have gone are not any more: with a bot that is here
for months, thousands of guests may talk. There are still so many that what is not known begins with
the first that is heard of it.
"""


class Directs:
    """
    The private conversations of those who have sessions on this node, and where they stand.
    """

    def __init__(self, roster: Attendance, dismiss: Callable[[Conversation], None]) -> None:
        """
        @param dismiss: is called with what is known no longer.
        """
        self._roster = roster
        self._dismiss = dismiss
        self._of: dict[str, dict[str, None]] = {}
        self._unplaced: set[str] = set()

    def listening(self, id: str) -> Conversation | None:
        """
        The conversation of an id that is not known yet, if one of its people is here.
        """
        here = [who for who in readersOf(id) if self._roster.reads(who)]
        if any(who in self._roster.comingBack for who in here):
            # Where it stands is being read.
            self._unplaced.add(id)
            return self.open(id, head=0, busy=True)
        # All that were there before are known, so this one is new; where there were too many
        # to know, it begins with the first that is heard of it.
        known = all(len(self._of.get(who, ())) < MOST_DIRECTS for who in here)
        return self.open(id, head=0 if known else -1)

    def open(self, id: str, head: int, busy: bool = False) -> Conversation | None:
        """
        Know a direct conversation, if one of its people is here.

        @param head: the seq up to which nothing of it is to be told here.
        @param busy: whether that is not known for sure yet.
        """
        if not any(self._roster.reads(who) for who in readersOf(id)):
            return None
        for who in readersOf(id):
            known = self._of.setdefault(who, {})
            if len(known) >= MOST_KEPT and id not in known:
                self._dropSome(known)
            known[id] = None
        conversation = self._roster.conversations.get(id)
        if conversation is None:
            conversation = self._roster.conversations[id] = Conversation(id, head=head, busy=busy)
        return conversation

    def heads(self, person: str) -> dict[str, int]:
        """
        The direct conversations of somebody that are told here, and up to which seq they were.
        """
        known = self._of.get(person, {}).keys() - self._unplaced
        return {id: self._roster.conversations[id].head for id in known}

    def place(self, person: str, heads: Mapping[str, int]) -> list[Conversation]:
        """
        Know where the direct conversations of somebody stand.

        @param heads: the seqs up to which nothing of them is to be told here, where that was not
            known before.
        @return: those of which something has waited for that.
        """
        for id, head in heads.items():
            self.open(id, 0 if self._isNew(id) else head)
        waited = self._unplaced & self._of.get(person, {}).keys()
        self._unplaced -= waited
        for id in waited:
            conversation = self._roster.conversations[id]
            conversation.head = conversation.begun = 0 if self._isNew(id) else heads.get(id, 0)
            conversation.busy = False
        return [self._roster.conversations[id] for id in waited]

    def _isNew(self, id: str) -> bool:
        """
        Whether a conversation that was not known yet has still to be told from its beginning: to
        somebody who was here before, since all that there were then are known.
        """
        return any(
            len(self._roster.sessionsOf(who)) > self._roster.comingBack[who]
            and len(self._of.get(who, ())) < MOST_DIRECTS
            for who in readersOf(id)
        )

    def leave(self, person: str) -> None:
        """
        Somebody is here no longer: know no more what nobody else here reads.
        """
        for id in list(self._of.get(person, ())):
            if not any(self._roster.reads(who) for who in readersOf(id)):
                self._drop(id)

    def _dropSome(self, known: Iterable[str]) -> None:
        """
        Know the first ones no more, as far as one of the two has gone and nothing is under way.
        """
        for id in list(known)[: MOST_KEPT - MOST_DIRECTS]:
            conversation = self._roster.conversations[id]
            if not conversation.busy and not all(map(self._roster.reads, readersOf(id))):
                self._drop(id)

    def _drop(self, id: str) -> None:
        for who in readersOf(id):
            del self._of[who][id]
            if not self._of[who]:
                del self._of[who]
        self._unplaced.discard(id)
        self._dismiss(self._roster.conversations.pop(id))
