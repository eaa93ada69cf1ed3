"""
What a SQLite store keeps beside the log: see L{twisted_chat.domain.keeping}.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from twisted.internet.defer import Deferred

from twisted_chat.domain.events import Event
from twisted_chat.domain.records import Account, Act, Invitation, ReadMark
from twisted_chat.domain.values import Mask
from twisted_chat.storage import (
    accounts,
    acts,
    authors,
    marks,
    network,
    people,
    places,
    remarks,
    sqlite_expiry,
    topics,
)
from twisted_chat.storage.marks import setDeviceMarks
from twisted_chat.storage.sqlite_work import SqliteWork


class SqliteNetwork(SqliteWork):
    """
    What lasts of the network itself.
    """

    def networkFacts(self) -> Deferred[Mapping[str, object]]:
        """
        See L{INetworkKeeping.networkFacts}.
        """
        return self._read(network.networkFacts)

    def setNetworkFact(self, name: str, value: object | None) -> Deferred[None]:
        """
        See L{INetworkKeeping.setNetworkFact}.
        """
        return self._write(network.setNetworkFact, name, value)

    def serverBans(self) -> Deferred[Sequence[Mask]]:
        """
        See L{INetworkKeeping.serverBans}.
        """
        return self._read(network.bans)

    def putServerBan(self, entry: Mask) -> Deferred[None]:
        """
        See L{INetworkKeeping.putServerBan}.
        """
        return self._write(network.putBan, entry)

    def removeServerBan(self, mask: str) -> Deferred[Mask | None]:
        """
        See L{INetworkKeeping.removeServerBan}.
        """
        return self._write(network.removeBan, mask)

    def createInvitation(self, invitation: Invitation) -> Deferred[None]:
        """
        See L{INetworkKeeping.createInvitation}.
        """
        return self._write(network.createInvitation, invitation)

    def invitations(self) -> Deferred[Sequence[Invitation]]:
        """
        See L{INetworkKeeping.invitations}.
        """
        return self._read(network.allInvitations)

    def removeInvitation(self, code: str) -> Deferred[Invitation | None]:
        """
        See L{INetworkKeeping.removeInvitation}.
        """
        return self._write(network.removeInvitation, code)

    def recordAct(self, act: Act) -> Deferred[None]:
        """
        See L{INetworkKeeping.recordAct}.
        """
        return self._write(acts.record, act)

    def acts(self, since: float) -> Deferred[Sequence[Act]]:
        """
        See L{INetworkKeeping.acts}.
        """
        return self._read(acts.actsSince, since)

    def markUndone(self, act: str) -> Deferred[bool]:
        """
        See L{INetworkKeeping.markUndone}.
        """
        return self._write(acts.markUndone, act)

    def hidden(self, act: str) -> Deferred[Sequence[tuple[str, int, str]]]:
        """
        See L{INetworkKeeping.hidden}.
        """
        return self._read(acts.hiddenBy, act)

    def restoreReasons(self, act: str) -> Deferred[int]:
        """
        See L{INetworkKeeping.restoreReasons}.
        """
        return self._write(remarks.restore, act)

    def forgetActs(self, before: float) -> Deferred[None]:
        """
        See L{INetworkKeeping.forgetActs}.
        """
        return self._write(acts.forget, before)

    def expire(self, conversation: str, before: float, limit: int) -> Deferred[int]:
        """
        See L{INetworkKeeping.expire}.
        """
        return self._write(sqlite_expiry.expire, conversation, before, limit)

    def conversationIds(self, after: str, limit: int) -> Deferred[Sequence[str]]:
        """
        See L{INetworkKeeping.conversationIds}.
        """
        return self._read(places.conversationIds, after, limit)


class SqlitePeople(SqliteWork):
    """
    What lasts of a person.
    """

    def accounts(self, after: str = "", limit: int = 1000) -> Deferred[Sequence[Account]]:
        """
        See L{IPersonalKeeping.accounts}.
        """
        return self._read(accounts.accountsBehind, after, limit)

    def eraseAccount(self, id: str, at: float) -> Deferred[Sequence[str]]:
        """
        See L{IPersonalKeeping.eraseAccount}.
        """
        return self._write(people.erase, id, at)

    def writtenBy(
        self, person: str, after: int, limit: int, since: float = 0.0
    ) -> Deferred[Sequence[tuple[int, Event]]]:
        """
        See L{IPersonalKeeping.writtenBy}.
        """
        return self._read(authors.writtenBy, person, after, limit, since)

    def reportedBy(self, person: str, limit: int, since: float = 0.0) -> Deferred[Sequence[Event]]:
        """
        See L{IPersonalKeeping.reportedBy}.
        """
        return self._read(authors.reportedBy, person, limit, since)

    def blankRemarks(self, rows: Sequence[int], act: str) -> Deferred[None]:
        """
        See L{IPersonalKeeping.blankRemarks}.
        """
        return self._write(remarks.blank, rows, act)

    def forgetHidden(self, person: str) -> Deferred[None]:
        """
        See L{IPersonalKeeping.forgetHidden}.
        """
        return self._write(acts.forgetHidden, person)

    def outlivedTopics(self, person: str, name: str) -> Deferred[Sequence[str]]:
        """
        See L{IPersonalKeeping.outlivedTopics}.
        """
        return self._read(topics.outlived, person, name)

    def reasonsListed(
        self, person: str, name: str, since: float = 0.0
    ) -> Deferred[Sequence[tuple[str, str, str]]]:
        """
        See L{IPersonalKeeping.reasonsListed}.
        """
        return self._read(remarks.listed, person, name, since)

    def heldAbout(self, person: str) -> Deferred[Mapping[str, object]]:
        """
        See L{IPersonalKeeping.heldAbout}.
        """
        return self._read(people.heldAbout, person)

    def addFingerprint(self, account: str, fingerprint: str) -> Deferred[bool]:
        """
        See L{IPersonalKeeping.addFingerprint}.
        """
        return self._write(people.addFingerprint, account, fingerprint)

    def removeFingerprint(self, account: str, fingerprint: str) -> Deferred[bool]:
        """
        See L{IPersonalKeeping.removeFingerprint}.
        """
        return self._write(people.removeFingerprint, account, fingerprint)

    def fingerprints(self, account: str) -> Deferred[Sequence[str]]:
        """
        See L{IPersonalKeeping.fingerprints}.
        """
        return self._read(people.fingerprintsOf, account)

    def accountOfFingerprint(self, fingerprint: str) -> Deferred[Account | None]:
        """
        See L{IPersonalKeeping.accountOfFingerprint}.
        """
        return self._read(people.accountOfFingerprint, fingerprint)

    def metadata(self, target: str) -> Deferred[Mapping[str, str]]:
        """
        See L{IPersonalKeeping.metadata}.
        """
        return self._read(people.metadataOf, target)

    def setMetadata(self, target: str, key: str, value: str | None) -> Deferred[None]:
        """
        See L{IPersonalKeeping.setMetadata}.
        """
        return self._write(people.setMetadata, target, key, value)

    def deviceMarks(self, person: str, device: str) -> Deferred[Mapping[str, int]]:
        """
        See L{IPersonalKeeping.deviceMarks}.
        """
        return self._read(marks.deviceMarksOf, person, device)

    def setDeviceMarks(self, person: str, device: str, marks: Mapping[str, int]) -> Deferred[None]:
        """
        See L{IPersonalKeeping.setDeviceMarks}.
        """
        return self._write(setDeviceMarks, person, device, marks, self._seconds())

    def readMark(self, person: str, conversation: str) -> Deferred[ReadMark | None]:
        """
        See L{IPersonalKeeping.readMark}.
        """
        return self._read(marks.readMark, person, conversation)

    def markRead(
        self, person: str, conversation: str, seq: int, at: float = 0.0
    ) -> Deferred[ReadMark]:
        """
        See L{IStore.markRead<twisted_chat.domain.interfaces.IStore.markRead>}.
        """
        return self._write(marks.markRead, person, conversation, seq, at)


class SqlitePlaces(SqliteWork):
    """
    Finding places in the log.
    """

    def placeOfId(self, id: str) -> Deferred[tuple[str, int] | None]:
        """
        See L{IPlacesKeeping.placeOfId}.
        """
        return self._read(places.placeOfId, id)

    def seqAt(self, conversation: str, at: float) -> Deferred[int]:
        """
        See L{IPlacesKeeping.seqAt}.
        """
        return self._read(places.seqAt, conversation, at)

    def lastSaid(self, conversations: Sequence[str]) -> Deferred[Mapping[str, float]]:
        """
        See L{IPlacesKeeping.lastSaid}.
        """
        return self._read(places.lastSaid, conversations)


class SqliteKeeping(SqliteNetwork, SqlitePeople, SqlitePlaces):
    """
    All of it.
    """
