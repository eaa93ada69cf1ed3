"""
Sessions: everything that a logged-in connection may do.

A session checks rights and limits, then publishes; it formats no text and knows no wire.

What it can do is too much for one file, so it is one class in many: each of them stands in a module
of its name, and adds what it is about to the one before it, whose methods it may call. They are a
chain and not mix-ins side by side, so that each is whole for a type checker: it has what it uses.

  - L{Avatar<avatar.Avatar>}: who it is, where it listens, how it publishes;
  - L{Sparing<sparing.Sparing>}: reading without what one ignores;
  - L{Preferences<preferences.Preferences>}: what people set for themselves;
  - L{Correspondence<correspondence.Correspondence>}: private conversations: with whom, by what
    names, and who may begin one;
  - L{Talk<talk.Talk>}: saying, editing, deleting, reacting, in rooms and in private;
  - L{RoomViews<roomviews.RoomViews>}: which rooms there are, who is in them, and what can be done
    in one from outside;
  - L{Membership<membership.Membership>}: joining and leaving;
  - L{RoomLists<roomlists.RoomLists>}: bans, mutes, exceptions and invitations, one by one;
  - L{Moderation<moderation.Moderation>}: topics, roles, kicks, names and ends of rooms;
  - L{Rules<rules.Rules>}: settings of rooms, several changes at once, and asking people in;
  - L{Reading<reading.Reading>}: history, search, what was missed, and marking it read;
  - L{References<references.References>}: what people mean by the number of a message;
  - L{Playback<playback.Playback>}: messages by id and time, and what each device was told;
  - L{Profile<profile.Profile>}: name, account and password, being away, whom to ignore;
  - L{Relaying<relaying.Relaying>}: speaking for people on another network;
  - L{Watching<watching.Watching>}: looking people up, watching names, being seen;
  - L{Assuming<assuming.Assuming>}: going on as somebody registered, or as a guest; certificates;
  - L{Summoned<summoned.Summoned>}: being put into rooms;
  - L{Operating<operating.Operating>}: what operators of the network do, and reports to them;
  - L{Parting<parting.Parting>}: the export and the end of accounts;
  - L{Noting<noting.Noting>}: metadata.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from twisted.internet.defer import Deferred, succeed
from zope.interface import implementer

from twisted_chat.domain import rights
from twisted_chat.domain.delivery import NOTHING
from twisted_chat.domain.interfaces import IChatUser, IPasswords, IReceiver
from twisted_chat.domain.names import cleanLine
from twisted_chat.domain.noting import Noting
from twisted_chat.domain.records import Account
from twisted_chat.domain.sparse import NONE_YET
from twisted_chat.domain.unawaited import toLog, untilTold

if TYPE_CHECKING:
    from twisted_chat.domain.hub import Hub


@implementer(IChatUser)
class Session(Noting):
    """
    The avatar of one logged-in connection.
    """

    __slots__ = ()

    def __init__(
        self,
        hub: Hub,
        receiver: IReceiver,
        passwords: IPasswords,
        personId: str,
        account: Account | None,
        claimed: str,
    ) -> None:
        """
        @param personId: the id of the person.
        @param account: the account, or C{None} for a guest.
        @param claimed: the folded name that was claimed for this session.
        """
        super().__init__(hub, receiver, personId, account)
        # What the classes between keep begins here, in one place.
        self.passwords = passwords
        self.topics = None
        self.resetting = False
        self.lastDirect = None
        self.saidIn = ""
        self._claims = (claimed,)
        self._cursors = NONE_YET
        self._deviceMarks = None
        self._marks = NONE_YET
        self._told, self._toldDirects = NOTHING, False
        self._places = NONE_YET
        self._watched = NONE_YET
        self.curious = False
        self.adopt(account.preferences if account is not None else {})

    @property
    def zone(self) -> int:
        """
        The person's time zone, in minutes east of UTC.
        """
        zone = self.preferences.get("zone", 0)
        return zone if isinstance(zone, int) else 0

    def logout(self, reason: str = "quit", text: str = "") -> Deferred[None]:
        """
        End the session. Its person's rooms are told, if it was the last.

        @param reason: C{"quit"}, C{"lost"} or C{"ended"} (by the server).
        @param text: what to say of it.
        @return: fires when they have been told, or can't be.
        """
        if self.ended:
            return succeed(None)
        self.ended = True
        claims, self._claims = self._claims, ()
        for claim in claims:
            self.hub.network.release(claim, self.identity)
        if self.id not in self.hub.roster.sessions:
            # It had not begun yet.
            return succeed(None)
        text = cleanLine(text).strip()[: self.hub.limits.note]
        if reason == "quit" and text and not self._isHeard():
            text = ""
        self._parted = person = self.person
        rooms = tuple(person.rooms)
        self.unwatchAll()
        last = self.hub.roster.delist(self, self.personId)
        if self.operator:
            self.operate(False)
        elif self.topics:
            self.hub.orders.seat(self)
        if self.identity != self.personId and not self.hub.roster.reads(self.identity):
            self.hub.network.unsubscribe(self.identity)
        if not last:
            return self._leftAlone()
        self.hub.lookout.gone(person.record)
        if not self.hub.roster.reads(self.personId):
            self.hub.network.unsubscribe(self.personId)
        if self.account is not None:
            self.hub.store.changeAccount(self.account.id, seenAt=self.now).addErrback(
                toLog(self._log, "when {who} was last here was not saved", who=self.personId)
            )
        return self.tellGone(rooms, reason, text)

    def _leftAlone(self) -> Deferred[None]:
        """
        Others of the person's connections go on, but perhaps nobody is at any of them.
        """
        others = self._here()
        if not others or not all(each.receiver.absent for each in others):
            return succeed(None)
        what = f"that nobody is at the connections of {self.personId}"
        return untilTold(self.hub.clock, others[0].heedAbsence, what)

    def _isHeard(self) -> bool:
        """
        Whether this person may be heard in all of their rooms, which are told the same.
        """
        here, who, now = self.rooms, self.subject, self.now
        return all(rights.isHeard(room, self.personId, who, now) for room in here)
