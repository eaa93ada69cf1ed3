"""
What a SQLite store is asked for and needs to keep nothing in mind for: each method is a function of
a connection, which one of the threads calls.
"""

from __future__ import annotations

from collections.abc import Mapping

from twisted.internet.defer import Deferred

from twisted_chat.storage import (
    accounts,
    acts,
    authors,
    marks,
    network,
    people,
    places,
    reading,
    remarks,
    rooms,
    sqlite_expiry,
    topics,
)
from twisted_chat.storage.marks import setDeviceMarks
from twisted_chat.storage.sqlite_work import SqliteWork, reads, writes


class SqliteKeeping(SqliteWork):
    """
    Methods of L{IStore<twisted_chat.domain.interfaces.IStore>}.
    """

    heads = reads(reading.heads)
    replay = reads(reading.replay)
    history = reads(reading.history)
    missed = reads(reading.missed)
    message = reads(reading.message)
    lastOf = reads(authors.lastOf)
    placeOfId = reads(places.placeOfId)
    seqAt = reads(places.seqAt)
    lastSaid = reads(places.lastSaid)
    conversationIds = reads(places.conversationIds)
    expire = writes(sqlite_expiry.expire)

    room = reads(rooms.room)
    roomsOwned = reads(rooms.roomsOwned)
    idleRooms = reads(rooms.idleRooms)
    memberships = reads(rooms.membershipsOf)
    directs = reads(rooms.directs)

    accountById = reads(accounts.accountById)
    accountLike = reads(accounts.accountLike)
    changeAccount = writes(accounts.changeAccount)
    addFingerprint = writes(people.addFingerprint)
    removeFingerprint = writes(people.removeFingerprint)
    fingerprints = reads(people.fingerprintsOf)
    accountOfFingerprint = reads(people.accountOfFingerprint)

    writtenBy = reads(authors.writtenBy)
    reportedBy = reads(authors.reportedBy)
    outlivedTopics = reads(topics.outlived)
    reasonsListed = reads(remarks.listed)
    heldAbout = reads(people.heldAbout)
    blankRemarks = writes(remarks.blank)

    readMark = reads(marks.readMark)
    markRead = writes(marks.markRead)
    deviceMarks = reads(marks.deviceMarksOf)
    metadata = reads(people.metadataOf)
    setMetadata = writes(people.setMetadata)

    networkFacts = reads(network.networkFacts)
    setNetworkFact = writes(network.setNetworkFact)
    serverBans = reads(network.bans)
    putServerBan = writes(network.putBan)
    removeServerBan = writes(network.removeBan)
    createInvitation = writes(network.createInvitation)
    invitations = reads(network.allInvitations)
    removeInvitation = writes(network.removeInvitation)

    recordAct = writes(acts.record)
    markUndone = writes(acts.markUndone)
    hidden = reads(acts.hiddenBy)
    restoreReasons = writes(remarks.restore)
    forgetActs = writes(acts.forget)
    forgetHidden = writes(acts.forgetHidden)

    # From here on these names are those of the methods.
    accounts = reads(accounts.accountsBehind)
    acts = reads(acts.actsSince)
    rooms = reads(rooms.listings)

    def setDeviceMarks(self, person: str, device: str, marks: Mapping[str, int]) -> Deferred[None]:
        """
        See L{IStore.setDeviceMarks<twisted_chat.domain.interfaces.IStore.setDeviceMarks>}.
        """
        return self._write(setDeviceMarks, person, device, marks, self._seconds())
