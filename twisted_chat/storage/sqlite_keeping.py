"""
What a SQLite store keeps beside the log, by the nouns of L{twisted_chat.domain.keeping} and
L{twisted_chat.domain.networkkeeping}.
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


class SqlitePlaces(SqliteWork):
    """
    Finding places in the log, and taking what is old out of it.
    """

    def placeOfId(self, id: str) -> Deferred[tuple[str, int] | None]:
        """
        See L{IStore.placeOfId}.
        """
        return self._read(places.placeOfId, id)

    def seqAt(self, conversation: str, at: float) -> Deferred[int]:
        """
        See L{IStore.seqAt}.
        """
        return self._read(places.seqAt, conversation, at)

    def lastSaid(self, conversations: Sequence[str]) -> Deferred[Mapping[str, float]]:
        """
        See L{IStore.lastSaid}.
        """
        return self._read(places.lastSaid, conversations)

    def conversationIds(self, after: str, limit: int) -> Deferred[Sequence[str]]:
        """
        See L{IStore.conversationIds}.
        """
        return self._read(places.conversationIds, after, limit)

    def expire(self, conversation: str, before: float, limit: int) -> Deferred[int]:
        """
        See L{IStore.expire}.
        """
        return self._write(sqlite_expiry.expire, conversation, before, limit)


class SqliteAccounts(SqliteWork):
    """
    Accounts, as far as nothing has to be kept in mind for them, and their certificates.
    """

    def accounts(self, after: str = "", limit: int = 1000) -> Deferred[Sequence[Account]]:
        """
        See L{IStore.accounts}.
        """
        return self._read(accounts.accountsBehind, after, limit)

    def eraseAccount(self, id: str, at: float) -> Deferred[Sequence[str]]:
        """
        See L{IStore.eraseAccount}.
        """
        return self._write(people.erase, id, at)

    def addFingerprint(self, account: str, fingerprint: str) -> Deferred[bool]:
        """
        See L{IStore.addFingerprint}.
        """
        return self._write(people.addFingerprint, account, fingerprint)

    def removeFingerprint(self, account: str, fingerprint: str) -> Deferred[bool]:
        """
        See L{IStore.removeFingerprint}.
        """
        return self._write(people.removeFingerprint, account, fingerprint)

    def fingerprints(self, account: str) -> Deferred[Sequence[str]]:
        """
        See L{IStore.fingerprints}.
        """
        return self._read(people.fingerprintsOf, account)

    def accountOfFingerprint(self, fingerprint: str) -> Deferred[Account | None]:
        """
        See L{IStore.accountOfFingerprint}.
        """
        return self._read(people.accountOfFingerprint, fingerprint)


class SqliteTraces(SqliteWork):
    """
    What somebody has left behind.
    """

    def writtenBy(
        self, person: str, after: int, limit: int, since: float = 0.0
    ) -> Deferred[Sequence[tuple[int, Event]]]:
        """
        See L{IStore.writtenBy}.
        """
        return self._read(authors.writtenBy, person, after, limit, since)

    def reportedBy(self, person: str, limit: int, since: float = 0.0) -> Deferred[Sequence[Event]]:
        """
        See L{IStore.reportedBy}.
        """
        return self._read(authors.reportedBy, person, limit, since)

    def outlivedTopics(self, person: str, name: str) -> Deferred[Sequence[str]]:
        """
        See L{IStore.outlivedTopics}.
        """
        return self._read(topics.outlived, person, name)

    def reasonsListed(
        self, person: str, name: str, since: float = 0.0
    ) -> Deferred[Sequence[tuple[str, str, str]]]:
        """
        See L{IStore.reasonsListed}.
        """
        return self._read(remarks.listed, person, name, since)

    def heldAbout(self, person: str) -> Deferred[Mapping[str, object]]:
        """
        See L{IStore.heldAbout}.
        """
        return self._read(people.heldAbout, person)

    def blankRemarks(self, rows: Sequence[int], act: str) -> Deferred[None]:
        """
        See L{IStore.blankRemarks}.
        """
        return self._write(remarks.blank, rows, act)


class SqliteMarks(SqliteWork):
    """
    How far people have read, and what their devices were told.
    """

    def readMark(self, person: str, conversation: str) -> Deferred[ReadMark | None]:
        """
        See L{IStore.readMark}.
        """
        return self._read(marks.readMark, person, conversation)

    def markRead(
        self, person: str, conversation: str, seq: int, at: float = 0.0
    ) -> Deferred[ReadMark]:
        """
        See L{IStore.markRead}.
        """
        return self._write(marks.markRead, person, conversation, seq, at)

    def deviceMarks(self, person: str, device: str) -> Deferred[Mapping[str, int]]:
        """
        See L{IStore.deviceMarks}.
        """
        return self._read(marks.deviceMarksOf, person, device)

    def setDeviceMarks(self, person: str, device: str, marks: Mapping[str, int]) -> Deferred[None]:
        """
        See L{IStore.setDeviceMarks}.
        """
        return self._write(setDeviceMarks, person, device, marks, self._seconds())


class SqliteMetadata(SqliteWork):
    """
    What is noted of people and rooms, by key.
    """

    def metadata(self, target: str) -> Deferred[Mapping[str, str]]:
        """
        See L{IStore.metadata}.
        """
        return self._read(people.metadataOf, target)

    def setMetadata(self, target: str, key: str, value: str | None) -> Deferred[None]:
        """
        See L{IStore.setMetadata}.
        """
        return self._write(people.setMetadata, target, key, value)


class SqliteNetwork(SqliteWork):
    """
    What lasts of the network itself.
    """

    def networkFacts(self) -> Deferred[Mapping[str, object]]:
        """
        See L{IStore.networkFacts}.
        """
        return self._read(network.networkFacts)

    def setNetworkFact(self, name: str, value: object | None) -> Deferred[None]:
        """
        See L{IStore.setNetworkFact}.
        """
        return self._write(network.setNetworkFact, name, value)

    def serverBans(self) -> Deferred[Sequence[Mask]]:
        """
        See L{IStore.serverBans}.
        """
        return self._read(network.bans)

    def putServerBan(self, entry: Mask) -> Deferred[None]:
        """
        See L{IStore.putServerBan}.
        """
        return self._write(network.putBan, entry)

    def removeServerBan(self, mask: str) -> Deferred[Mask | None]:
        """
        See L{IStore.removeServerBan}.
        """
        return self._write(network.removeBan, mask)

    def createInvitation(self, invitation: Invitation) -> Deferred[None]:
        """
        See L{IStore.createInvitation}.
        """
        return self._write(network.createInvitation, invitation)

    def invitations(self) -> Deferred[Sequence[Invitation]]:
        """
        See L{IStore.invitations}.
        """
        return self._read(network.allInvitations)

    def removeInvitation(self, code: str) -> Deferred[Invitation | None]:
        """
        See L{IStore.removeInvitation}.
        """
        return self._write(network.removeInvitation, code)


class SqliteActs(SqliteWork):
    """
    What operators did, and what can be undone of it.
    """

    def recordAct(self, act: Act) -> Deferred[None]:
        """
        See L{IStore.recordAct}.
        """
        return self._write(acts.record, act)

    def acts(self, since: float) -> Deferred[Sequence[Act]]:
        """
        See L{IStore.acts}.
        """
        return self._read(acts.actsSince, since)

    def markUndone(self, act: str) -> Deferred[bool]:
        """
        See L{IStore.markUndone}.
        """
        return self._write(acts.markUndone, act)

    def hidden(self, act: str) -> Deferred[Sequence[tuple[str, int, str]]]:
        """
        See L{IStore.hidden}.
        """
        return self._read(acts.hiddenBy, act)

    def restoreReasons(self, act: str) -> Deferred[int]:
        """
        See L{IStore.restoreReasons}.
        """
        return self._write(remarks.restore, act)

    def forgetActs(self, before: float) -> Deferred[None]:
        """
        See L{IStore.forgetActs}.
        """
        return self._write(acts.forget, before)

    def forgetHidden(self, person: str) -> Deferred[None]:
        """
        See L{IStore.forgetHidden}.
        """
        return self._write(acts.forgetHidden, person)


class SqliteKeeping(
    SqlitePlaces,
    SqliteAccounts,
    SqliteTraces,
    SqliteMarks,
    SqliteMetadata,
    SqliteNetwork,
    SqliteActs,
):
    """
    All of it.
    """
